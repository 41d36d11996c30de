"""Which names look alike: a name reserves its forms, and another with one of them is refused.

Not the whole of Unicode's table of confusables, but the letters with which Latin names are
imitated: Cyrillic, Greek, digits, and what is not seen at all. No I/O.
"""
# The letters that look alike are what this file is about.
# ruff: noqa: RUF001

import re
import unicodedata

_SAME = {
    "l": "1|!ιӏіı",
    "a": "аα@",
    "b": "ьƅ",
    "c": "сϲ",
    "d": "ԁ",
    "e": "еєε℮",
    "g": "ɡց",
    "h": "һհ",
    "i": "ɪі",
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


def forms_of(name: str) -> tuple[str, ...]:
    """What the name looks like, once with a capital I as itself and once as a small L."""
    seen = "".join(
        char
        for char in unicodedata.normalize("NFKC", _UNSEEN.sub("", name))
        if unicodedata.category(char) != "Cf"
    )
    forms = {_form(seen), _form(re.sub("[IІΙ]", "l", seen))}
    return tuple(sorted(forms))


def _form(name: str) -> str:
    form = unicodedata.normalize("NFKC", name.casefold()).translate(_LETTERS)
    for pair, letter in _PAIRS:
        form = form.replace(pair, letter)
    return _BLANKS.sub(" ", form).strip() or name
