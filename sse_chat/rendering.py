"""Rendering: markup becomes HTML once, when a text is posted, and only if that is cheap. No I/O.

What is markup is the business of `markup`; here it is bounded, before it is parsed. A text over a
bound is shown as it was typed.
"""

import html
import re
from functools import lru_cache

from sse_chat.markup import make_plain, may_be_markup, render
from sse_chat.visible import is_visible

MAX_LINKS = 64
MAX_MARKS = 400
MAX_ITEMS = 200
MAX_LINES = 1000
MAX_HTML_CHARS = 32_768
# So few characters cost nothing that would be worth counting.
_SMALL = 128
_LINKS = ("://", "//", "](", "mailto:", "www.", "<")
_MARKS = ("*", "_", "`", "~", "[", "]", "(", "\\", "@", "&", "!")
_ITEM = re.compile(r"^[ \t>]*(?:[-+*>]|\d{1,9}[.)])", re.M)
_WORDS = re.compile(r"(?:^|>)([^<]+)")
# What the beginning of a message is quoted from.
_QUOTED_CHARS = 1000
# A link, or a picture, without a word: nothing to see but the signs themselves.
_EMPTY_LINK = re.compile(r"!?\[\s*\]\([^()]*\)")


@lru_cache(maxsize=128)
def html_of(text: str) -> str:
    """`render_bounded` of a text that is being posted: it is asked for more than once."""
    return render_bounded(text)


def render_bounded(text: str) -> str:
    """HTML of a text that has markup; "" for one that is shown as it is."""
    if not may_be_markup(text) or not is_cheap(text):
        return ""
    if _EMPTY_LINK.fullmatch(text.strip()):
        return _as_typed(text)
    rendered = render(text)
    if not rendered or len(rendered) > MAX_HTML_CHARS:
        return ""
    # `[](https://e.org)` is a link without a word.
    return rendered if _shows_words(rendered) else _as_typed(text)


def is_cheap(text: str) -> bool:
    """Whether a parser of markup gets through it in some milliseconds, whatever it does."""
    if len(text) <= _SMALL:
        return True
    return (
        sum(map(text.count, _LINKS)) <= MAX_LINKS
        and sum(map(text.count, _MARKS)) <= MAX_MARKS
        and text.count("\n") <= MAX_LINES
        and sum(1 for _ in _ITEM.finditer(text)) <= MAX_ITEMS
    )


def begin_plain(text: str) -> str:
    """The beginning of a text as it reads where there is no markup."""
    text = text[:_QUOTED_CHARS]
    return make_plain(text) if is_cheap(text) else text


def _shows_words(rendered: str) -> bool:
    return any(is_visible(html.unescape(match[1])) for match in _WORDS.finditer(rendered))


def _as_typed(text: str) -> str:
    return "<p>" + html.escape(text, quote=False).replace("\n", "<br>") + "</p>\n"
