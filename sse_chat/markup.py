"""A safe part of Markdown as HTML: links, bold, italics, code, quotes, lists, tables. No I/O."""

import html
import re
from functools import lru_cache

import nh3

from sse_chat.markdown.blocks import render_blocks, split_blocks
from sse_chat.markdown.inline import find_atoms

_TAGS = {
    "a", "blockquote", "br", "code", "em", "li", "ol", "p", "pre", "s", "strong", "ul",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_STARTS_BLOCK = re.compile(r"^[ \t]*(?:[->]|\d{1,2}\.) ", re.M)


@lru_cache(maxsize=1024)
def render(text: str) -> str:
    """HTML of a text that has markup; "" for a plain one, which is shown as it is."""
    if "\0" in text or not may_be_markup(text):
        return ""
    rendered = render_blocks(split_blocks(text))
    if rendered == _plain(text):
        return ""
    return nh3.clean(
        rendered,
        tags=_TAGS,
        attributes={
            "a": {"href"},
            "ol": {"start"},
            "th": {"align"},
            "td": {"align"},
            "code": {"class"},
            "li": {"class"},
        },
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def may_be_markup(text: str) -> bool:
    """False for most messages, which then cost little."""
    # `in` is many times faster than a search, and than a loop over what is looked for.
    return (
        "*" in text
        or "_" in text
        or "`" in text
        or "~~" in text
        or "[" in text
        or "://" in text
        or "mailto:" in text
        or "MAILTO:" in text
        or "\n|" in text
        or _STARTS_BLOCK.search(text) is not None
    )


def make_plain(text: str) -> str:
    """The text as it reads where there is no markup."""
    rendered = render(text)
    if not rendered:
        return text
    return html.unescape(nh3.clean(rendered, tags=set()))


def find_prose(text: str) -> str:
    """The text with blanks in place of code, quotes, addresses and escaped marks."""
    if "\0" in text or not may_be_markup(text):
        return text
    return "\n".join(
        " " if block.kind in ("code", "quote") else _blank_atoms(block.lines)
        for block in split_blocks(text)
    )


def _blank_atoms(lines: list[str]) -> str:
    text = "\n".join(lines)
    for atom in find_atoms(text):
        if not atom.is_prose:
            text = text[: atom.start] + " " * (atom.end - atom.start) + text[atom.end :]
    return text


def _plain(text: str) -> str:
    """What comes of a text without markup."""
    return "<p>" + html.escape(text, quote=False).replace("\n", "<br>\n") + "</p>\n"
