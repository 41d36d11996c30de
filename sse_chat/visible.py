"""What of a text is seen, what of it a terminal would obey, and what reads as a name. No I/O."""

import json
import re
import unicodedata

from sse_chat.folding import IGNORABLE

# Whole escape sequences first (CSI; OSC, DCS, SOS, PM and APC with their strings; the short ones),
# so that no readable rest of them stays. Source: ECMA-48, sections 5.4 and 5.6.
_ESCAPE = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]?"
    "|(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)?"
    "|\x1b[ -/]*[0-~]?"
)
# Then every control character (C0 but for the tab, DEL, C1) and what overrides the direction.
_CONTROL = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_ASCII_LETTER = re.compile("[!-~]")
_MAY_ESCAPE = re.compile("[\x1b\x80-\x9f]")
# The empty cell of Braille, a note without a head, a filler: symbols and letters without ink.
_WITHOUT_INK = re.compile("[\u2800\U0001d159\U00016fe4]")
# Blanks, control and format characters, marks without a letter. What Python does not know yet is
# taken for visible: the emoji of next year.
_UNSEEN = {"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Mn", "Me"}
# A colon, or what looks like one, at the end or before a blank: what ends a name in the text
# format. Source: confusables.txt of UTS #39.
_ENDS_NAME = re.compile(
    "[:\ufe13\ufe30\ufe55\uff1a\u02d0\u02f8\u0589\u05c3\u0703\u0704\u0903\u0a83\u16ec\u1803"
    "\u1809\u205a\u2236\ua4fd\ua789](?=\\s|$)"
)


def make_terminal_safe(line: str) -> str:
    """The line without anything that a terminal would obey; a tab becomes four spaces."""
    return _CONTROL.sub("", _ESCAPE.sub("", line)).replace("\t", "    ")


def quote(text: str, most: int = 80) -> str:
    """As it stands in a line of a log: what anyone may have written, and no way out of it."""
    return json.dumps(make_terminal_safe(text[:most]), ensure_ascii=False)


def is_visible(text: str) -> bool:
    """Whether anything of it is seen, on a page and in a terminal."""
    if _ASCII_LETTER.search(text) and not _MAY_ESCAPE.search(text):
        return True
    seen = _WITHOUT_INK.sub("", IGNORABLE.sub("", _CONTROL.sub("", _ESCAPE.sub("", text))))
    return any(unicodedata.category(char) not in _UNSEEN for char in seen)


def ends_name(text: str) -> bool:
    """Whether it reads as a name and the beginning of what is said, as `ann: hello` does."""
    return _ENDS_NAME.search(_show_blanks(text)) is not None


def escape_name(name: str) -> str:
    """A name that was taken before such were refused, so that it reads as one."""
    if not ends_name(name):
        return name
    return _ENDS_NAME.sub(lambda match: f"\\{match[0]}", _show_blanks(name))


def _show_blanks(text: str) -> str:
    return text if text.isascii() else _WITHOUT_INK.sub(" ", IGNORABLE.sub(" ", text))
