"""A request that comes in one piece and one that comes in several are answered alike."""

import re
import socket
from collections.abc import Callable

import httpx
import pytest

from tests.support.servers import Launch, ServerProcess, curl

_OWN = re.compile(r'"(id|at|key|edit_key)":"[^"]*"|\b\d{13}-\d+\b')
_CHANGING = {"date", "x-request-id", "location", "content-length"}
_JSON = "Content-Type: application/json"
_EXPECT = "Expect: 100-continue"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

Head = tuple[str, dict[str, str], str]

POSTS = {
    "raw": ([], b"hello"),
    "json": ([_JSON], b'{"text":"hello"}'),
    "form": (["Content-Type: application/x-www-form-urlencoded"], b"text=hello"),
    "lines": (["Content-Type: application/x-ndjson"], b'"one"\n"two"\n'),
    "named": (["Authorization: Basic YW5uOg=="], b"hello"),
    "a proxy's request id": (["X-Request-ID: abc-1"], b"hello"),
    "forwarded": (["X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https"], b"hello"),
    "a form of a browser": (["Accept: text/html", "Content-Type: text/plain"], b"hello"),
    "closing": (["Connection: close"], b"hello"),
    "blank": ([], b"   "),
    "blank, for a browser": (["Accept: text/html"], b"   "),
    "bad JSON": ([_JSON], b"{"),
    "a bad type": (["Content-Type: image/png"], b"hello"),
    "not UTF-8": ([], b"\xff\xfe"),
    "a bad key": (["Idempotency-Key: \xe9"], b"hello"),
    "a wrong password": (["Authorization: Basic YW5uOng="], b"hello"),
    "half a header": (["Authorization: Basic ???"], b"hello"),
    "another site": (["Cookie: sse_chat_session=x", "Sec-Fetch-Site: cross-site"], b"hello"),
    "too long a text": ([], b"x" * 5000),
    "too long a body": ([], b"x" * 70_000),
}


def _parse(raw: bytes) -> Head:
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    kept = {name: value for name, value in headers.items() if name not in _CHANGING}
    return status, kept, _OWN.sub("#", body.decode())


def _read_answer(connection: socket.socket, raw: bytes = b"") -> bytes:
    while True:
        head, end, body = raw.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        if end and length and len(body) >= int(length[1]):
            return raw
        part = connection.recv(65536)
        assert part, raw
        raw += part


def _read_until(
    connection: socket.socket, condition: Callable[[bytes], bool], raw: bytes = b""
) -> bytes:
    while not condition(raw):
        part = connection.recv(65536)
        assert part, raw
        raw += part
    return raw


