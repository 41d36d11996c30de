"""Addresses in a text: where one ends, and what a link to it says. No I/O.

linkify-it takes CJK punctuation into an address, and a time that grows with the square of a
text full of colons.
"""

import html
import unicodedata

from markdown_it.common.normalize_url import normalizeLink

from sse_chat.markdown.characters import CJK_PUNCTUATION, UNSPACED

# Nothing that is not seen is a part of an address, but for the joiners of some scripts.
_UNSEEN = "\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_STOPS = rf"\s\0<>\"`|{_UNSEEN}{CJK_PUNCTUATION}"
_HOST = r"(?=[^\W_]|\[[0-9a-fA-F:])"
_MAIL = rf"(?<![^\W{UNSPACED}])(?i:mailto):[^{_STOPS}@()]{{1,64}}@(?=\w)"
_WEB = rf"(?<![^\W_{UNSPACED}])(?i:https?)://{_HOST}"
# Only what is written as an address becomes a link: file.py and co. are words.
ADDRESS = rf"(?:{_WEB}[^{_STOPS}]+|{_MAIL}[^{_STOPS}@]+)"
# Between brackets of its own: those inside come in pairs.
TARGET = rf"(?:{_WEB}|{_MAIL})[^{_STOPS}()]*(?:\([^{_STOPS}()]*\)[^{_STOPS}()]*)*"
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_TRAILING = ".,;:!?'*_~"


def trim(address: str) -> str:
    """Without the punctuation of the sentence around it."""
    depth = {each: address.count(opener) - address.count(each) for each, opener in _CLOSERS.items()}
    end = len(address)
    while end:
        char = address[end - 1]
        if char in _CLOSERS and depth[char] < 0:
            depth[char] += 1
        elif not _may_trail(char):
            break
        end -= 1
    return address[:end]


def _may_trail(char: str) -> bool:
    """Of other scripts every full stop, comma, question mark and closing quote."""
    if char.isascii():
        return char in _TRAILING
    return unicodedata.category(char) in ("Po", "Pf", "Pi")


def link(address: str, label: str) -> str:
    """`label` is HTML."""
    return f'<a href="{html.escape(normalizeLink(address))}">{label}</a>'
