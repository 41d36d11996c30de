"""Which names look alike: a name reserves its form, and another of the same form is refused.

Not the whole of Unicode's table of confusables, but the letters with which Latin names are
imitated: Cyrillic, Greek, digits, and what is not seen at all. No I/O.
"""
# The letters that look alike are what this file is about.
# ruff: noqa: RUF001

import re
import unicodedata

_SAME = {
    # A small L, a one, a bar, and every i: in one typeface or another they are one stroke.
    "l": "1|!iιӏіıɪ",
    "a": "аα@",
    "b": "ьƅ",
    "c": "сϲ",
    "d": "ԁ",
    "e": "еєε℮",
    "g": "ɡց",
    "h": "һհ",
    "j": "јϳ",
    "k": "кκ",
    "m": "м",
    "n": "ոп",
    "o": "0оοօσ",
    "p": "рρ",
    "q": "ԛզ",
    "r": "гᴦ",
    "s": "ѕ5ꜱ$",
    "t": "тτ",
    "u": "υսᴜц",
    "v": "ѵνᴠ",
    "w": "ѡԝω",
    "x": "хχ",
    "y": "уγүʏ",
    "z": "ᴢ",
}
_LETTERS = str.maketrans({char: letter for letter, chars in _SAME.items() for char in chars})
_PAIRS = (("rn", "m"), ("vv", "w"))
# Format and variation characters, fillers and blanks that show nothing, and all blanks.
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]")
_BLANKS = re.compile(r"[\s_.\-\u2010-\u2015]+")


def form_of(name: str) -> str:
    """What the name looks like: the same for names that are easily taken for each other."""
    seen = unicodedata.normalize("NFKC", _UNSEEN.sub("", name))
    seen = "".join(char for char in seen if unicodedata.category(char) != "Cf")
    form = unicodedata.normalize("NFKC", seen.casefold()).translate(_LETTERS)
    for pair, letter in _PAIRS:
        form = form.replace(pair, letter)
    return _BLANKS.sub(" ", form).strip() or name
