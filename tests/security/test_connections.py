"""What is sent on a connection: trailers, offers of other protocols, many requests at once."""

import re
import socket
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import pytest

from sse_chat.people.limits import PERSON_FEEDS
from tests.support.servers import Launch, ServerProcess

OFFERS = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"


def send(server: ServerProcess, data: bytes, until: Callable[[bytes], bool]) -> bytes:
    """What comes back until that is enough, or the server ends the connection."""
    address = urlsplit(server.url)
    with socket.create_connection((str(address.hostname), address.port), timeout=60) as connection:
        connection.sendall(data)
        answer = b""
        while not until(answer):
            part = connection.recv(65_536)
            if not part:
                break
            answer += part
    return answer


def test_hundreds_of_offers_in_one_piece_are_answered(server: ServerProcess) -> None:
    count = 700
    logged = len(server.output.read_text())
    answer = send(server, OFFERS * count, lambda said: said.count(b"200 OK") == count)
    assert answer.count(b"HTTP/1.1 200 OK") == count
    assert "Traceback" not in server.output.read_text()[logged:]


@pytest.mark.parametrize("path", ["/chat/lobby", "/chat"])
@pytest.mark.parametrize(
    ("trailer", "claimed"),
    [
        pytest.param(b"X-Forwarded-For: 192.0.2.99", "", id="address"),
        pytest.param(b"Authorization: Basic bWFsbG9yeTo=", "mallory", id="name"),
        pytest.param(b"Idempotency-Key: from-the-trailer", "from-the-trailer", id="key"),
    ],
)
def test_a_trailer_is_no_header(launch: Launch, path: str, trailer: bytes, claimed: str) -> None:
    server = launch("--trusted-proxies", "127.0.0.1")
    plain = httpx.post(server.room, content="plain", headers={"X-Forwarded-For": "192.0.2.1"})
    head = (
        b"POST %b HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.1\r\n"
        b"Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n" % path.encode()
    )
    body = b"5\r\nhello\r\n0\r\n%b\r\n\r\n" % trailer
    answer = send(server, head + body, lambda said: b"}\n" in said)
    assert b"201 Created" in answer
    author = re.search(rb'"author_id":"([^"]*)"', answer)
    assert author
    assert author[1].decode() == plain.json()["author_id"]
    assert not claimed or claimed.encode() not in answer


def test_a_trailer_without_end_is_refused(server: ServerProcess) -> None:
    head = b"POST /chat/lobby HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"1\r\na\r\n0\r\n" + b"X-Trailer: %b\r\n" % (b"x" * 900) * 60
    assert b" 431 " in send(server, head + body, lambda said: b"\r\n" in said)


def test_pipes_and_long_polls_count_as_feeds(launch: Launch) -> None:
    server = launch()
    address = urlsplit(server.url)
    httpx.post(server.room, content="a", auth=("ann", "")).raise_for_status()
    newest = httpx.get(f"{server.room}/messages").json()["cursor"]
    ann = b"Authorization: Basic YW5uOg==\r\n"
    poll = b"GET /chat/lobby/messages?after=%b&wait=25 HTTP/1.1\r\nHost: localhost\r\n%b\r\n"
    pipe = b"PUT /chat/lobby HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n%b\r\n"
    with ExitStack() as stack:
        for number in range(PERSON_FEEDS.count):
            connection = socket.create_connection((str(address.hostname), address.port))
            stack.enter_context(connection)
            connection.sendall(pipe % ann if number % 2 else poll % (newest.encode(), ann))
        client = stack.enter_context(httpx.Client(auth=("ann", ""), timeout=60))
        # The last may not have arrived yet, but all do; the first wait for 25 s.
        url = f"{server.room}/messages?after={newest}&wait=1"
        assert any(client.get(url).status_code == 429 for _ in range(10))
        assert client.get(f"{server.room}/feed?follow=0").status_code == 429
        assert client.get(f"{server.room}/messages").status_code == 200
        assert httpx.get(f"{server.room}/feed?follow=0", auth=("bob", "")).status_code == 200
