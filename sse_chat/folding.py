"""Folding: texts that read the same compare equal. Takes a time that grows with the length. No I/O.

Source: UAX #15 (NFKC, and 4.1 on runs of marks), Unicode 3.13 (caseless matching).
"""

import re
import sys
import unicodedata
from functools import cache

# Characters that show nothing wherever they stand: Default_Ignorable_Code_Point, of Unicode 16.
IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# No language needs as many on one letter. Source: UAX #15, Stream-Safe Text Format.
_MAX_MARKS = 30


def fold_case(text: str) -> str:
    """Without regard to case, width, ligatures and how accents are written; accents themselves
    count."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", limit_marks(text)).casefold()
    # The dotted capital I becomes an i and a dot that no i shows.
    return unicodedata.normalize("NFKC", folded.replace("i\u0307", "i"))


def fold_text(text: str) -> str:
    """`fold_case`, and without what shows nothing: the form in which texts are searched."""
    return fold_case(text if text.isascii() else IGNORABLE.sub("", text))


def limit_marks(text: str) -> str:
    """The text with at most 30 marks in a row.

    Normalization sorts the marks of a letter in a time that grows with the square of their
    number: 1.5 s for 30,000.
    """
    return _long_runs().sub(lambda found: found[0][:_MAX_MARKS], text)


@cache
def _long_runs() -> re.Pattern[str]:
    ranges = "".join(f"{chr(first)}-{chr(last)}" for first, last in _mark_ranges())
    return re.compile(f"[{ranges}]{{{_MAX_MARKS + 1},}}")


def _mark_ranges() -> list[tuple[int, int]]:
    """The characters that normalization sorts."""
    ranges: list[tuple[int, int]] = []
    for code in range(0x300, min(sys.maxunicode, 0x1FFFF) + 1):
        if unicodedata.combining(chr(code)):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1] = ranges[-1][0], code
            else:
                ranges.append((code, code))
    return ranges
