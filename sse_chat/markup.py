"""A safe part of Markdown as HTML: links, bold, italics, code, quotes, lists. No I/O."""

import html
import re
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

_TAGS = {"a", "blockquote", "br", "code", "em", "li", "ol", "p", "pre", "s", "strong", "ul"}
_RULES = [
    "autolink", "backticks", "blockquote", "emphasis", "escape", "fence", "link", "linkify",
    "list", "newline", "strikethrough",
]  # fmt: skip
# Most messages have none of this, and cost little: `in` is many times faster than a search.
_MARKS = ("*", "_", "`", "~", "\\", "[", "<", "://", "www.")
_STARTS_BLOCK = re.compile(r"^[ \t]*(?:[-+>]|\d{1,9}[.)])[ \t]", re.M)

# The parser takes a time that grows with the square of these: 40 ms for 4 KB of brackets.
_MOST = 100


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"breaks": True, "linkify": True, "html": False, "maxNesting": 20})
    parser.enable(_RULES)
    # Only what is written as an address becomes a link: file.py and co. are words.
    parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False})  # type: ignore[union-attr]
    return parser


_PARSER = _make_parser()


@lru_cache(maxsize=1024)
def render(text: str) -> str:
    """HTML of a text that has markup; "" for a plain one, which is shown as it is."""
    if not _may_be_markup(text) or any(text.count(each) > _MOST for each in ("[", "://")):
        return ""
    rendered = _PARSER.render(text)
    if rendered == _plain(text):
        return ""
    return nh3.clean(
        rendered,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def _may_be_markup(text: str) -> bool:
    for mark in _MARKS:
        if mark in text:
            return True
    starts = _STARTS_BLOCK.search if "\n" in text else _STARTS_BLOCK.match
    return starts(text) is not None


def make_plain(text: str) -> str:
    """The text as it reads where there is no markup."""
    rendered = render(text)
    return html.unescape(nh3.clean(rendered, tags=set())) if rendered else text


def _plain(text: str) -> str:
    """What the parser makes of one paragraph without markup."""
    lines = html.escape(text.strip(), quote=True).replace("&#x27;", "'").split("\n")
    return "<p>" + "<br>\n".join(lines) + "</p>\n"
