"""Pages from Jinja templates: where they lie, what every page carries."""

import gzip
import hashlib
import os
import re
import sys
import zlib
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import (
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    pass_context,
    select_autoescape,
)
from jinja2.bccache import Bucket
from jinja2.runtime import Context
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sse_chat.turns import Turn
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
# In the scope, what of a form was refused (web/http/form_redisplay.py).
REFUSED = "sse_chat.refused"
_WORD = re.compile("[a-z]+[ ,]")
_THEME_COOKIE = "sse_chat_theme"
_THEMES = ("light", "dark")
_LEVEL = 5
_PIECE = 65_536


class _Bytecode(FileSystemBytecodeCache):
    """Templates are compiled once, not at each start. What comes of it lies where Python keeps the
    bytecode of modules, if it may write there. Jinja compares the source of a template; the names
    of the files hold what else it is compiled by."""

    def __init__(self) -> None:
        compiler = f"{jinja2.__version__} {Path(__file__).read_text()}"
        digest = hashlib.sha256(compiler.encode()).hexdigest()[:16]
        super().__init__(str(Path(cache_from_source(__file__)).parent), f"%s-{digest}.jinja")

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        # A file that is damaged may raise anything; the template is compiled then.
        except Exception:
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                os.makedirs(self.directory, exist_ok=True)
                super().dump_bytecode(bucket)


def make_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_Bytecode(),
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


@cache
def _environment() -> Environment:
    return make_environment()


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


async def render_long_page(request: Request, template: str, **values: Any) -> Response:
    """A page with a list of any length: it is made in pieces, and others have their turn."""
    turn, parts = Turn(), []
    for part in _environment().get_template(template).generate(_values_of(request, values)):
        parts.append(part)
        await turn.give_way()
    response = HTMLResponse(headers=PAGE_HEADERS)
    await _set_long_body(request, response, "".join(parts).encode())
    return response


async def _set_long_body(request: Request, response: Response, body: bytes) -> None:
    if len(body) <= _PIECE or not static_files.accepts(request, "gzip"):
        _set_body(request, response, body)
        return
    turn, packed = Turn(), []
    # As gzip.compress does.
    packing = zlib.compressobj(_LEVEL, wbits=31)
    for begin in range(0, len(body), _PIECE):
        packed.append(packing.compress(body[begin : begin + _PIECE]))
        await turn.give_way()
    _set_packed(response, b"".join([*packed, packing.flush()]))


def render_page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> Response:
    html = _environment().get_template(template).render(_values_of(request, values))
    response = HTMLResponse(status_code=status, headers={**PAGE_HEADERS, **(headers or {})})
    _set_body(request, response, html.encode())
    return response


def _values_of(request: Request, values: Mapping[str, Any]) -> dict[str, Any]:
    theme = cookie_of(request, _THEME_COOKIE) or ""
    own = {
        "request": request,
        "root_path": root_of(request),
        "theme": theme if theme in _THEMES else "",
        "refused": request.scope.get(REFUSED),
    }
    return own | dict(values)


def _set_body(request: Request, response: Response, body: bytes) -> None:
    if static_files.accepts(request, "gzip"):
        _set_packed(response, gzip.compress(body, compresslevel=_LEVEL))
        return
    response.body = body
    response.headers["Content-Length"] = str(len(body))


def _set_packed(response: Response, body: bytes) -> None:
    response.body = body
    response.headers["Content-Encoding"] = "gzip"
    response.headers.add_vary_header("Accept-Encoding")
    response.headers["Content-Length"] = str(len(body))
