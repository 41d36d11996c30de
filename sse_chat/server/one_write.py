"""OneWrite: head and body of a short answer in one write, where uvicorn makes two."""

from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from sse_chat.server.answers import CHUNKED, LAST, LAST_AND_CLOSE, head_bytes
from sse_chat.web.transport import HOLD


class OneWrite:
    """Between uvicorn and the application, for one request.

    A second write is a second system call here and a second packet there. What is not a whole
    answer of known length goes uvicorn's own way, and so does everything while requests are
    logged.
    """

    def __init__(self, app: Any, cycle: RequestResponseCycle) -> None:
        self._app = app
        self.cycle = cycle
        self._head: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        is_plain = self.cycle.access_log or scope["method"] == "HEAD"
        try:
            await self._app(scope, receive, send if is_plain else self._send)
        finally:
            # Avoids a reference cycle: the callback refers to the scope.
            scope["extensions"].clear()

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start" and (HOLD in message or _has_length(message)):
            self._head = message
            return
        head, self._head = self._head, None
        if head is None:
            await self.cycle.send(message)
        elif message["type"] == "http.response.body" and not message.get("more_body"):
            await self._send_whole(head, message.get("body", b""))
        else:
            await self.cycle.send(head)
            await self.cycle.send(message)

    async def _send_whole(self, head: Any, body: bytes) -> None:
        cycle = self.cycle
        if cycle.flow.write_paused and not cycle.disconnected:
            await cycle.flow.drain()
        if cycle.disconnected:
            return
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        last = LAST if cycle.keep_alive else LAST_AND_CLOSE
        cycle.transport.write(self._to_bytes(head) + last + body)
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()

    def take_head(self) -> bytes:
        """A head that was held back for a body of chunks, which somebody else will send."""
        head, self._head = self._head, None
        if head is None:
            return b""
        self.cycle.response_started = True
        return self._to_bytes(head) + CHUNKED

    def _to_bytes(self, head: Any) -> bytes:
        return head_bytes(head["status"], (*self.cycle.default_headers, *head["headers"]))


def _has_length(head: Any) -> bool:
    """A length, and nothing about the connection, which uvicorn must then hear of."""
    names = [name for name, _ in head["headers"]]
    return b"content-length" in names and b"connection" not in names
