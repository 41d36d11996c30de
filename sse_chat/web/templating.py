"""Pages from Jinja templates, and where templates and static files lie."""

import hashlib
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

from sse_chat.web.proxied import root_of

_PACKAGE = Path(__file__).parent.parent
STATIC = _PACKAGE / "static"
# A wheel carries the templates inside the package; in a checkout they lie beside it.
TEMPLATES = next(
    folder for folder in (_PACKAGE / "templates", _PACKAGE.parent / "templates") if folder.is_dir()
)

# No inline script and no other origin; data: only for the drawn favicon.
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


@cache
def _version_of(path: str) -> str:
    return hashlib.blake2b((STATIC / path).read_bytes(), digest_size=6).hexdigest()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["static"] = _static
    return environment


@pass_context
def _static(context: Context, path: str) -> str:
    return f"{context['root_path']}/static/{path}?v={_version_of(path)}"


def render_page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> Response:
    html = (
        _environment()
        .get_template(template)
        .render(request=request, root_path=root_of(request), **values)
    )
    return HTMLResponse(html, status_code=status, headers={**PAGE_HEADERS, **(headers or {})})
