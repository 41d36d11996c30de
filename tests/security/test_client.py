"""The client against a server that means it harm: it ends with a clear line, and does not grow."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sse_chat.client import Problem, SyncRoom, bodies
from sse_chat.client.frames import NdjsonFrames, NotAFeed, SseFrames
from sse_chat.ids import format_ms
from tests.support.client import run

LAST_ID = f"{2**64 - 1}-{2**64 - 1}"
Answer = Callable[[BaseHTTPRequestHandler], None]


def page(**more: object) -> dict[str, object]:
    entry = {"id": LAST_ID, "kind": "message", "author": "m", "author_id": "g_1", "text": "end"}
    return {"room": "lobby", "events": [entry], "cursor": LAST_ID, "more": False, **more}


def send_json(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def serve() -> Iterator[Callable[[bytes], str]]:
    """Start a server that answers everything so; gives its address."""
    servers = []

    def start(body: bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                send_json(self, body)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                send_json(self, body)

            def log_message(self, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_an_id_beyond_the_calendar_is_shown(serve: Callable[[bytes], str]) -> None:
    assert format_ms(2**64 - 1) == "9999-12-31T23:59:59.999Z"
    done = run("tail", "lobby", "--server", serve(json.dumps(page()).encode()), "--no-follow")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.endswith(b"[23:59] m: end\n")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * 100_000, id="nested"),
        pytest.param(b'{"cursor":' + b"9" * 10_000 + b"}", id="a-long-number"),
        pytest.param(json.dumps(page(more=None)).encode(), id="no-more"),
        pytest.param(json.dumps(page(more=True)).encode(), id="for-ever-more"),
        pytest.param(json.dumps(page(gap={"after": LAST_ID, "oldest": "x"})).encode(), id="gap"),
        pytest.param(json.dumps(page(events=[{"id": LAST_ID, "target": 1}])).encode(), id="target"),
        pytest.param(json.dumps(page(events=[None])).encode(), id="no-entry"),
    ],
)
def test_a_page_that_is_none_ends_with_a_line(serve: Callable[[bytes], str], body: bytes) -> None:
    done = run("tail", "lobby", "--server", serve(body), "--no-follow")
    assert done.returncode == 10
    assert done.stderr.startswith(b"sse-chat: this is not sse-chat")
    assert done.stderr.count(b"\n") == 1


def test_a_page_is_read_up_to_a_limit(serve: Callable[[bytes], str]) -> None:
    done = run("tail", "lobby", "--server", serve(b"x" * (bodies.MAX_PAGE_BYTES + 1)))
    assert done.returncode == 10
    assert b"the answer is over 67,108,864 bytes" in done.stderr


def test_a_program_reads_an_answer_up_to_a_limit(serve: Callable[[bytes], str]) -> None:
    body = json.dumps({"id": LAST_ID, "text": "x" * bodies.MAX_RECEIPT_BYTES}).encode()
    with SyncRoom("lobby", server=serve(body), user="ci") as room:
        for call in (lambda: room.say("hello"), lambda: room.wait(after="0", timeout_s=5)):
            with pytest.raises(Problem, match="the answer is over 1,048,576 bytes"):
                call()


@pytest.mark.parametrize("part", [b"x" * 10_000, b"data: " + b"x" * 10_000 + b"\n"])
def test_a_feed_without_end_of_event_is_none(part: bytes) -> None:
    frames = SseFrames()

    def read() -> None:
        for _ in range(200):
            list(frames.feed(part))

    with pytest.raises(NotAFeed):
        read()


def test_nested_json_is_no_event() -> None:
    with pytest.raises(NotAFeed):
        list(NdjsonFrames().feed(b"[" * 100_000 + b"\n"))
