"""Which names look alike: a name reserves its skeleton (UTS #39), and no other may have it.

Not the whole of Unicode's table of confusables, but the letters with which Latin names are
imitated: Cyrillic, Greek, Cherokee, Lisu, small capitals, digits, and what is not seen at all.
No I/O.
"""
# The letters that look alike are what this file is about.
# ruff: noqa: RUF001

import re
import unicodedata

from sse_chat.folding import limit_marks
from sse_chat.people.names import UNSEEN

_SAME = {
    # A small L, a one, a bar, and every i: in one typeface or another they are one stroke.
    "l": "1|!iιӏіıɪɩǀʟꓡꓲᏞ∣",
    "a": "аα@ɑᴀꓮᎪⲁ",
    "b": "ьƅʙꓐᏴ",
    "c": "сϲᴄꓚᏟⲥ",
    "d": "ԁᴅꓓᎠ",
    "e": "еєε℮ᴇꓰᎬ",
    "f": "ꜰꓝϝ",
    "g": "ɡցɢꓖᏀ",
    "h": "һհʜꓧᎻ",
    "j": "јϳᴊꓙᎫ",
    "k": "кκᴋꓗᏦⲕ",
    "m": "мᴍꓟᎷⲙ",
    "n": "ոпɴꓠⲛ",
    "o": "0оοօσᴏꓳⲟ",
    "p": "рρᴘꓑᏢⲣ",
    "q": "ԛզ",
    "r": "гᴦʀꓣᎡ",
    "s": "ѕ5ꜱ$ꓢᏚꙅ",
    "t": "тτᴛꓔᎢⲧ",
    "u": "υսᴜцꓴ",
    "v": "ѵνᴠꓦᏙ",
    "w": "ѡԝωᴡꓪᎳ",
    "x": "хχꓫⲭ",
    "y": "уγүʏꓬᎩⲩ",
    "z": "ᴢꓜᏃ",
}
# Capitals that look like a Latin one, while their small letters look like another or none.
_CAPITALS = str.maketrans("ΒΖΗΜΝΥВНϹ", "BZHMNYBHC")
_LETTERS = str.maketrans({char: letter for letter, chars in _SAME.items() for char in chars})
_PAIRS = (("rn", "m"), ("vv", "w"))
_BLANKS = re.compile(r"[\s_.\-\u2010-\u2015]+")


def skeleton_of(name: str) -> str:
    """What the name looks like: the same for names that are easily taken for each other."""
    seen = unicodedata.normalize("NFKC", limit_marks(UNSEEN.sub("", name)))
    seen = "".join(char for char in seen if unicodedata.category(char) != "Cf")
    form = unicodedata.normalize("NFKC", seen.casefold()).translate(_LETTERS)
    for pair, letter in _PAIRS:
        form = form.replace(pair, letter)
    return _BLANKS.sub(" ", form).strip() or name


def skeletons_of(name: str) -> tuple[str, ...]:
    """All that must be free for a name: its form, and the one that its capitals make it look."""
    capitals = unicodedata.normalize("NFKC", limit_marks(name)).translate(_CAPITALS)
    forms = skeleton_of(name), skeleton_of(capitals)
    return tuple(dict.fromkeys(forms))
