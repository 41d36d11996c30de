"""What nobody thought of is told alike, counted and logged, however a request came."""

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sse_chat.app import create_app
from sse_chat.people.posting import Posting
from sse_chat.server.asgi import ANSWERING
from sse_chat.server.connection import Connection
from sse_chat.settings import Settings
from tests.support.stores import run_store
from tests.support.transports import FakeTransport

_HEAD = (
    "POST /chat/lobby HTTP/1.1\r\nhost: localhost\r\naccept: %s\r\n"
    "authorization: Basic YW5uOg==\r\ncontent-length: 5\r\n\r\n"
)


async def _ask(answering: Any, accept: str, *, is_whole: bool) -> bytes:
    state = SimpleNamespace(connections=set(), tasks=set(), default_headers=[])
    transport = FakeTransport()
    connection = Connection(state, answering)
    connection.connection_made(transport)
    head = (_HEAD % accept).encode()
    if is_whole:
        connection.data_received(head + b"hello")
    else:
        connection.data_received(head)
        connection.data_received(b"hello")
    async with asyncio.timeout(20):
        await asyncio.gather(*state.tasks)
    connection.connection_lost(None)
    return transport.out


def test_a_failure_of_ours_is_told_alike_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("nobody thought of this")

    async def ask_all(store_url: str) -> None:
        app = create_app(Settings(redis=store_url, access_log=True))
        async with app.router.lifespan_context(app) as state:
            assert state is not None
            monkeypatch.setattr(Posting, "append", fail)
            for is_whole in (True, False):
                as_json = await _ask(state[ANSWERING], "application/json", is_whole=is_whole)
                head, _, body = as_json.partition(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 500 "), as_json
                assert b"x-request-id: " in head
                assert json.loads(body)["error"] == "internal"
                as_text = await _ask(state[ANSWERING], "text/plain", is_whole=is_whole)
                assert as_text.partition(b"\r\n\r\n")[2].decode() == (
                    json.loads(body)["detail"] + "\n"
                )
            assert app.state.services.counts.refusals["internal"] == 4

    with run_store(tmp_path) as store:
        asyncio.run(ask_all(store.url))
    assert caplog.text.count("nobody thought of this") >= 4
