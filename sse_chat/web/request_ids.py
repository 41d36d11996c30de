"""RequestIds: a name for each request, in its log lines and its answer."""

import itertools
import re
import secrets
from contextvars import ContextVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

request_id: ContextVar[str] = ContextVar("request_id", default="")
_HEADER = b"x-request-id"
_ALLOWED = re.compile(rb"[a-zA-Z0-9._-]{1,64}")


class RequestIds:
    """A proxy's X-Request-ID is taken over, so that its log and ours can be read together."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        # Not each at random: that would cost more than the rest of this.
        self._start = secrets.token_hex(4)
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = self._find(scope)

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (_HEADER, name)]
            await send(message)

        request_id.set(name.decode())
        await self._app(scope, receive, send_named)

    def _find(self, scope: Scope) -> bytes:
        for header, value in scope["headers"]:
            if header == _HEADER and _ALLOWED.fullmatch(value):
                return bytes(value)
        return f"{self._start}-{next(self._numbers):x}".encode()
