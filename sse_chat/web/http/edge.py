"""Edge: what every request passes before any route sees it, and every head of an answer after."""

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sse_chat.errors import ChatError, CompressedBody, Malformed
from sse_chat.web.http.access_log import ACCESS, Access
from sse_chat.web.http.cors import Cors
from sse_chat.web.http.hosts import Hosts
from sse_chat.web.http.proxied import RENEWED_COOKIE, Headers, RootPath, TrustedProxies, drop_slash
from sse_chat.web.http.request_ids import HEADER, RequestIds
from sse_chat.web.http.responses import error_response
from sse_chat.web.http.secure_headers import SecureHeaders

_COMPRESSIONS = {"gzip", "x-gzip", "deflate", "br", "zstd", "compress"}


class Edge:
    def __init__(
        self,
        ids: RequestIds,
        proxies: TrustedProxies,
        root: RootPath,
        hosts: Hosts,
        cors: Cors,
        secure_headers: SecureHeaders,
    ) -> None:
        self._ids = ids
        self._proxies = proxies
        self._root = root
        self._hosts = hosts
        self._cors = cors
        self._secure_headers = secure_headers

    def on_request(self, scope: Scope) -> bytes:
        """Settles who the client is and what path it asks for; returns the request's name."""
        name = self._ids.name(scope)
        self._proxies.on_request(scope)
        self._root.on_request(scope)
        drop_slash(scope)
        self._cors.on_request(scope)
        return name

    def name_again(self, scope: Scope) -> bytes:
        """Of another request with the same headers; the log lines of this task go on as before."""
        return self._ids.find(scope)

    def check(self, request: Request) -> None:
        """After `on_request`; raises Malformed, UnknownHost, CrossSite and CompressedBody, for any
        route."""
        headers = request.headers
        hosts = sum(name == b"host" for name, _ in request.scope["headers"])
        # A proxy may have judged by the other one. Source: RFC 9112, section 3.2.
        if hosts > 1:
            raise Malformed("the header Host is there more than once")
        if not hosts and request.scope["http_version"] == "1.1":
            raise Malformed("the header Host is missing; only HTTP/1.0 does without it")
        self._hosts.check_host(headers)
        if not self._cors.is_allowed(request):
            self._hosts.check_origin(request.method, headers)
        # Names that are no compression, such as utf-8, are a common mistake and change nothing.
        encoding = headers.get("content-encoding", "")
        if encoding and not _COMPRESSIONS.isdisjoint(re.split("[ ,]+", encoding.lower())):
            raise CompressedBody(
                f"the body is compressed (Content-Encoding: {encoding[:40]}); send it uncompressed"
            )

    def preflight(self, request: Request) -> Response | None:
        return self._cors.preflight(request)

    def on_response(self, scope: Scope, name: bytes, headers: Headers) -> Headers:
        headers = self._secure_headers.add(scope["scheme"], headers)
        renewed = scope.get(RENEWED_COOKIE)
        if renewed is not None:
            headers.append((b"set-cookie", renewed))
        return [
            *self._cors.on_response(scope, self._root.on_response(scope, headers)),
            (HEADER, name),
        ]


class EdgeMiddleware:
    """`logs_access`: each request has a line in the access log."""

    def __init__(self, app: ASGIApp, edge: Edge, *, logs_access: bool = False) -> None:
        self._app = app
        self._edge = edge
        self._logs_access = logs_access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # A server that we are mounted in goes on with the scope as it was.
        inside = dict(scope)
        name = self._edge.on_request(inside)
        if not self._logs_access:
            await self._answer(inside, name, receive, send)
            return
        access = inside[ACCESS] = Access(inside, name)

        async def send_counted(message: Message) -> None:
            access.take(message)
            await send(message)

        try:
            await self._answer(inside, name, receive, send_counted)
        except BaseException as exc:
            access.end(has_failed=isinstance(exc, Exception))
            raise
        if not access.is_detached:
            access.end()

    async def _answer(self, inside: Scope, name: bytes, receive: Receive, send: Send) -> None:
        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = self._edge.on_response(inside, name, list(message.get("headers", ())))
                message = {**message, "headers": headers}
            await send(message)

        request = Request(inside)
        try:
            self._edge.check(request)
        except ChatError as exc:
            await error_response(request, exc)(inside, receive, send_on)
            return
        if (answer := self._edge.preflight(request)) is not None:
            await answer(inside, receive, send_on)
            return
        await self._app(inside, receive, send_on)
