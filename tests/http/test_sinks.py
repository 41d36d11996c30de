"""Feeds over sockets, by both sinks: what a client sees must not depend on how it is written."""

import contextlib
import json
import re
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.servers import Launch, Launcher, ServerProcess
from tests.support.waiting import WHOLE_UPLOAD_S, wait_until

# On loopback the kernel's own buffers would take all there is, and hide a missing backpressure.
_SEND_BUFFER = "16384"


@pytest.fixture(scope="module", params=["transport", "asgi"])
def launched(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    launcher = Launcher(tmp_path_factory.mktemp(f"sinks-{request.param}"))
    yield launcher("--sink", request.param, "--limits", "off", "--send-buffer", _SEND_BUFFER)
    launcher.stop()


@pytest.fixture
def server(launched: ServerProcess) -> ServerProcess:
    return launched.with_own_room()


def path_of(server: ServerProcess) -> str:
    return httpx.URL(server.room).path


Connect = Callable[..., socket.socket]


@pytest.fixture
def connect(server: ServerProcess) -> Iterator[Connect]:
    """Raw connections, each with a request sent; `receive_buffer` in bytes, 0 for the default."""
    with contextlib.ExitStack() as stack:

        def start(request: str, receive_buffer: int = 0) -> socket.socket:
            url = httpx.URL(server.url)
            connection = stack.enter_context(socket.socket())
            connection.settimeout(20)
            if receive_buffer:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            connection.connect((url.host, url.port))
            connection.sendall(request.encode())
            return connection

        yield start


def lines_of(connection: socket.socket) -> Iterator[bytes]:
    with connection.makefile("rb") as file:
        yield from file


def read_all(connection: socket.socket) -> bytes:
    received = bytearray()
    while part := connection.recv(65_536):
        received += part
    return bytes(received)


def post_many(server: ServerProcess, texts: list[str]) -> None:
    with httpx.Client() as client:
        for text in texts:
            client.post(server.room, content=text).raise_for_status()


def pipe(server: ServerProcess, lines: list[str]) -> None:
    body = "".join(f"{line}\n" for line in lines)
    answer = httpx.put(server.room, content=body, timeout=WHOLE_UPLOAD_S)
    assert answer.json()["count"] == len(lines)


def skip_to(lines: Iterator[bytes], start: bytes) -> None:
    while not next(lines).startswith(start):
        pass


def texts_of(lines: list[bytes]) -> list[str]:
    events = [json.loads(line) for line in lines]
    return [event["text"] for event in events if event["kind"] == "message"]


def test_a_feed_that_does_not_follow_ends_with_the_newest(server: ServerProcess) -> None:
    post_many(server, ["one", "two"])
    lines = httpx.get(f"{server.room}/feed?format=ndjson&after=0&follow=0").content.splitlines()
    kinds = [json.loads(line)["kind"] for line in lines]
    assert kinds == ["prelude", "hello", "message", "message"]


def test_a_body_to_http_1_0_is_not_chunked(server: ServerProcess, connect: Connect) -> None:
    post_many(server, ["hello"])
    request = f"GET {path_of(server)}/feed?format=ndjson&after=0&follow=0 HTTP/1.0\r\n\r\n"
    head, _, body = read_all(connect(request)).partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head.lower()
    assert [line for line in head.lower().split(b"\r\n") if line.startswith(b"connection:")] == [
        b"connection: close"
    ]
    assert texts_of(body.splitlines()) == ["hello"]


def test_a_feed_to_http_1_0_gets_what_comes_later(server: ServerProcess, connect: Connect) -> None:
    lines = lines_of(connect(f"GET {path_of(server)}/feed?format=ndjson HTTP/1.0\r\n\r\n"))
    skip_to(lines, b'{"kind":"hello"')
    post_many(server, ["later"])
    assert texts_of([next(lines)]) == ["later"]


@pytest.mark.parametrize("sink", ["transport", "asgi"])
def test_sigterm_ends_feeds_with_a_bye_and_the_last_chunk(
    launch: Launch, sink: str, tmp_path: Path
) -> None:
    server = launch("--sink", sink, "--limits", "off")
    outputs = {fmt: tmp_path / f"feed.{fmt}" for fmt in ("sse", "ndjson", "text")}
    curls = [
        subprocess.Popen(["curl", "-sN", "-o", output, f"{server.room}/feed?format={fmt}"])
        for fmt, output in outputs.items()
    ]
    wait_until(lambda: all(each.exists() and each.stat().st_size for each in outputs.values()))
    server.stop()
    for curl, output in zip(curls, outputs.values(), strict=True):
        # curl's exit is 18 when a chunked body does not end with its last chunk.
        assert curl.wait(60) == 0
        assert "drain" in output.read_text()


def test_every_reader_gets_every_message_once_and_in_order(
    server: ServerProcess, connect: Connect
) -> None:
    request = f"GET {path_of(server)}/feed?format=ndjson HTTP/1.0\r\n\r\n"
    feeds = [lines_of(connect(request)) for _ in range(20)]
    for lines in feeds:
        skip_to(lines, b'{"kind":"hello"')
    expected = [f"message {number}" for number in range(2000)]
    sender = threading.Thread(target=pipe, args=(server, expected))
    sender.start()
    for lines in feeds:
        seen: list[str] = []
        while len(seen) < len(expected):
            seen += texts_of([next(lines)])
        assert seen == expected
    sender.join()


def memory_kb(server: ServerProcess) -> int:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_readers_that_stop_reading_cost_no_memory_and_lose_nothing(
    server: ServerProcess, connect: Connect
) -> None:
    request = f"GET {path_of(server)}/feed?format=ndjson HTTP/1.0\r\n\r\n"
    readers = [connect(request, receive_buffer=4096) for _ in range(20)]
    pipe(server, ["x" * 2000 for _ in range(200)])
    before = memory_kb(server)
    expected = [f"{number} " + "x" * 2000 for number in range(3000)]
    pipe(server, expected)
    # 20 readers with 6 MB that each has not read: far more than what may be held for them.
    assert memory_kb(server) - before < 30_000
    for reader in readers[:3]:
        lines = lines_of(reader)
        skip_to(lines, b'{"kind":"hello"')
        seen: list[str] = []
        while len(seen) < 200 + len(expected):
            seen += texts_of([next(lines)])
        assert seen[200:] == expected


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("launched", ["transport"], indirect=True)
def test_feeds_behind_an_answer_that_is_not_read_cost_no_memory_and_lose_nothing(
    server: ServerProcess, connect: Connect
) -> None:
    pipe(server, ["x" * 4000 for _ in range(200)])
    host = httpx.URL(server.url).netloc.decode()
    requests = (
        f"GET {path_of(server)}/messages?limit=200 HTTP/1.1\r\nHost: {host}\r\n\r\n"
        f"GET {path_of(server)}/feed?format=ndjson HTTP/1.1\r\nHost: {host}\r\n\r\n"
    )
    readers = [connect(requests, receive_buffer=4096) for _ in range(20)]
    wait_until_open(server, len(readers))
    before = memory_kb(server)
    expected = [f"{number} " + "x" * 4000 for number in range(5000)]
    pipe(server, expected)
    # All of them would hold the same bytes.
    assert memory_kb(server) - before < 30_000
    lines = lines_of(readers[0])
    skip_to(lines, b'{"kind":"hello"')
    seen: list[str] = []
    while len(seen) < len(expected):
        line = next(lines)
        # The others are of the chunks around them.
        seen += texts_of([line]) if line.startswith(b'{"id"') else []
    assert seen == expected


def wait_until_open(server: ServerProcess, feeds: int) -> None:
    are_open = re.compile(rf'^sse_chat_feeds{{format="ndjson",.*}} {feeds}\.0$', re.MULTILINE)
    wait_until(lambda: are_open.search(httpx.get(f"{server.url}/metrics").text))
