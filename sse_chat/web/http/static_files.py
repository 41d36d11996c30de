"""Static files: read once, compressed once, under a path that changes when any of them does.

The version is part of the path, not of a query: modules that import each other by relative
names then stay within one version. Pages load the bundles, which are made when the server starts.
"""

import asyncio
import gzip
import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import brotli
from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import NotFound
from sse_chat.web.http.bundles import bundle_all, join
from sse_chat.web.http.emoji_names import make_emoji_list

STATIC = Path(__file__).parent.parent.parent / "static"
# Every stylesheet as one: the first paint waits for each of them. Their names carry the order.
STYLE = "page.css"
WORKER = "worker.js"
_EMOJI = "emoji.json"
_ENTRIES = ["js/main.js", "js/card.js", "js/doctor.js"]
# A fifth of a second of a thread for all that a room's page loads, when the first browser asks.
_BROTLI_QUALITY = 11
_NO_WEIGHT = re.compile(r"q=0(\.0*)?")
_FOR_EVER = "public, max-age=31536000, immutable"
# A page from before an upgrade may ask for its version: it gets today's file, for now.
_FOR_NOW = "no-cache"
# What the platform's own table may not know, or know differently.
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


# A tenth of what the first paint waits for. The lines stay, and with them their numbers.
_COMMENT_LINE = re.compile(rb"^[ \t]*//.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    compressed: bytes
    media_type: str


@cache
def _files() -> Mapping[str, _File]:
    paths = (path for path in sorted(STATIC.rglob("*")) if path.is_file())
    bodies = {path.relative_to(STATIC).as_posix(): path.read_bytes() for path in paths}
    styles = (body for name, body in bodies.items() if name.startswith("css/"))
    bodies[STYLE] = b"".join(styles)
    scripts = {name: body.decode() for name, body in bodies.items() if name.endswith(".js")}
    bodies |= bundle_all(_ENTRIES, scripts)
    bodies[WORKER] = join(WORKER, scripts)
    return {name: _file(name, body) for name, body in bodies.items()}


def _file(name: str, body: bytes) -> _File:
    if name.endswith(".js"):
        body = _COMMENT_LINE.sub(b"", body)
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    media_type = _TYPES.get(Path(name).suffix, guessed)
    return _File(body, gzip.compress(body, mtime=0), media_type)


@cache
def _emoji() -> _File:
    return _file(_EMOJI, make_emoji_list())


@cache
def version() -> str:
    digest = hashlib.blake2b(digest_size=6)
    for name, file in _files().items():
        digest.update(f"{name}\0{len(file.body)}\0".encode() + file.body)
    return digest.hexdigest()


@cache
def _brotli_of(name: str) -> bytes:
    file = _emoji() if name == _EMOJI else _files()[name]
    packed: bytes = brotli.compress(file.body, quality=_BROTLI_QUALITY, mode=brotli.MODE_TEXT)
    return packed


def accepts(request: Request, coding: str) -> bool:
    """Whether this coding, or any, is named with another weight than 0.

    Source: RFC 9110, 12.5.3.
    """
    weights = {}
    for each in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = each.partition(";")
        weights[name.strip()] = _NO_WEIGHT.fullmatch(weight.strip()) is None
    return weights.get(coding, weights.get("*", False))


async def serve_client(request: Request) -> Response:
    """The module for other pages, under a name that stays; it is kept for a short time only."""
    request.scope["path_params"] = {"path": "client.js", "version": ""}
    return await serve_static(request)


async def serve_static(request: Request) -> Response:
    name = request.path_params["path"]
    file = await asyncio.to_thread(_emoji) if name == _EMOJI else _files().get(name)
    if file is None:
        raise NotFound(f"there is no file {name[:80]!r}")
    is_current = request.path_params["version"] == version()
    return await _answer(request, name, file, _FOR_EVER if is_current else _FOR_NOW)


async def serve_worker(request: Request, policy: str) -> Response:
    """The service worker, at the root: it rules only what lies below its own path. It fetches under
    the policy of its own script."""
    response = await _answer(request, WORKER, _files()[WORKER], _FOR_NOW)
    response.headers["Content-Security-Policy"] = policy
    return response


async def _answer(request: Request, name: str, file: _File, cache_control: str) -> Response:
    headers = {
        "Cache-Control": cache_control,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    body = file.body
    if len(file.compressed) < len(body):
        if accepts(request, "br"):
            body = await asyncio.to_thread(_brotli_of, name)
            headers["Content-Encoding"] = "br"
        elif accepts(request, "gzip"):
            body = file.compressed
            headers["Content-Encoding"] = "gzip"
    return Response(body, media_type=file.media_type, headers=headers)
