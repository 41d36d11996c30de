"""Connection and Exchange over a transport that is none: framings, turns, limits, flow."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sse_chat.server import connection
from sse_chat.server.answers import ANSWER_400, MAX_HEADER_BYTES
from sse_chat.server.connection import Connection
from sse_chat.server.exchange import Exchange
from sse_chat.server.slow_heads import SlowHeads
from tests.support.transports import FakeTransport

# More than any of these requests needs.
_TURNS = 1000
Answer = Callable[[Exchange], Awaitable[None]]


class _Sink(asyncio.Protocol):
    is_paused = False

    def pause_writing(self) -> None:
        self.is_paused = True


class _Server:
    """The state and the service of one connection."""

    def __init__(self, answer: Answer) -> None:
        self.connections: set[Any] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.default_headers = [(b"date", b"today")]
        self.slow_heads = SlowHeads(10)
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
            await _turns()
        return self.transport.out


async def _turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)


def _talk(answer: Answer, *parts: bytes) -> tuple[bytes, _Server]:
    async def talk() -> tuple[bytes, _Server]:
        server = _Server(answer)
        out = await server.read(*parts)
        server.connection.connection_lost(None)
        await _turns()
        return out, server

    return asyncio.run(talk())


async def _echo(exchange: Exchange) -> None:
    """The target and the body, whole."""
    body = b""
    while not exchange.is_complete:
        await exchange.arrival()
        if exchange.is_gone:
            return
    body = exchange.head.raw_path + b" " + exchange.take_body()
    await exchange.respond(200, [(b"content-length", b"%d" % len(body))], body)


async def _in_two(exchange: Exchange) -> None:
    exchange.start(200, [])
    await exchange.write(b"one")
    await exchange.write(b"two", is_last=True)


def _get(path: bytes = b"/", *, version: bytes = b"1.1", more: bytes = b"") -> bytes:
    return b"GET %b HTTP/%b\r\nhost: a\r\n%b\r\n" % (path, version, more)


def _post(path: bytes, body: bytes, more: bytes = b"") -> bytes:
    return b"POST %b HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n%b\r\n%b" % (
        path, len(body), more, body,
    )  # fmt: skip


def test_a_whole_answer_is_one_write() -> None:
    out, server = _talk(_echo, _post(b"/a", b"hello"))
    assert out == b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 8\r\n\r\n/a hello"
    assert len(server.transport.written) == 1
    assert not server.transport.is_closed


def test_requests_behind_one_another_are_answered_in_their_turn() -> None:
    out, server = _talk(_echo, _post(b"/a", b"1") + _get(b"/b") + _get(b"/c"))
    assert [line for line in out.split(b"\r\n\r\n")[1:] if line] == [
        b"/a 1HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 3",
        b"/b HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 3",
        b"/c ",
    ]
    assert not server.transport.is_paused


def test_a_piece_full_of_small_requests_is_not_kept_whole() -> None:
    """Each that waits has objects of its own, many times as large as it is."""
    out, server = _talk(_echo, _get() * 5000)
    assert out.count(b"200 OK") == 1000
    assert out.endswith(ANSWER_400)
    assert server.transport.is_closed


def test_no_more_is_read_while_requests_wait() -> None:
    async def talk() -> None:
        go_on = asyncio.Event()

        async def wait(exchange: Exchange) -> None:
            await go_on.wait()
            await _echo(exchange)

        server = _Server(wait)
        await server.read(_get(b"/a") + _get(b"/b"))
        assert server.transport.is_paused
        go_on.set()
        await _turns()
        assert not server.transport.is_paused
        assert server.transport.out.count(b"200 OK") == 2

    asyncio.run(talk())


@pytest.mark.parametrize(
    ("asked", "ends"),
    [
        pytest.param(
            _get(), b"transfer-encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n",
            id="chunked",
        ),
        pytest.param(_get(version=b"1.0"), b"connection: close\r\n\r\nonetwo", id="until close"),
        pytest.param(b"HEAD / HTTP/1.1\r\nhost: a\r\n\r\n", b"date: today\r\n\r\n", id="head"),
        pytest.param(
            _get(more=b"connection: close\r\n"),
            b"chunked\r\nconnection: close\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n",
            id="the last",
        ),
    ],
)  # fmt: skip
def test_the_framing_follows_the_request(asked: bytes, ends: bytes) -> None:
    out, server = _talk(_in_two, asked)
    assert out.endswith(ends)
    assert server.transport.is_closed == (b"connection: close" in ends)


@pytest.mark.parametrize("body", [b"four", b"toolong"])
def test_a_body_of_another_length_ends_the_connection(
    body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async def wrong(exchange: Exchange) -> None:
        await exchange.respond(200, [(b"content-length", b"5")], body)

    with caplog.at_level(logging.ERROR):
        out, server = _talk(wrong, _get())
    assert out == b""
    assert server.transport.is_closed
    assert "not as long" in caplog.text


def test_what_was_begun_and_not_ended_ends_the_connection() -> None:
    async def half(exchange: Exchange) -> None:
        exchange.start(200, [])
        await exchange.write(b"one")

    out, server = _talk(half, _get())
    assert out.endswith(b"3\r\none\r\n")
    assert server.transport.is_closed


def test_trailers_are_no_headers() -> None:
    seen = []

    async def look(exchange: Exchange) -> None:
        seen.extend(exchange.head.headers)
        await _echo(exchange)

    chunked = (
        b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
        b"2\r\nhi\r\n0\r\nauthorization: Bearer x\r\n\r\n"
    )
    out, _ = _talk(look, chunked)
    assert out.endswith(b"/ hi")
    assert [name for name, _ in seen] == [b"host", b"transfer-encoding"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"no http\r\n\r\n", b"400", id="no http"),
        pytest.param(_get(b"/\xff"), b"400", id="no target"),
        pytest.param(_get(more=b"x: " + b"y" * MAX_HEADER_BYTES + b"\r\n"), b"431", id="large"),
        pytest.param(b"GET / HTTP/1.1\r\nx: " + b"y" * 3 * MAX_HEADER_BYTES, b"431", id="no end"),
    ],
)
def test_what_cannot_be_read_is_refused_and_ends(sent: bytes, status: bytes) -> None:
    out, server = _talk(_echo, sent)
    assert out.startswith(b"HTTP/1.1 " + status)
    assert out.count(b"HTTP/1.1 4") == 1
    assert server.transport.is_closed


def test_a_refusal_waits_for_the_answers_before_it() -> None:
    async def talk() -> bytes:
        go_on = asyncio.Event()

        async def wait(exchange: Exchange) -> None:
            exchange.start(200, [])
            await exchange.write(b"one")
            await go_on.wait()
            await exchange.write(b"two", is_last=True)

        server = _Server(wait)
        await server.read(_get() + b"no http\r\n\r\n")
        assert b"400" not in server.transport.out
        go_on.set()
        await _turns()
        assert server.transport.is_closed
        return server.transport.out

    assert b"3\r\ntwo\r\n0\r\n\r\nHTTP/1.1 400" in asyncio.run(talk())


def test_a_body_that_cannot_be_read_is_refused_at_once() -> None:
    head = b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
    out, server = _talk(_echo, head + b"2\r\nhi\r\n", b"no chunk\r\n")
    assert out.startswith(b"HTTP/1.1 400")
    assert server.transport.is_closed
    assert not server.tasks


def test_the_client_is_told_to_go_on_when_its_body_is_wanted() -> None:
    head = _post(b"/", b"hi", b"expect: 100-continue\r\n").removesuffix(b"hi")
    out, _ = _talk(_echo, head, b"hi")
    assert out.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")
    out, _ = _talk(_echo, head + b"hi")
    assert out.startswith(b"HTTP/1.1 200")


def test_a_large_body_is_read_as_it_is_taken() -> None:
    async def talk() -> None:
        go_on = asyncio.Event()

        async def take(exchange: Exchange) -> None:
            await go_on.wait()
            exchange.take_body()
            await _echo(exchange)

        server = _Server(take)
        size = 200_000
        await server.read(_post(b"/", b"x" * size)[: size - 70_000])
        assert server.transport.is_paused
        go_on.set()
        await _turns()
        assert not server.transport.is_paused
        server.connection.connection_lost(None)
        await _turns()
        assert not server.tasks

    asyncio.run(talk())


def test_who_went_is_written_to_no_more() -> None:
    async def talk() -> None:
        ended = asyncio.Event()

        async def wait(exchange: Exchange) -> None:
            exchange.start(200, [])
            await exchange.write(b"one")
            await exchange.write(b"two")
            await exchange.write(b"three", is_last=True)
            ended.set()

        server = _Server(wait)
        server.connection.pause_writing()
        await server.read(_get())
        assert server.transport.out == b""
        server.connection.connection_lost(None)
        async with asyncio.timeout(5):
            await ended.wait()
        assert server.transport.out == b""
        assert server.connection not in server.connections

    asyncio.run(talk())


def test_a_slow_head_is_ended_but_not_behind_an_answer() -> None:
    async def talk() -> None:
        go_on = asyncio.Event()

        async def wait(exchange: Exchange) -> None:
            await go_on.wait()
            await _echo(exchange)

        server = _Server(wait)
        await server.read(_get() + b"GET /slow")
        server.connection.end_slow_head()
        assert server.transport.out == b""
        assert not server.transport.is_closed
        go_on.set()
        await _turns()
        server.connection.end_slow_head()
        assert server.transport.out.count(b"HTTP/1.1") == 2
        assert b"HTTP/1.1 408" in server.transport.out
        assert server.transport.is_closed

    asyncio.run(talk())


def test_a_connection_that_is_given_away() -> None:
    async def talk() -> None:
        sink = _Sink()
        given: list[Any] = []

        async def give(exchange: Exchange) -> None:
            exchange.start(200, [(b"connection", b"close")])
            given.append(exchange.detach(sink))

        server = _Server(give)
        server.connection.pause_writing()
        await server.read(_get() + b"GET /more")
        connections, head = given[0]
        assert connections == {sink}
        assert head.endswith(b"connection: close\r\ntransfer-encoding: chunked\r\n\r\n")
        assert server.transport.protocol is sink
        assert server.transport.out == b""
        assert sink.is_paused
        assert not server.transport.is_closed
        # The slow head behind it is of no request any more.
        server.slow_heads.end_old(float("inf"))
        assert not server.transport.is_closed

    asyncio.run(talk())


def test_a_connection_is_not_given_away_once_the_client_has_gone() -> None:
    async def talk() -> None:
        given: list[Any] = []

        async def give(exchange: Exchange) -> None:
            await exchange.arrival()
            exchange.start(200, [])
            given.append(exchange.detach(_Sink()))

        server = _Server(give)
        await server.read(_get())
        server.connection.connection_lost(None)
        await _turns()
        assert given == [None]

    asyncio.run(talk())


def test_a_server_that_stops_ends_what_is_idle_and_lets_the_rest_end() -> None:
    async def talk() -> None:
        go_on = asyncio.Event()

        async def wait(exchange: Exchange) -> None:
            await go_on.wait()
            await _echo(exchange)

        idle, busy = _Server(wait), _Server(wait)
        await busy.read(_get())
        for server in (idle, busy):
            server.connection.shutdown()
            assert server.is_stopped
        assert idle.transport.is_closed
        assert not busy.transport.is_closed
        go_on.set()
        await _turns()
        assert b"connection: close" in busy.transport.out
        assert busy.transport.is_closed

    asyncio.run(talk())


def test_an_offer_of_another_protocol_is_declined() -> None:
    offer = b"connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAA\r\n"
    out, _ = _talk(_echo, 300 * _post(b"/a", b"hi", offer))
    assert out.count(b"/a hi") == 300


def test_a_body_that_breaks_behind_its_answer_ends_the_connection() -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.respond(413, [(b"content-length", b"0")], b"")

    head = b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
    out, server = _talk(refuse, head + b"2\r\nhi\r\n", b"no chunk\r\n")
    assert out.startswith(b"HTTP/1.1 413")
    assert b"HTTP/1.1 400" in out
    assert server.transport.is_closed


def test_blank_lines_keep_no_connection_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_KEEP_ALIVE_S", 0.05)

    async def talk() -> None:
        server = _Server(_echo)
        await server.read(_get(), b"\r\n")
        async with asyncio.timeout(10):
            await server.transport.closed.wait()

    asyncio.run(talk())
