"""What goes wrong for one ends no task that all share; a task that ends all the same is said."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Container, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from sse_chat.errors import Busy, StoreFull, StoreUnavailable
from sse_chat.events import Author
from sse_chat.feed.tail import Tail
from sse_chat.people.authorizer import Authorizer, FeedReader
from sse_chat.people.cache import PeopleCache
from sse_chat.people.limit_settings import NO_LIMITS
from sse_chat.people.roles import Person, Role
from sse_chat.server.slow_heads import SlowHeads
from sse_chat.store.embedded import EmbeddedStore
from sse_chat.store.links import Links
from tests.support.servers import Launch
from tests.support.stores import run_store
from tests.support.waiting import WAIT_S

ERRORS = [StoreUnavailable("away"), StoreFull("full"), Busy("busy"), KeyError("a fault")]


def run_until(work: Awaitable[None], is_done: Callable[[], object]) -> None:
    """Runs what never ends by itself until the condition holds; fails when it ends before."""

    async def run() -> None:
        task = asyncio.ensure_future(work)
        async with asyncio.timeout(WAIT_S):
            while not is_done():
                assert not task.done(), task
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("where", ["version", "check"])
def test_the_watch_over_rights_goes_on(where: str, error: Exception) -> None:
    calls = []

    async def call(name: str) -> str:
        calls.append(name)
        if name == where and calls.count(name) == 1:
            raise error
        return "1"

    async def check() -> None:
        await call("check")

    people: Any = SimpleNamespace(version=lambda: call("version"))
    cache = PeopleCache(people, SimpleNamespace())  # type: ignore[arg-type]
    run_until(cache.watch(check), lambda: calls.count("check") > 1)


def test_a_feed_whose_rights_cannot_be_read_ends_alone() -> None:
    async def renew(person: Person) -> Person:
        if person.author.name == "broken":
            raise KeyError("role")
        return person

    async def allows(*_: object) -> bool:
        return True

    channel: Any = SimpleNamespace(room="r")
    feeds = [_feed(channel, name) for name in ("broken", "whole")]
    channel.feeds = feeds
    authorizer = Authorizer(
        SimpleNamespace(channels={"r": channel}, attached_count=2),  # type: ignore[arg-type]
        SimpleNamespace(generation=1, known_rules=lambda room: None),  # type: ignore[arg-type]
        SimpleNamespace(allows=allows),  # type: ignore[arg-type]
        SimpleNamespace(renew=renew),  # type: ignore[arg-type]
        limits=NO_LIMITS,
    )
    asyncio.run(authorizer.check())
    assert [feed.ended for feed in feeds] == [["revoked"], []]
    assert feeds[1].reader.checked == 1


def test_a_feed_that_was_admitted_before_a_change_and_comes_after_the_look_ends() -> None:
    """Where nothing has changed and nobody has come, no feed is looked at."""
    looks = []

    async def renew(person: Person) -> Person | None:
        looks.append(person.author.name)
        return None

    channel: Any = SimpleNamespace(room="r", feeds=[])
    hub = SimpleNamespace(channels={"r": channel}, attached_count=0)
    authorizer = Authorizer(
        hub,  # type: ignore[arg-type]
        SimpleNamespace(generation=1, known_rules=lambda room: None),  # type: ignore[arg-type]
        SimpleNamespace(),  # type: ignore[arg-type]
        SimpleNamespace(renew=renew),  # type: ignore[arg-type]
        limits=NO_LIMITS,
    )
    asyncio.run(authorizer.check())
    channel.feeds.append(_feed(channel, "late"))
    asyncio.run(authorizer.check())
    assert not looks
    hub.attached_count += 1
    asyncio.run(authorizer.check())
    assert looks == ["late"]
    assert channel.feeds[0].ended == ["revoked"]


def _feed(channel: object, name: str) -> Any:
    reader = FeedReader(Person(Author(name, "g_1"), Role.GUEST, "203.0.113.7"), 0)
    feed = SimpleNamespace(channel=channel, reader=reader, is_revoked=False, sink=None, ended=[])
    feed.end = lambda bye: feed.ended.append(bye.reason)
    return feed


class FailingLive:
    """Reads from the store, of which the first fails."""

    partitions: Sequence[int] = (0,)
    round_trips = 0

    def __init__(self, error: Exception) -> None:
        self._error: Exception | None = error

    async def start(self) -> None:
        pass

    async def read(self, rooms: Container[str]) -> tuple[list[Any], bool]:
        error, self._error = self._error, None
        if error is not None:
            raise error
        return ["entry"], False


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_the_tail_goes_on(error: Exception) -> None:
    delivered: list[Any] = []

    async def refresh_all(partitions: Sequence[int]) -> None:
        pass

    hub: Any = SimpleNamespace(
        counts=SimpleNamespace(tail_failures=0),
        rooms_of_interest=set(),
        mark_store=lambda partitions, is_away: None,
        refresh_all=refresh_all,
        deliver=delivered.extend,
        core_load=SimpleNamespace(cooldown_s=lambda most_s: most_s),
    )
    live: Any = FailingLive(error)
    run_until(Tail(live, hub).run(), lambda: delivered)
    assert hub.counts.tail_failures == 1


def test_a_connection_that_cannot_be_ended_holds_up_no_other() -> None:
    ended = []

    class Waiting:
        def __init__(self, name: str) -> None:
            self._name = name

        def end_slow_head(self) -> None:
            if self._name == "broken":
                raise OSError("it is gone")
            ended.append(self._name)

    heads = SlowHeads(30)
    for name in ("broken", "whole"):
        heads.add(Waiting(name))
    heads.end_old(time.monotonic() + 31)
    assert ended == ["whole"]


def test_a_call_that_cannot_be_sent_ends_no_pipeline(tmp_path: Path) -> None:
    class Unwritable:
        def __str__(self) -> str:
            raise ValueError("no text")

    async def run(url: str) -> None:
        pipeline = Links(url).pipeline()
        serving = asyncio.create_task(pipeline.serve())
        with pytest.raises(StoreUnavailable):
            await pipeline.call("GET", Unwritable())  # type: ignore[arg-type]
        assert await pipeline.call("PING") == "PONG"
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)

    with run_store(tmp_path / "redis") as store:
        asyncio.run(run(store.url))


_FAULT = """
import os, time
if os.environ.get("FAULT_FILE"):
    from sse_chat.feed.hub import Hub
    async def sweep(self):
        import asyncio
        while not os.path.exists(os.environ["FAULT_FILE"]):
            await asyncio.sleep(0.05)
        os.unlink(os.environ["FAULT_FILE"])
        raise RuntimeError("a fault of the test")
    Hub.sweep = sweep
