"""Cors: pages of other origins that may call this server, always without a cookie.

Source: https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from sse_chat.web.http.hosts import Hosts
from sse_chat.web.http.proxied import Headers as RawHeaders

# In the scope of a request by a page that may call: what its answer names as allowed.
_ALLOWED = "sse_chat.cors"
_METHODS = "GET, POST, PUT"
_REQUEST_HEADERS = (
    "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Update-Key, Edit-Key"
)
_EXPOSED = b"Location, Retry-After, Idempotency-Replayed, RateLimit, RateLimit-Policy"
_MAX_AGE_S = "600"


class Cors:
    def __init__(self, origins: str, hosts: Hosts) -> None:
        """`origins`: `https://a.example,…`, `*` for any, "" for none."""
        self._origins = {origin.strip().lower() for origin in origins.split(",")} - {""}
        self._hosts = hosts

    def on_request(self, scope: Scope) -> None:
        """Takes the cookie from what a page of another origin sends."""
        if not self._origins:
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None or self._hosts.is_own(origin, headers):
            return
        if "*" in self._origins or origin.lower() in self._origins:
            scope[_ALLOWED] = b"*" if "*" in self._origins else origin.encode("latin-1")
            scope["headers"] = [each for each in scope["headers"] if each[0] != b"cookie"]

    @staticmethod
    def is_allowed(request: Request) -> bool:
        return _ALLOWED in request.scope

    def preflight(self, request: Request) -> Response | None:
        """The answer to a browser that asks whether a page may call; None for what is no such."""
        asks = "access-control-request-method" in request.headers
        if request.method != "OPTIONS" or not asks or not self.is_allowed(request):
            return None
        headers = {
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": _REQUEST_HEADERS,
            "Access-Control-Max-Age": _MAX_AGE_S,
        }
        return Response(status_code=204, headers=headers)

    def on_response(self, scope: Scope, headers: RawHeaders) -> RawHeaders:
        if not self._origins:
            return headers
        # A cache must not give one origin's answer to another.
        varied = [*headers, (b"vary", b"Origin")]
        allowed = scope.get(_ALLOWED)
        if allowed is None:
            return varied
        return [
            *varied,
            (b"access-control-allow-origin", allowed),
            (b"access-control-expose-headers", _EXPOSED),
        ]