def _ask(url: str, request: bytes, rest: bytes = b"") -> bytes:
    """`rest`: of the body, sent once the server has read all before it and waits for more, as it
    says where it `Expect`s to be asked; it may have refused the request by then."""
    address = httpx.URL(url)
    with socket.create_connection((address.host, address.port or 80), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(request)
        if not rest:
            return _read_answer(connection)
        first = connection.recv(len(_CONTINUE), socket.MSG_WAITALL)
        if first != _CONTINUE:
            return _read_answer(connection, first)
        for piece in (rest[:1], rest[1:]):
            connection.sendall(piece)
        return _read_answer(connection)


def _post(room: str, headers: list[str], body: bytes) -> bytes:
    lines = [
        f"POST {httpx.URL(room).path} HTTP/1.1",
        "Host: localhost",
        *headers,
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


@pytest.mark.parametrize("kind", POSTS)
def test_a_post_in_pieces_is_answered_as_one_in_one_piece(room: str, kind: str) -> None:
    headers, body = POSTS[kind]
    head = _post(room, headers, body)
    whole = _parse(_ask(room, head + body))
    waiting = _post(room, [*headers, _EXPECT], body)
    in_pieces = _parse(_ask(room, waiting, body))
    assert whole == in_pieces
    if kind in ("raw", "json", "form", "named"):
        assert whole[0] == "HTTP/1.1 201 Created"


@pytest.mark.parametrize("accept", ["*/*", "text/event-stream", "application/json", "text/html"])
@pytest.mark.parametrize("path", ["", "/feed", "/messages"])
@pytest.mark.parametrize(
    "query", ["?follow=0", "?follow=0&format=ndjson", "?after=x", "?follow=0&format=text&last=3"]
)
def test_a_room_asked_for_in_pieces_is_answered_as_one_in_one_piece(
    room: str, path: str, query: str, accept: str
) -> None:
    httpx.post(room, content="hello")
    path = f"{httpx.URL(room).path}{path}{query}"
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", f"Accept: {accept}", "Connection: close"]
    head = "\r\n".join([*lines, "", ""]).encode()
    address = httpx.URL(room)
    answers = []
    # What has a body that is not there yet goes the other way; nobody waits for that body.
    slow = head.replace(b"Host", b"Content-Length: 1\r\nHost")
    for request in (head, slow):
        with socket.create_connection((address.host, address.port or 80), timeout=60) as connection:
            raw = b""
            connection.sendall(request)
            while part := connection.recv(65536):
                raw += part
        answers.append(raw)
    whole, in_pieces = map(_parse, answers)
    assert whole[:2] == in_pieces[:2]
    now = re.compile(r'"now":"[^"]*"|now \S+|"server":"[^"]*"')
    assert now.sub("", whole[2]) == now.sub("", in_pieces[2])


def test_posts_sent_one_after_the_other_without_waiting_are_answered_in_order(room: str) -> None:
    posts = [_post(room, [], b"post %d" % number) + b"post %d" % number for number in range(5)]
    # The third is cut in its body, so that it and those behind it wait.
    stream = b"".join(posts)
    cut = sum(map(len, posts[:3])) - 3
    address = httpx.URL(room)
    with socket.create_connection((address.host, address.port or 80), timeout=60) as connection:
        connection.sendall(stream[:cut])
        raw = _read_until(connection, lambda raw: raw.count(b"HTTP/1.1 201") >= 2)
        connection.sendall(stream[cut:])
        raw = _read_until(
            connection, lambda raw: raw.count(b"HTTP/1.1 201") == 5 and raw.endswith(b"}\n"), raw
        )
    assert re.findall(rb'"text":"(post \d)"', raw) == [b"post %d" % number for number in range(5)]


def test_a_feed_between_two_posts_goes_on(room: str) -> None:
    """What comes behind a feed is never answered, and does not end the feed."""
    post = _post(room, [], b"hi") + b"hi"
    path = f"{httpx.URL(room).path}/feed?format=ndjson"
    feed = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    address = httpx.URL(room)
    with socket.create_connection((address.host, address.port or 80), timeout=60) as connection:
        connection.sendall(post + feed + post)
        raw = _read_until(connection, lambda raw: b'"kind":"hello"' in raw)
        httpx.post(room, content="for the feed")
        raw = _read_until(connection, lambda raw: b"for the feed" in raw, raw)
    assert raw.count(b"HTTP/1.1 201") == 1


@pytest.mark.parametrize("offer", ["h2c", "websocket", "TLS/1.2"])
@pytest.mark.parametrize("is_whole", [True, False])
def test_an_offer_of_another_protocol_is_declined_and_the_post_kept(
    room: str, offer: str, is_whole: bool
) -> None:
    headers = [f"Upgrade: {offer}", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMA"]
    if is_whole:
        answer = _ask(room, _post(room, headers, b"kept") + b"kept")
    else:
        answer = _ask(room, _post(room, [*headers, _EXPECT], b"kept"), b"kept")
    status, _, body = _parse(answer)
    assert status == "HTTP/1.1 201 Created"
    assert '"text":"kept"' in body


def test_curl_may_offer_http_2(room: str) -> None:
    assert '"text":"kept"' in curl("--http2", "-d", "kept", room)
    assert "kept" in curl("--http2", f"{room}?follow=0")


def test_a_connect_is_refused(server: ServerProcess) -> None:
    head = b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n"
    assert _ask(server.url, head).startswith(b"HTTP/1.1 4")


def test_both_ways_know_the_path_that_the_server_is_under(launch: Launch) -> None:
    server: ServerProcess = launch("--limits", "off", "--root-path", "/team/chat")
    for path in ("/team/chat/chat/lobby", "/chat/lobby"):
        room = server.url + path
        head = _post(room, ["Accept: text/html"], b"hello")
        waiting = _post(room, ["Accept: text/html", _EXPECT], b"hello")
        for pieces in ((head + b"hello",), (waiting, b"hello")):
            answer = _ask(room, *pieces).decode()
            assert answer.startswith("HTTP/1.1 303")
            assert "location: /team/chat/chat/lobby\r\n" in answer