"""


@pytest.fixture
def fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file; once it is there, a task of the next worker that sees it ends by a fault."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(_FAULT)
    path = [str(tmp_path / "site"), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, path)))
    monkeypatch.setenv("FAULT_FILE", str(tmp_path / "fault"))
    return tmp_path / "fault"


def test_a_server_that_ends_by_a_fault_says_so_by_its_status(launch: Launch, fault: Path) -> None:
    server = launch()
    fault.touch()
    assert server.process.wait(WAIT_S) == os.EX_SOFTWARE
    assert "the task 'sweep' ended" in server.output.read_text()


def test_a_server_that_is_asked_to_end_ends_with_0(launch: Launch) -> None:
    assert launch().stop() == 0


@pytest.mark.long
def test_a_worker_that_is_slow_to_start_is_not_taken_for_hung(
    launch: Launch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, time\nif any('spawn_main' in word for word in sys.orig_argv): time.sleep(7)\n"
    )
    path = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, path)))
    server = launch("--workers", "2")
    assert httpx.post(server.room, content="a").status_code == 201


def test_a_worker_that_ends_by_a_fault_is_replaced(launch: Launch, fault: Path) -> None:
    server = launch("--workers", "2")
    fault.touch()
    server.wait_output("the task 'sweep' ended")
    server.wait_ready()
    assert httpx.post(server.room, content="a").status_code == 201
    assert server.stop() == 0


def test_the_watch_over_the_embedded_store_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def look(store: EmbeddedStore) -> None:
        looks.append(store)
        if len(looks) == 1:
            raise RuntimeError("a fault of the test")
        store.stop()

    monkeypatch.setattr(EmbeddedStore, "_watch_server", look)
    EmbeddedStore(tmp_path)._keep_running()
    assert len(looks) == 2
