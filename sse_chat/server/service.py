"""What a connection needs of its server, and of who answers."""

import asyncio
from typing import Any, Protocol

from sse_chat.server.exchange import Exchange
from sse_chat.server.slow_heads import SlowHeads


class ServerState(Protocol):
    """What all connections of a server share; uvicorn's own has it."""

    connections: set[Any]
    """The open ones; each has `shutdown`."""
    tasks: set[asyncio.Task[None]]
    """Of the requests that are being answered."""
    default_headers: list[tuple[bytes, bytes]]
    """Those of every answer."""


class Service(Protocol):
    """Who answers."""

    slow_heads: SlowHeads

    async def answer(self, exchange: Exchange) -> None:
        """Called in a task of its own once the head is here, and with it whatever came along."""

    def stop(self) -> None:
        """The server stops. May be called more than once."""
