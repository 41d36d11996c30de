"""How tests wait: for a condition, with a limit that a slow machine does not reach."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

WAIT_S = 60
# An upload of thousands of lines is answered once, at its end.
WHOLE_UPLOAD_S = 240
_EVERY_S = 0.02


def wait_until(
    condition: Callable[[], T], timeout_s: float = WAIT_S, *, every_s: float = _EVERY_S
) -> T:
    """The first true value of the condition; fails with its last one after `timeout_s`."""
    deadline_s = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < deadline_s, f"still {found!r} after {timeout_s} s"
        time.sleep(every_s)
    return found


def wait_equal(read: Callable[[], T], wanted: T, timeout_s: float = WAIT_S) -> None:
    """Until what is read is this; the failure shows both."""
    deadline_s = time.monotonic() + timeout_s
    while (found := read()) != wanted:
        if time.monotonic() > deadline_s:
            assert found == wanted
        time.sleep(_EVERY_S)
