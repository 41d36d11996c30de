"""WholeRequest: a request that is all there, answered past ASGI."""

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from sse_chat.errors import Failure
from sse_chat.server.answers import CHUNKED, LAST, LAST_AND_CLOSE, head_bytes
from sse_chat.web.direct import Asked, Direct
from sse_chat.web.responses import json_response
from sse_chat.web.transport import TAKE_OVER, TransportResponse

if TYPE_CHECKING:
    from sse_chat.server.protocol import ChatProtocol

_log = logging.getLogger("sse_chat.server")


class _NoEvent:
    """Nothing waits for more of a request that is whole."""

    def set(self) -> None:
        pass


class WholeRequest:
    """To uvicorn it is the cycle of the connection's request: it has what is asked of that."""

    message_event = _NoEvent()

    def __init__(self, protocol: "ChatProtocol", direct: Direct, asked: Asked, body: bytes) -> None:
        self.disconnected = False
        self.response_complete = False
        self.response_started = False
        self.keep_alive = protocol.parser.should_keep_alive()
        self._protocol = protocol
        self._direct = direct
        self._asked = asked
        self._body = body
        self._headers = protocol.headers
        self._response: Response | None = None
        self._task = protocol.loop.create_task(self._run())
        protocol.tasks.add(self._task)

    async def _run(self) -> None:
        try:
            await self._answer()
        finally:
            # A callback of the task would be one more turn of the loop.
            self._protocol.tasks.discard(self._task)
            # The connection keeps this until its next request: avoid a reference cycle.
            del self._protocol

    async def _answer(self) -> None:
        scope = self._make_scope()
        try:
            response = await self._direct.answer(self._asked, scope, self._body)
            if isinstance(response, TransportResponse):
                self._response = response
                response.hand_over(scope)
                return
        except Exception:
            _log.exception("%s %r failed", self._asked.method, self._asked.path)
            response = json_response(Failure().as_json(), status=Failure.status)
        await self._send(response)

    def _make_scope(self) -> dict[str, Any]:
        protocol = self._protocol
        return {
            "type": "http",
            "http_version": "1.1",
            "server": protocol.server,
            "client": protocol.client,
            "scheme": protocol.scheme,
            "root_path": protocol.root_path,
            "headers": self._headers,
            "extensions": {TAKE_OVER: {"hand": partial(protocol.hand_over, self)}},
        }

    async def _send(self, response: Response) -> None:
        protocol = self._protocol
        if protocol.flow.write_paused and not self.disconnected:
            await protocol.flow.drain()
        self.response_complete = True
        if self.disconnected:
            return
        last = LAST if self.keep_alive else LAST_AND_CLOSE
        protocol.transport.write(self._head(response) + last + bytes(response.body))
        if not self.keep_alive:
            protocol.transport.close()
        protocol.on_response_complete()

    def _head(self, response: Response) -> bytes:
        defaults = self._protocol.server_state.default_headers
        return head_bytes(response.status_code, (*defaults, *response.raw_headers))

    def take_head(self) -> bytes:
        """Head of a chunked response; the caller writes the body."""
        assert self._response is not None
        self.response_started = True
        return self._head(self._response) + CHUNKED
