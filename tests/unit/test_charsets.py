"""Bodies in pieces: what is held back, and for how long."""

import codecs

import pytest

from sse_chat.charsets import ToUtf8

MARK = codecs.BOM_UTF8


@pytest.mark.parametrize(
    ("chunks", "passed"),
    [
        pytest.param([b"0", b"12", b""], [b"0", b"12", b""], id="one-character-at-once"),
        pytest.param([b"", b"a\n", b""], [b"", b"a\n", b""], id="after-nothing"),
        pytest.param([MARK + b"a", b"b"], [b"a", b"b"], id="mark"),
        pytest.param([MARK[:1], MARK[1:] + b"a", b""], [b"", b"a", b""], id="mark-in-pieces"),
        pytest.param([MARK[:2], b"x", b""], [b"", MARK[:2] + b"x", b""], id="no-mark-after-all"),
        pytest.param([MARK[:1]], [MARK[:1]], id="ends-within-a-mark"),
        pytest.param([MARK], [b""], id="nothing-but-a-mark"),
    ],
)
def test_only_what_may_be_a_byte_order_mark_is_held_back(
    chunks: list[bytes], passed: list[bytes]
) -> None:
    to_utf8 = ToUtf8()
    last = len(chunks) - 1
    fed = [to_utf8.feed(chunk, is_last=number == last) for number, chunk in enumerate(chunks)]
    assert fed == [(each, "") for each in passed]
