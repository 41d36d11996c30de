"""Answering: whole requests of the busiest kinds by their handlers, all others through ASGI."""

import logging
from typing import Any

from starlette.types import ASGIApp, Message, Scope
from uvicorn import Config

from sse_chat.errors import Failure
from sse_chat.server.connection import Connection
from sse_chat.server.deferred_poll import DeferredPoll, respond
from sse_chat.server.exchange import Exchange
from sse_chat.server.slow_heads import IdleConnections, SlowHeads
from sse_chat.server.state import ServerState
from sse_chat.services import Services
from sse_chat.web.fast_path import FastPath, RouteMatch
from sse_chat.web.http.responses import json_response
from sse_chat.web.messages.long_poll import LongPoll
from sse_chat.web.messages.transport import DETACH, TransportResponse

_log = logging.getLogger("sse_chat.server")
# The member of uvicorn's state of the application that connections look for.
ANSWERING = "answering"


class ServedConnection(Connection):
    """As uvicorn makes them, for its `Config(http=...)`."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: Any = None,
    ) -> None:
        super().__init__(server_state, app_state[ANSWERING])


class Answering:
    def __init__(
        self,
        app: ASGIApp,
        fast_path: FastPath,
        slow_heads: SlowHeads,
        idle: IdleConnections,
        services: Services,
    ) -> None:
        self._app = app
        self._fast_path = fast_path
        self._services = services
        self.slow_heads = slow_heads
        self.idle = idle

    def stop(self) -> None:
        self._services.drain()

    async def answer(self, exchange: Exchange) -> None:
        match = self._fast_path.find(exchange.head) if exchange.is_complete else None
        if match is None:
            await run_application(self._app, exchange)
        else:
            await self._answer_on_fast_path(match, exchange)

    async def _answer_on_fast_path(self, match: RouteMatch, exchange: Exchange) -> None:
        scope = make_scope(exchange)
        response = await self._fast_path.answer(match, scope, exchange.take_body())
        if isinstance(response, TransportResponse):
            exchange.start(response.status_code, response.raw_headers)
            response.detach(scope)
        elif isinstance(response, LongPoll):
            DeferredPoll(self._fast_path, response, exchange).begin()
        else:
            await respond(exchange, scope, response)


def make_scope(exchange: Exchange) -> Scope:
    """Source: the ASGI specification, "HTTP connection scope"."""
    head = exchange.head
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": head.http_version,
        "server": exchange.server,
        "client": exchange.client,
        "scheme": exchange.scheme,
        "method": head.method.decode("ascii"),
        "root_path": "",
        "path": head.path,
        "raw_path": head.raw_path,
        "query_string": head.query,
        "headers": head.headers,
        "extensions": {DETACH: {"detach": exchange.detach}},
    }


async def run_application(app: ASGIApp, exchange: Exchange) -> None:
    """Raises nothing but CancelledError; what the application raises is logged."""
    is_told = False

    async def receive() -> Message:
        nonlocal is_told
        while True:
            if not is_told and (exchange.has_body or exchange.is_complete):
                is_told = exchange.is_complete
                body = exchange.take_body()
                return {"type": "http.request", "body": body, "more_body": not is_told}
            if exchange.is_gone or exchange.is_answered:
                return {"type": "http.disconnect"}
            await exchange.arrival()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            exchange.start(message["status"], message.get("headers", ()))
        else:
            is_last = not message.get("more_body", False)
            await exchange.write(message.get("body", b""), is_last=is_last)

    try:
        await app(make_scope(exchange), receive, send)
    except Exception:
        _log.exception("%r failed", exchange)
        if not exchange.has_started:
            response = json_response(Failure().as_json(), status=Failure.status)
            await exchange.respond(response.status_code, response.raw_headers, bytes(response.body))
