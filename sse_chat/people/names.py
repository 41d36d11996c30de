"""Names of people: what may be one, and when two are the same. No I/O."""

import re
import unicodedata

from sse_chat.errors import BadName

MAX_NAME = 32
# Control, surrogate, private, unassigned, line and paragraph separators.
_REFUSED = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
# Format characters are refused too, as the bidi overrides are among them, but for the joiners
# that scripts and emoji need.
_JOINERS = {"\u200c", "\u200d"}
# What shows nothing though it is no format character: joiners of graphemes, fillers, variation
# selectors, the empty cell of Braille, the note without a head. Not refused, as emoji and some
# scripts need a few of them, but never what makes a name visible, or another one.
UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U00016fe4\U0001d159\U000e0100-\U000e01ef]"
)


def check_name(name: str) -> str:
    """The name in NFC; raises BadName with the rule that it breaks."""
    name = unicodedata.normalize("NFC", name)
    if not 1 <= len(name) <= MAX_NAME:
        raise BadName(f"a name has 1 to {MAX_NAME} characters; this one has {len(name)}")
    if name != name.strip():
        raise BadName("a name neither starts nor ends with a blank")
    if any(_is_refused(char) for char in name):
        raise BadName("a name has no control characters and none that change the direction of text")
    if not any(unicodedata.category(char)[0] in "LNSP" for char in UNSEEN.sub("", name)):
        raise BadName("a name needs at least one visible character")
    return name


def _is_refused(char: str) -> bool:
    category = unicodedata.category(char)
    return category in _REFUSED or (category == "Cf" and char not in _JOINERS)


def fold_name(name: str) -> str:
    """Names that fold to the same are the same name."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded)
