"""How far a post goes in our code, from the connection that it comes on to a reader's."""

import asyncio
import sys
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

from sse_chat.app import create_app
from sse_chat.feed.window import Window
from sse_chat.server.asgi import ANSWERING
from sse_chat.server.connection import Connection
from sse_chat.settings import Settings
from sse_chat.store.pipeline import Pipeline
from tests.support.places import ROOT
from tests.support.stores import run_store
from tests.support.transports import FakeTransport

_PACKAGE = str(ROOT / "sse_chat")
_FEED = b"GET /chat/lobby/feed?format=ndjson HTTP/1.1\r\nhost: localhost\r\n\r\n"
_POST = (
    b"POST /chat/lobby HTTP/1.1\r\nhost: localhost\r\nauthorization: Basic YW5uOg==\r\n"
    b"content-length: 5\r\n\r\n"
)
# Where it is handed on: what is on the stack there has carried it.
_MARKS = {each.__code__ for each in (Pipeline.call, Window.append, FakeTransport.write)}


class _Transport(FakeTransport):
    def __init__(self) -> None:
        super().__init__()
        self.grown = asyncio.Event()

    def write(self, data: Any) -> None:
        super().write(data)
        self.grown.set()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass


def _connect(answering: Any) -> _Transport:
    state = SimpleNamespace(connections=set(), tasks=set(), default_headers=[])
    transport = _Transport()
    transport.protocol = Connection(state, answering)
    transport.protocol.connection_made(transport)
    return transport


def _send(to: _Transport, data: bytes) -> None:
    assert isinstance(to.protocol, asyncio.Protocol)
    to.protocol.data_received(data)


async def _wait_for(text: bytes, reader: _Transport) -> None:
    async with asyncio.timeout(60):
        while text not in reader.out:
            reader.grown.clear()
            await reader.grown.wait()


def test_a_post_passes_at_most_20_modules(tmp_path: Path) -> None:
    """Those that call one another with it; what they ask on the way, and come back from, apart."""
    passed: set[str] = set()

    def note(frame: FrameType, event: str, arg: object) -> None:
        if event == "call" and frame.f_code in _MARKS:
            at: FrameType | None = frame
            while at is not None:
                passed.add(at.f_code.co_filename)
                at = at.f_back

    async def work(store_url: str) -> None:
        app = create_app(Settings(redis=store_url))
        async with app.router.lifespan_context(app) as state:
            assert state is not None
            reader, writer = (_connect(state[ANSWERING]) for _ in range(2))
            _send(reader, _FEED)
            await _wait_for(b'"hello"', reader)
            # What only the first of all brings in is none of the way.
            _send(writer, _POST + b"first")
            await _wait_for(b"first", reader)
            sys.setprofile(note)
            _send(writer, _POST + b"other")
            await _wait_for(b"other", reader)
            sys.setprofile(None)
            for each in (reader, writer):
                assert each.protocol is not None
                each.protocol.connection_lost(None)

    try:
        with run_store(tmp_path) as store:
            asyncio.run(work(store.url))
    finally:
        sys.setprofile(None)
    ours = sorted(name for name in passed if name.startswith(_PACKAGE))
    assert f"{_PACKAGE}/feed/cohort.py" in ours
    assert f"{_PACKAGE}/store/rooms.py" in ours
    assert len(ours) <= 20, ours
