"""Pages from Jinja templates: where they lie, what every page carries."""

import gzip
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    pass_context,
    select_autoescape,
)
from jinja2.runtime import Context
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sse_chat.web.http import static_files
from sse_chat.web.http.bundles import bundle_of
from sse_chat.web.http.cookies import cookie_of
from sse_chat.web.http.proxied import root_of
from sse_chat.web.http.shell_lines import for_cmd, for_powershell

_PACKAGE = Path(__file__).parent.parent.parent
# A wheel carries the templates inside the package; in a checkout they lie beside it.
TEMPLATES = next(
    folder for folder in (_PACKAGE / "templates", _PACKAGE.parent / "templates") if folder.is_dir()
)

# No inline script or style, and no other origin.
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_WORD = re.compile("[a-z]+[ ,]")
_THEME_COOKIE = "sse_chat_theme"
_THEMES = ("light", "dark")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["sentence"] = _to_sentence
    environment.globals.update(
        static=_static,
        static_version=static_files.version,
        bundle=bundle_of,
        style=static_files.STYLE,
    )
    environment.filters.update(for_cmd=for_cmd, for_powershell=for_powershell)
    return environment


def _to_sentence(detail: str) -> str:
    """With a capital, but not that of `limit='501': …`, which is what somebody wrote."""
    return detail[:1].upper() + detail[1:] if _WORD.match(detail) else detail


def compile_all() -> None:
    """Before anybody waits for it: the first page would take a tenth of a second."""
    for name in _environment().list_templates():
        _environment().get_template(name)
    static_files.version()


@pass_context
def _static(context: Context, path: str) -> str:
    return f"{context['root_path']}/static/{static_files.version()}/{path}"


def render_page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> Response:
    theme = cookie_of(request, _THEME_COOKIE) or ""
    html = (
        _environment()
        .get_template(template)
        .render(
            request=request,
            root_path=root_of(request),
            theme=theme if theme in _THEMES else "",
            **values,
        )
    )
    response = HTMLResponse(status_code=status, headers={**PAGE_HEADERS, **(headers or {})})
    _set_body(request, response, html.encode())
    return response


def _set_body(request: Request, response: Response, body: bytes) -> None:
    if static_files.accepts(request, "gzip"):
        body = gzip.compress(body, compresslevel=5)
        response.headers["Content-Encoding"] = "gzip"
        response.headers.add_vary_header("Accept-Encoding")
    response.body = body
    response.headers["Content-Length"] = str(len(body))
