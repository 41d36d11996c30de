"""One request and its answer, over a transport that is none: framings and refusals."""

import logging

import pytest

from sse_chat.server.answers import MAX_HEADER_BYTES
from sse_chat.server.exchange import Exchange
from tests.support.connections import (
    answer_in_two,
    echo,
    get,
    post,
    talk,
)


def test_a_whole_answer_is_one_write() -> None:
    out, server = talk(echo, post(b"/a", b"hello"))
    assert out == b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 8\r\n\r\n/a hello"
    assert len(server.transport.written) == 1
    assert not server.transport.is_closed


@pytest.mark.parametrize(
    ("asked", "ends"),
    [
        pytest.param(
            get(), b"transfer-encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n",
            id="chunked",
        ),
        pytest.param(get(version=b"1.0"), b"connection: close\r\n\r\nonetwo", id="until close"),
        pytest.param(b"HEAD / HTTP/1.1\r\nhost: a\r\n\r\n", b"date: today\r\n\r\n", id="head"),
        pytest.param(
            get(more=b"connection: close\r\n"),
            b"chunked\r\nconnection: close\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n",
            id="the last",
        ),
    ],
)  # fmt: skip
def test_the_framing_follows_the_request(asked: bytes, ends: bytes) -> None:
    out, server = talk(answer_in_two, asked)
    assert out.endswith(ends)
    assert server.transport.is_closed == (b"connection: close" in ends)


@pytest.mark.parametrize("body", [b"four", b"toolong"])
def test_a_body_of_another_length_ends_the_connection(
    body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async def wrong(exchange: Exchange) -> None:
        await exchange.respond(200, [(b"content-length", b"5")], body)

    with caplog.at_level(logging.ERROR):
        out, server = talk(wrong, get())
    assert out == b""
    assert server.transport.is_closed
    assert "not as long" in caplog.text


def test_what_was_begun_and_not_ended_ends_the_connection() -> None:
    async def half(exchange: Exchange) -> None:
        exchange.start(200, [])
        await exchange.write(b"one")

    out, server = talk(half, get())
    assert out.endswith(b"3\r\none\r\n")
    assert server.transport.is_closed


def test_trailers_are_no_headers() -> None:
    seen = []

    async def look(exchange: Exchange) -> None:
        seen.extend(exchange.head.headers)
        await echo(exchange)

    chunked = (
        b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
        b"2\r\nhi\r\n0\r\nauthorization: Bearer x\r\n\r\n"
    )
    out, _ = talk(look, chunked)
    assert out.endswith(b"/ hi")
    assert [name for name, _ in seen] == [b"host", b"transfer-encoding"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"no http\r\n\r\n", b"400", id="no http"),
        pytest.param(get(b"no-target"), b"400", id="no target"),
        pytest.param(get(more=b"x: " + b"y" * MAX_HEADER_BYTES + b"\r\n"), b"431", id="large"),
        pytest.param(b"GET / HTTP/1.1\r\nx: " + b"y" * 3 * MAX_HEADER_BYTES, b"431", id="no end"),
    ],
)
def test_what_cannot_be_read_is_refused_and_ends(sent: bytes, status: bytes) -> None:
    out, server = talk(echo, sent)
    assert out.startswith(b"HTTP/1.1 " + status)
    assert out.count(b"HTTP/1.1 4") == 1
    assert server.transport.is_closed


def test_a_body_that_cannot_be_read_is_refused_at_once() -> None:
    head = b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
    out, server = talk(echo, head + b"2\r\nhi\r\n", b"no chunk\r\n")
    assert out.startswith(b"HTTP/1.1 400")
    assert server.transport.is_closed
    assert not server.tasks


def test_the_client_is_told_to_go_on_when_its_body_is_wanted() -> None:
    head = post(b"/", b"hi", b"expect: 100-continue\r\n").removesuffix(b"hi")
    out, _ = talk(echo, head, b"hi")
    assert out.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")
    out, _ = talk(echo, head + b"hi")
    assert out.startswith(b"HTTP/1.1 200")


def test_a_body_that_breaks_behind_its_answer_ends_the_connection() -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.respond(413, [(b"content-length", b"0")], b"")

    head = b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
    out, server = talk(refuse, head + b"2\r\nhi\r\n", b"no chunk\r\n")
    assert out.startswith(b"HTTP/1.1 413")
    assert b"HTTP/1.1 400" in out
    assert server.transport.is_closed


def test_an_offer_of_another_protocol_is_declined() -> None:
    offer = b"connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAA\r\n"
    out, _ = talk(echo, 300 * post(b"/a", b"hi", offer))
    assert out.count(b"/a hi") == 300
