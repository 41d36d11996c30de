"""What is too much is refused in words, and the rest goes on."""

import asyncio
import select
import socket
import time
from contextlib import ExitStack

import httpx

from sse_chat.server.slow_heads import SlowHeads
from tests.support.feeds import open_lines
from tests.support.servers import Launch, ServerProcess

BODY = 60_000


def begin_post(server: ServerProcess) -> socket.socket:
    """A post whose body stops just before its end."""
    url = httpx.URL(server.url)
    connection = socket.create_connection((url.host, url.port or 80), timeout=60)
    head = f"POST /chat/lobby HTTP/1.1\r\nHost: x\r\nContent-Length: {BODY}\r\n"
    connection.sendall(head.encode() + b"Content-Type: text/plain\r\n\r\n" + b"x" * (BODY - 1))
    return connection


def test_bodies_that_do_not_end_are_bounded_and_others_go_on(launch: Launch) -> None:
    server = launch("--max-bodies", "200000")
    with ExitStack() as stack:
        begun = [stack.enter_context(begin_post(server)) for _ in range(6)]
        refused = 0
        deadline = time.monotonic() + 60
        while refused < 3:
            assert time.monotonic() < deadline
            for each in list(begun):
                each.settimeout(0.1)
                try:
                    answer = each.recv(65_536)
                except TimeoutError:
                    continue
                assert answer.startswith(b"HTTP/1.1 503 ")
                assert b"retry-after:" in answer.lower()
                begun.remove(each)
                refused += 1
        assert httpx.post(server.room, content="a").status_code == 201
    # They have gone, and their bytes are counted no more.
    with ExitStack() as stack:
        for _ in range(3):
            connection = stack.enter_context(begin_post(server))
            connection.sendall(b"x")
            assert b" 413 " in connection.recv(65_536)


def begin_pipe(server: ServerProcess, kind: str) -> socket.socket:
    """A piped body, of one line that does not end."""
    url = httpx.URL(server.url)
    connection = socket.create_connection((url.host, url.port or 80), timeout=60)
    head = f"PUT /chat/lobby HTTP/1.1\r\nHost: x\r\nContent-Length: {BODY + 1}\r\n"
    connection.sendall(head.encode() + f"Content-Type: {kind}\r\n\r\n".encode() + b'"' * BODY)
    return connection


def test_piped_lines_that_do_not_end_are_bounded_as_well(launch: Launch) -> None:
    server = launch("--max-bodies", "200000")
    with ExitStack() as stack:
        begun = [stack.enter_context(begin_pipe(server, "application/x-ndjson")) for _ in range(6)]
        answers: list[bytes] = []
        deadline = time.monotonic() + 60
        while len(answers) < 3:
            assert time.monotonic() < deadline
            readable, _, _ = select.select(begun, [], [], 1)
            for each in readable:
                answers.append(each.recv(65_536))
                begun.remove(each)
        assert all(answer.startswith(b"HTTP/1.1 503 ") for answer in answers)
        assert b'"count":0' in answers[0].replace(b" ", b"")
        # Others pipe on: a line that ends is held no more.
        lines = b"a line\n" * 20
        assert httpx.put(server.room, content=lines).json()["count"] == 20
    # They have gone, and their bytes are counted no more: the line is read to its end.
    with ExitStack() as stack:
        for _ in range(3):
            connection = stack.enter_context(begin_pipe(server, "application/x-ndjson"))
            connection.sendall(b'"')
            assert b" 400 " in connection.recv(65_536)


class Connection:
    def __init__(self) -> None:
        self.has_ended = False

    def end_slow_head(self) -> None:
        self.has_ended = True


def test_only_heads_that_are_too_slow_are_ended() -> None:
    async def play() -> list[bool]:
        heads, connections = SlowHeads(most_s=30), [Connection() for _ in range(3)]
        for each in connections:
            heads.add(each)
        heads.discard(connections[1])
        now_s = asyncio.get_running_loop().time()
        heads.end_old(now_s + 29)
        assert not any(each.has_ended for each in connections)
        heads.end_old(now_s + 31)
        return [each.has_ended for each in connections]

    assert asyncio.run(play()) == [True, False, True]


def test_a_head_that_trickles_is_cut_and_a_feed_is_not(launch: Launch) -> None:
    server = launch("--head-timeout", "3")
    url = httpx.URL(server.url)
    with (
        socket.create_connection((url.host, url.port or 80), timeout=60) as slow,
        open_lines(f"{server.room}/feed?heartbeat=2") as lines,
    ):
        slow.sendall(b"GET /chat HTTP/1.1\r\nHo")
        began_s = time.monotonic()
        slow.settimeout(0.5)
        answer = None
        while answer is None:
            assert time.monotonic() - began_s < 60
            try:
                answer = slow.recv(1000)
            except TimeoutError:
                slow.sendall(b"x")
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b'"error":"head_timeout"' in answer
        assert time.monotonic() - began_s > 2.5
        assert any(line == "event: ping" for line in lines)


def test_a_head_behind_a_feed_or_a_long_poll_does_not_break_into_their_answer(
    launch: Launch,
) -> None:
    server = launch("--head-timeout", "2")
    newest = httpx.post(server.room, content="a").json()["id"]
    begun_behind = " HTTP/1.1\r\nHost: x\r\n\r\nGET /chat HTTP/1.1\r\nHo"
    paths = {
        "feed": "/chat/lobby/feed?heartbeat=2",
        "feed of another route": "/chat?format=ndjson&heartbeat=2",
        "long-poll": f"/chat/lobby/messages?after={newest}&wait=25",
    }
    with ExitStack() as stack:
        connections = {}
        for name, path in paths.items():
            connections[name] = stack.enter_context(begin(server, f"GET {path}{begun_behind}"))
        # Two whole looks of the watch over slow heads later.
        slow = stack.enter_context(begin(server, "GET /chat HTTP/1.1\r\nHo"))
        assert slow.recv(1000).startswith(b"HTTP/1.1 408 ")
        slow = stack.enter_context(begin(server, "GET /chat HTTP/1.1\r\nHo"))
        assert slow.recv(1000).startswith(b"HTTP/1.1 408 ")
        httpx.post(server.room, content="said later")
        for name, connection in connections.items():
            received = b""
            while b"said later" not in received:
                part = connection.recv(65_536)
                assert part, (name, received)
                received += part
            assert b"head_timeout" not in received, name
            assert received.startswith(b"HTTP/1.1 200 "), name
        # The answer is over: now the head that does not end is answered itself.
        received = b""
        while part := connections["long-poll"].recv(65_536):
            received += part
        assert b"HTTP/1.1 408 " in received


def begin(server: ServerProcess, request: str) -> socket.socket:
    url = httpx.URL(server.url)
    connection = socket.create_connection((url.host, url.port or 80), timeout=60)
    connection.sendall(request.encode())
    return connection
