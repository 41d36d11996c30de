"""A connection over a transport that is none: turns, flow, limits, being given away."""

import asyncio
from typing import Any

import pytest

from sse_chat.server.answers import ANSWER_400
from sse_chat.server.exchange import Exchange
from tests.support.connections import (
    HeldEcho,
    Served,
    Sink,
    echo,
    get,
    in_loop,
    post,
    take_turns,
    talk,
)


def test_requests_behind_one_another_are_answered_in_their_turn() -> None:
    out, server = talk(echo, post(b"/a", b"1") + get(b"/b") + get(b"/c"))
    assert [line for line in out.split(b"\r\n\r\n")[1:] if line] == [
        b"/a 1HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 3",
        b"/b HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 3",
        b"/c ",
    ]
    assert not server.transport.is_paused


@pytest.mark.parametrize(
    ("parts", "bodies"),
    [
        pytest.param(["GET /dm/zoë", "GET /b"], [b"/dm/zo%C3%AB ", b"/b "], id="first"),
        pytest.param(["GET /b", "GET /dm/zoë"], [b"/b ", b"/dm/zo%C3%AB "], id="kept-alive"),
        pytest.param(["GET /%C3%AB?q=größe"], [b"/%C3%AB "], id="half-escaped"),
    ],
)
def test_a_target_as_curl_sends_it_is_taken(parts: list[str], bodies: list[bytes]) -> None:
    """curl sends letters beyond ASCII as they were typed."""
    out, _ = talk(echo, *(f"{part} HTTP/1.1\r\nhost: a\r\n\r\n".encode() for part in parts))
    answers = out.split(b"HTTP/1.1 ")[1:]
    assert [answer.split(b"\r\n\r\n")[1] for answer in answers] == bodies


def test_a_body_that_looks_like_a_target_stays_as_it_is() -> None:
    body = "größe\r\n".encode()
    out, _ = talk(echo, post(b"/a", body)[: -len(body)], body[:3], body[3:])
    assert out.endswith(b"/a " + body)
    out, _ = talk(echo, post(b"/a", body))
    assert out.endswith(b"/a " + body)


def test_a_piece_full_of_small_requests_is_not_kept_whole() -> None:
    """Each that waits has objects of its own, many times as large as it is."""
    out, server = talk(echo, get() * 5000)
    assert out.count(b"200 OK") == 1000
    assert out.endswith(ANSWER_400)
    assert server.transport.is_closed


@in_loop
async def test_no_more_is_read_while_requests_wait() -> None:
    held = HeldEcho()
    server = Served(held)
    await server.read(get(b"/a") + get(b"/b"))
    assert server.transport.is_paused
    held.release.set()
    await take_turns()
    assert not server.transport.is_paused
    assert server.transport.out.count(b"200 OK") == 2


def test_a_refusal_waits_for_the_answers_before_it() -> None:
    async def talk() -> bytes:
        go_on = asyncio.Event()

        async def wait(exchange: Exchange) -> None:
            exchange.start(200, [])
            await exchange.write(b"one")
            await go_on.wait()
            await exchange.write(b"two", is_last=True)

        server = Served(wait)
        await server.read(get() + b"no http\r\n\r\n")
        assert b"400" not in server.transport.out
        go_on.set()
        await take_turns()
        assert server.transport.is_closed
        return server.transport.out

    assert b"3\r\ntwo\r\n0\r\n\r\nHTTP/1.1 400" in asyncio.run(talk())


@in_loop
async def test_a_large_body_is_read_as_it_is_taken() -> None:
    go_on = asyncio.Event()

    async def take(exchange: Exchange) -> None:
        await go_on.wait()
        exchange.take_body()
        await echo(exchange)

    server = Served(take)
    size = 200_000
    await server.read(post(b"/", b"x" * size)[: size - 70_000])
    assert server.transport.is_paused
    go_on.set()
    await take_turns()
    assert not server.transport.is_paused
    server.connection.connection_lost(None)
    await take_turns()
    assert not server.tasks


@in_loop
async def test_who_went_is_written_to_no_more() -> None:
    ended = asyncio.Event()

    async def wait(exchange: Exchange) -> None:
        exchange.start(200, [])
        await exchange.write(b"one")
        await exchange.write(b"two")
        await exchange.write(b"three", is_last=True)
        ended.set()

    server = Served(wait)
    server.connection.pause_writing()
    await server.read(get())
    assert server.transport.out == b""
    server.connection.connection_lost(None)
    async with asyncio.timeout(5):
        await ended.wait()
    assert server.transport.out == b""
    assert server.connection not in server.connections


@in_loop
async def test_a_slow_head_is_ended_but_not_behind_an_answer() -> None:
    held = HeldEcho()
    server = Served(held)
    await server.read(get() + b"GET /slow")
    server.connection.end_slow_head()
    assert server.transport.out == b""
    assert not server.transport.is_closed
    held.release.set()
    await take_turns()
    server.connection.end_slow_head()
    assert server.transport.out.count(b"HTTP/1.1") == 2
    assert b"HTTP/1.1 408" in server.transport.out
    assert server.transport.is_closed


@in_loop
async def test_a_connection_that_is_given_away() -> None:
    sink = Sink()
    given: list[Any] = []

    async def give(exchange: Exchange) -> None:
        exchange.start(200, [(b"connection", b"close")])
        given.append(exchange.detach(sink))

    server = Served(give)
    server.connection.pause_writing()
    await server.read(get() + b"GET /more")
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


@in_loop
async def test_a_connection_is_not_given_away_once_the_client_has_gone() -> None:
    given: list[Any] = []

    async def give(exchange: Exchange) -> None:
        await exchange.arrival()
        exchange.start(200, [])
        given.append(exchange.detach(Sink()))

    server = Served(give)
    await server.read(get())
    server.connection.connection_lost(None)
    await take_turns()
    assert given == [None]


@in_loop
async def test_a_server_that_stops_ends_what_is_idle_and_lets_the_rest_end() -> None:
    held = HeldEcho()
    idle, busy = Served(held), Served(held)
    await busy.read(get())
    for server in (idle, busy):
        server.connection.shutdown()
        assert server.is_stopped
    assert idle.transport.is_closed
    assert not busy.transport.is_closed
    held.release.set()
    await take_turns()
    assert b"connection: close" in busy.transport.out
    assert busy.transport.is_closed


@in_loop
async def test_blank_lines_keep_no_connection_open() -> None:
    server = Served(echo)
    await server.read(get(), b"\r\n")
    server.idle.end_old(float("inf"))
    assert server.transport.is_closed


@in_loop
async def test_what_is_being_answered_is_not_idle() -> None:
    held = HeldEcho()
    server = Served(held)
    await server.read(get(b"/a"))
    server.idle.end_old(float("inf"))
    assert not server.transport.is_closed
    held.release.set()
    await take_turns()
    server.idle.end_old(0)
    assert not server.transport.is_closed
    server.idle.end_old(float("inf"))
    assert server.transport.is_closed
