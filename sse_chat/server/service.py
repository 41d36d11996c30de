"""Service: who answers the requests of all connections."""

from typing import Protocol

from sse_chat.server.exchange import Exchange
from sse_chat.server.slow_heads import IdleConnections, SlowHeads


class Service(Protocol):
    """Who answers."""

    slow_heads: SlowHeads
    idle: IdleConnections

    async def answer(self, exchange: Exchange) -> None:
        """Called in a task of its own once the head is here, and with it whatever came along.
        Answers, gives the connection away, or defers the exchange."""

    def stop(self) -> None:
        """The server stops. May be called more than once."""
