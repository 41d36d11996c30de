"""Unframed: an answer of unknown length to HTTP/1.0, whose end is the end of the connection."""

from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


class Unframed:
    """Between uvicorn and the application, for one request.

    Answers with a Content-Length pass as they are. Source: RFC 9112, section 6.3, case 8.
    """

    def __init__(self, app: Any, cycle: RequestResponseCycle) -> None:
        self._app = app
        self.cycle = cycle
        self._has_length = True

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await self._app(scope, receive, self._send)
        finally:
            # As in OneWrite.
            scope["extensions"].clear()

    def take_head(self) -> bytes:
        """The head is never held back here."""
        return b""

    async def _send(self, message: Any) -> None:
        cycle = self.cycle
        if message["type"] == "http.response.start":
            names = {name.lower() for name, _ in message.get("headers", [])}
            self._has_length = b"content-length" in names or cycle.scope["method"] == "HEAD"
            if not self._has_length:
                # uvicorn would send chunks, which HTTP/1.0 does not have.
                cycle.chunked_encoding = False
            await cycle.send(message)
        elif self._has_length or cycle.disconnected or message["type"] != "http.response.body":
            await cycle.send(message)
        else:
            await self._send_raw(message.get("body", b""), is_last=not message.get("more_body"))

    async def _send_raw(self, body: bytes, *, is_last: bool) -> None:
        cycle = self.cycle
        if cycle.flow.write_paused:
            await cycle.flow.drain()
        cycle.transport.write(body)
        if is_last:
            await cycle.send({"type": "http.response.body", "body": b"", "more_body": False})
