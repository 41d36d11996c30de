"""The help pages: Markdown in `docs/`, rendered once; text for a terminal."""

import asyncio
import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sse_chat.client.exits import MEANINGS
from sse_chat.errors import NotFound
from sse_chat.settings import Settings, flag_of, show_default, variable_of
from sse_chat.web.http import static_files
from sse_chat.web.http.negotiation import accepts_html
from sse_chat.web.http.proxied import base_url, root_of
from sse_chat.web.http.requests import services_of
from sse_chat.web.http.responses import NO_STORE
from sse_chat.web.http.templating import render_page

DOCS = Path(__file__).parent.parent.parent / "docs"
# In the order in which they are shown, any others last. The first is /help itself.
_FIRST = (
    "start", "curl", "client", "recipes", "resume", "networks", "reverse-proxies", "settings",
    "faq",
)  # fmt: skip
_OTHERS = sorted({path.stem for path in DOCS.glob("*.md")} - set(_FIRST))
NAMES = (*_FIRST, *_OTHERS)
# The pages are written for this address, and shown with the one that the reader uses.
EXAMPLE_URL = "https://chat.example.org"
_LINK = re.compile(r"([a-z-]+)\.md(#.*)?")
# Stands for the root path until a request names it: no Markdown has a NUL.
_ROOT = "\0"


@dataclass(frozen=True, slots=True)
class HelpPage:
    name: str
    title: str
    markdown: str
    html: str


async def get_help(request: Request) -> Response:
    known = await load_pages()
    page = _find(known, request.path_params.get("name", NAMES[0]))
    url = base_url(request, services_of(request).settings.public_url)
    if not accepts_html(request.headers.get("accept", "")):
        text = page.markdown.replace(EXAMPLE_URL, url)
        return PlainTextResponse(text, headers={**NO_STORE, "Vary": "Accept"})
    content = page.html.replace(EXAMPLE_URL, html.escape(url))
    return render_page(
        request,
        "help.html",
        headers={"Vary": "Accept"},
        title=page.title,
        current=page.name,
        pages=[(each.name, each.title) for each in known.values()],
        content=content.replace(_ROOT, html.escape(root_of(request))),
    )


def _find(known: Mapping[str, HelpPage], name: str) -> HelpPage:
    page = known.get(name)
    if page is None:
        raise NotFound(f"no such help page; there are {', '.join(NAMES)}")
    return page


async def load_pages() -> dict[str, HelpPage]:
    """The first call renders them all: in a thread, as everybody else would wait for it."""
    return await asyncio.to_thread(read_pages)


@cache
def read_pages() -> dict[str, HelpPage]:
    return {name: _render(name, _read(name)) for name in NAMES}


def _read(name: str) -> str:
    """With the tables that the code itself knows best."""
    markdown = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    for mark, write in _TABLES.items():
        if mark in markdown:
            markdown = markdown.replace(mark, write())
    return markdown


def _settings_table() -> str:
    rows = ["| flag | variable | default | meaning |", "| --- | --- | --- | --- |"]
    for each in fields(Settings):
        default = show_default(each)
        shown = f"`{default}`" if default else ""
        meaning = each.metadata["meaning"]
        rows.append(f"| `{flag_of(each)}` | `{variable_of(each)}` | {shown} | {meaning} |")
    return "\n".join(rows)


def _exits_table() -> str:
    rows = [f"| {code:d} | {meaning} |" for code, meaning in MEANINGS.items()]
    return "\n".join(["| code | meaning |", "| --- | --- |", *rows])


_TABLES: dict[str, Callable[[], str]] = {"{settings}": _settings_table, "{exits}": _exits_table}


def _render(name: str, markdown: str) -> HelpPage:
    renderer = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = renderer.parse(markdown)
    _set_heading_ids(tokens)
    for token in tokens:
        if token.type == "table_open":
            token.attrSet("tabindex", "0")
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("href", _href(str(child.attrGet("href"))))
            if child.type == "image":
                child.attrSet("src", _src(str(child.attrGet("src"))))
    title = markdown.split("\n", 1)[0].removeprefix("# ")
    rendered = renderer.renderer.render(tokens, renderer.options, {})
    # What is too wide for a screen scrolls, by the keyboard as well.
    return HelpPage(name, title, markdown, rendered.replace("<pre>", '<pre tabindex="0">'))


def _href(href: str) -> str:
    """A link between pages works in a checkout too; one that starts with / is the server's."""
    if found := _LINK.fullmatch(href):
        return f"{_ROOT}/help/{found[1]}{found[2] or ''}"
    return f"{_ROOT}{href}" if href.startswith("/") else href


def _src(src: str) -> str:
    """An image lies among the static files, and a checkout shows it too."""
    return f"{_ROOT}/static/{static_files.version()}/{src.removeprefix('../static/')}"


def _set_heading_ids(tokens: Sequence[Token]) -> None:
    for token, content in pairwise(tokens):
        if token.type == "heading_open":
            words: list[Any] = re.findall(r"[a-z0-9]+", content.content.lower())
            token.attrSet("id", "-".join(words))
