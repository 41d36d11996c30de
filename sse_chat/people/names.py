"""Names of people: what may be one, and when two are the same. No I/O."""

import re
import unicodedata

from sse_chat.errors import BadName
from sse_chat.folding import fold_case
from sse_chat.visible import ends_name

MAX_NAME = 32
# As many code points can compose to that many characters, and no more are looked at: a Greek
# letter with all its marks has four.
MAX_CODE_POINTS = 4 * MAX_NAME
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
    check_length(name)
    name = unicodedata.normalize("NFC", name)
    if not 1 <= len(name) <= MAX_NAME:
        raise BadName(f"a name has 1 to {MAX_NAME} characters; this one has {len(name)}")
    if name != name.strip():
        raise BadName("a name neither starts nor ends with a blank")
    if any(_is_refused(char) for char in name):
        raise BadName("a name has no control characters and none that change the direction of text")
    if not any(unicodedata.category(char)[0] in "LNSP" for char in UNSEEN.sub("", name)):
        raise BadName("a name needs at least one visible character")
    # `[09:41] ann: hello` is by ann: no name reads as another one and what that one says.
    if ends_name(name):
        raise BadName("a name has no colon at its end or before a blank")
    return name


def check_length(name: str) -> None:
    """Before anything else is done with it; raises BadName."""
    if len(name) > MAX_CODE_POINTS:
        raise BadName(f"a name has 1 to {MAX_NAME} characters; this one has {len(name):,}")


def _is_refused(char: str) -> bool:
    category = unicodedata.category(char)
    return category in _REFUSED or (category == "Cf" and char not in _JOINERS)


def fold_name(name: str) -> str:
    """Names that fold to the same are the same name."""
    return fold_case(name)
