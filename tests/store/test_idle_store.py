"""A store that closes idle connections, or is started again: nothing is wrong, so nothing fails."""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sse_chat.errors import StoreUnavailable
from sse_chat.store import pipeline as pipeline_module
from sse_chat.store.commands import is_repeatable
from sse_chat.store.links import Links
from sse_chat.store.scripts import load_script
from tests.store.test_embedded import signal_store
from tests.support.servers import Launch
from tests.support.stores import StoreProcess, run_store

_KICK = load_script("kick")
_APPEND = load_script("append")
_DELETE = load_script("delete")
_EDIT = load_script("edit")
_PAGE = load_script("read_page")
_TOPIC = load_script("set_topic")

MOST_S = 10
READ, WRITE = ("GET", "k"), ("HINCRBY", "h", "f", 1)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    with run_store(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.mark.parametrize("command", [READ, WRITE], ids=["read", "write"])
def test_any_call_after_the_store_closed_an_idle_connection_is_answered(
    store: StoreProcess, command: tuple[str | int, ...]
) -> None:
    async def run() -> None:
        link = Links(store.url).make()
        await link.call(*command)
        with store.client() as client:
            client.client_kill_filter(_type="normal", skipme=True)
        async with asyncio.timeout(MOST_S):
            while not await link.was_closed():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await link.call(*command)
        await link.close()

    asyncio.run(run())


class ClosingStore:
    """Answers `+OK` to each command, but closes some connections in place of an answer.

    `answers`: for each connection in turn how many commands it answers; then it closes.
    """

    def __init__(self, *answers: int) -> None:
        self._answers = iter(answers)
        self.commands: list[bytes] = []
        self.connections: list[asyncio.Task[None]] = []

    def begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = next(self._answers, 1000)
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            while True:
                command = await self._read(reader)
                # What redis-py says of itself when it connects.
                is_counted = command not in (b"CLIENT", b"HELLO", b"SELECT", b"AUTH")
                if is_counted:
                    self.commands.append(command)
                    left -= 1
                if left < 0:
                    break
                writer.write(b"+OK\r\n")
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        count = int((await reader.readuntil(b"\r\n"))[1:])
        words = []
        for _ in range(count):
            size = int((await reader.readuntil(b"\r\n"))[1:])
            words.append((await reader.readexactly(size + 2))[:-2])
        return words[0]


@contextlib.asynccontextmanager
async def serving(store: ClosingStore) -> AsyncIterator[str]:
    server = await asyncio.start_server(store.begin, "127.0.0.1", 0)
    async with server:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await asyncio.gather(*store.connections)


Play = Callable[[str], Awaitable[Any]]


def play(store: ClosingStore, act: Play) -> Any:
    async def run() -> Any:
        async with serving(store) as url, asyncio.timeout(MOST_S):
            return await act(url)

    return asyncio.run(run())


def test_a_read_whose_connection_is_lost_under_it_is_sent_once_more() -> None:
    async def act(url: str) -> None:
        link = Links(url).make()
        await link.call(*READ)
        assert await link.call(*READ) == "OK"
        await link.close()

    store = ClosingStore(1)
    play(store, act)
    assert store.commands == [b"GET"] * 3


def test_it_is_sent_once_more_and_not_again_and_again() -> None:
    async def act(url: str) -> None:
        link = Links(url).make()
        await link.call(*READ)
        with pytest.raises(StoreUnavailable):
            await link.call(*READ)

    store = ClosingStore(1, 0, 0, 0)
    play(store, act)
    assert store.commands == [b"GET"] * 3


def test_what_is_not_safe_to_repeat_is_sent_once() -> None:
    async def act(url: str) -> list[Any]:
        link = Links(url).make()
        await link.call(*READ)
        replies = await link.call_many([READ, WRITE, READ, WRITE])
        await link.close()
        return replies

    store = ClosingStore(2)
    first, *rest = play(store, act)
    # The store answered the first, took the second, and closed: what became of it is not known.
    assert (first, rest[1]) == ("OK", "OK")
    assert [isinstance(each, StoreUnavailable) for each in rest] == [True, False, True]
    assert store.commands == [b"GET", b"GET", b"HINCRBY", b"GET"]


def test_a_connection_that_was_never_made_is_not_tried_twice_by_a_link() -> None:
    async def act(url: str) -> None:
        with pytest.raises(StoreUnavailable):
            await Links(url).make().call(*READ)

    store = ClosingStore(0)
    play(store, act)
    assert store.commands == [b"GET"]


def test_a_long_outage_is_waited_for_once_and_then_said_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipeline_module, "_PATIENCE_S", 2)

    async def run() -> None:
        pipeline = Links("redis://127.0.0.1:1").pipeline()
        serving = asyncio.create_task(pipeline.serve())
        outcomes = []
        for command in (WRITE, READ, READ, READ):
            began_s = time.monotonic()
            with pytest.raises(StoreUnavailable):
                await pipeline.call(*command)
            outcomes.append(time.monotonic() - began_s > 1)
        # A write is not waited with, the first read is, and those after it are not.
        assert outcomes == [False, True, False, False]
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)

    asyncio.run(run())


def test_reads_wait_for_a_store_that_starts_again(tmp_path: Path) -> None:
    store = StoreProcess(tmp_path / "redis")
    store.start()

    async def run() -> None:
        pipeline = Links(store.url).pipeline()
        serving = asyncio.create_task(pipeline.serve())
        await pipeline.call(*READ)
        store.kill()
        reading = asyncio.create_task(pipeline.call(*READ))
        await asyncio.to_thread(store.start)
        assert await reading is None
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)

    try:
        asyncio.run(run())
    finally:
        store.kill()


def test_history_feeds_and_pages_wait_for_the_embedded_store(launch: Launch) -> None:
    server = launch("--limits", "off")
    assert httpx.post(server.room, content="before").status_code == 201
    calls: dict[str, Callable[[], httpx.Response]] = {
        "history": lambda: httpx.get(f"{server.room}/messages", timeout=MOST_S),
        "page": lambda: httpx.get(server.room, headers={"Accept": "text/html"}, timeout=MOST_S),
        "feed": lambda: httpx.get(f"{server.room}/feed?follow=0&after=0", timeout=MOST_S),
        "post": lambda: httpx.post(server.room, content="again", timeout=MOST_S),
        "rooms": lambda: httpx.get(f"{server.url}/rooms", timeout=MOST_S),
    }
    for name, call in calls.items():
        signal_store(server, signal.SIGKILL)
        assert call().status_code in (200, 201), name
        server.wait_ready()


@pytest.mark.parametrize(
    ("command", "is_safe"),
    [
        (("GET", "k"), True),
        (("XRANGE", "k", "-", "+"), True),
        (("EVALSHA", str(_PAGE.sha), 1, "k"), True),
        (("EVAL", _APPEND.source, 1, "k"), True),
        (("EVALSHA", str(_EDIT.sha), 1, "k"), False),
        (("EVALSHA", str(_DELETE.sha), 1, "k"), False),
        (("EVALSHA", str(_TOPIC.sha), 1, "k"), False),
        (("EVALSHA", str(_KICK.sha), 1, "k"), False),
        (("XADD", "k", "*", "a", "b"), False),
        (("HDEL", "k", "f"), False),
        (("XREAD", "BLOCK", 1, "STREAMS", "k", "0"), False),
    ],
)
def test_only_what_may_be_done_twice_is_repeated(
    command: tuple[str | int, ...], is_safe: bool
) -> None:
    assert is_repeatable(command) is is_safe
