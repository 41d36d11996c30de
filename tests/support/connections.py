"""A connection of the server over a transport that is none, and answers for it to give."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec

from sse_chat.server.connection import Connection
from sse_chat.server.exchange import Exchange
from sse_chat.server.slow_heads import IdleConnections, SlowHeads
from tests.support.transports import FakeTransport

P = ParamSpec("P")
# More than any of these requests needs.
_TURNS = 1000
Answer = Callable[[Exchange], Awaitable[None]]


def in_loop(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """An async test, in a loop of its own."""

    @functools.wraps(test)
    def run(*args: P.args, **options: P.kwargs) -> None:
        async def wait() -> None:
            await test(*args, **options)

        asyncio.run(wait())

    return run


class Sink(asyncio.Protocol):
    is_paused = False

    def pause_writing(self) -> None:
        self.is_paused = True


class Served:
    """The state and the service of one connection."""

    def __init__(self, answer: Answer) -> None:
        self.connections: set[Any] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.default_headers = [(b"date", b"today")]
        self.slow_heads = SlowHeads(10)
        self.idle = IdleConnections()
        self.is_stopped = False
        self.transport = FakeTransport()
        self.connection = Connection(self, self)
        self.connection.connection_made(self.transport)
        self._answer = answer

    async def answer(self, exchange: Exchange) -> None:
        await self._answer(exchange)

    def stop(self) -> None:
        self.is_stopped = True

    async def read(self, *parts: bytes) -> bytes:
        """What is written once the parts have come and all tasks that can have ended."""
        for part in parts:
            self.connection.data_received(part)
            await take_turns()
        return self.transport.out


async def take_turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)


def talk(answer: Answer, *parts: bytes) -> tuple[bytes, Served]:
    async def talk() -> tuple[bytes, Served]:
        server = Served(answer)
        out = await server.read(*parts)
        server.connection.connection_lost(None)
        await take_turns()
        return out, server

    return asyncio.run(talk())


async def echo(exchange: Exchange) -> None:
    """The target and the body, whole."""
    body = b""
    while not exchange.is_complete:
        await exchange.arrival()
        if exchange.is_gone:
            return
    body = exchange.head.raw_path + b" " + exchange.take_body()
    await exchange.respond(200, [(b"content-length", b"%d" % len(body))], body)


async def answer_in_two(exchange: Exchange) -> None:
    exchange.start(200, [])
    await exchange.write(b"one")
    await exchange.write(b"two", is_last=True)


class HeldEcho:
    """Answers as `echo` does, once it is released."""

    def __init__(self) -> None:
        self.release = asyncio.Event()

    async def __call__(self, exchange: Exchange) -> None:
        await self.release.wait()
        await echo(exchange)


def get(path: bytes = b"/", *, version: bytes = b"1.1", more: bytes = b"") -> bytes:
    return b"GET %b HTTP/%b\r\nhost: a\r\n%b\r\n" % (path, version, more)


def post(path: bytes, body: bytes, more: bytes = b"") -> bytes:
    return b"POST %b HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n%b\r\n%b" % (
        path, len(body), more, body,
    )  # fmt: skip
