"""What the tests look for in the log of every server that they started."""

import pytest

from tests.support.holds import LIMIT_MS, check_holds

LINE = (
    "WARNING sse_chat.loop the event loop was held for {} ms: GET '/help', in web/site/help.py:6\n"
)


def test_a_long_hold_fails_the_test_that_started_the_server() -> None:
    log = "INFO ready\n" + LINE.format(60) + LINE.format(2 * LIMIT_MS - 1)
    with pytest.raises(AssertionError, match=r"499 ms: GET '/help', in web/site/help\.py"):
        check_holds(log, slowness=0.5)
    check_holds(log, slowness=2)
    check_holds(LINE.format(LIMIT_MS), slowness=1)
    check_holds("INFO ready\n")
