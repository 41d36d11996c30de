"""What is too much is refused in words, and the rest goes on."""

import socket
import time
from contextlib import ExitStack

import httpx
from conftest import Launch, ServerProcess

BODY = 60_000


def begin_post(server: ServerProcess) -> socket.socket:
    """A post whose body stops just before its end."""
    url = httpx.URL(server.url)
    connection = socket.create_connection((url.host, url.port or 80), timeout=20)
    head = f"POST /chat/lobby HTTP/1.1\r\nHost: x\r\nContent-Length: {BODY}\r\n"
    connection.sendall(head.encode() + b"Content-Type: text/plain\r\n\r\n" + b"x" * (BODY - 1))
    return connection


def test_bodies_that_do_not_end_are_bounded_and_others_go_on(launch: Launch) -> None:
    server = launch("--max-bodies", "200000")
    with ExitStack() as stack:
        begun = [stack.enter_context(begin_post(server)) for _ in range(6)]
        refused = 0
        deadline = time.monotonic() + 10
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
