"""What of a text is seen, and what reads as a name."""

import pytest

from sse_chat.visible import ends_name, escape_name, is_visible


@pytest.mark.parametrize(
    "text",
    ["", " \n\t", "\u200b", "\ufeff", "\u2060", "\u3164", "\u2800", "\u00ad", "\u180e", "\ufe0f",
     "\u200d", "\u034f", "\u115f", "\u202e", "\x01", "\x1b[0m", "\x9b31m", "\x1b]0;title\x07",
     "\u200b \u200b", "\U000e0020", "\u0301", "\u2028", "\U0001d159"],
)  # fmt: skip
def test_nothing_is_seen(text: str) -> None:
    assert not is_visible(text)


@pytest.mark.parametrize(
    "text",
    [".", "a", "\u200dx", "👨\u200d👩\u200d👧", "नमस्\u200dते", "\u00adword", "\x1b[1mx\x1b[0m",
     "é", "王", "\U0001fae8", "\U0001fada"],
)  # fmt: skip
def test_something_is_seen(text: str) -> None:
    assert is_visible(text)


@pytest.mark.parametrize(
    "name",
    ["ann:", "ann: I quit", "ann: \U0001f600", "ann\uff1ahi\uff1a", "ann\ufe55 x", "ann:\u3164x",
     "ann:\u00a0x", "ann\u2236 x", "ann:\u2800x", "ann\ua789"],
)  # fmt: skip
def test_what_ends_a_name(name: str) -> None:
    assert ends_name(name)
    assert not escape_name(name).startswith("ann:")


@pytest.mark.parametrize("name", ["ann", "a:b", "ann :x", "10:30", "::1"])
def test_what_does_not(name: str) -> None:
    assert not ends_name(name)
    assert escape_name(name) == name
