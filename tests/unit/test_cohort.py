"""Those who stand alike are written what comes next at once; the others are left to themselves."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from sse_chat.events import Entry
from sse_chat.feed.cohort import write_next, write_ping
from sse_chat.feed.feed import Feed
from sse_chat.feed.hub import Hub, Start
from sse_chat.filters import Filter
from sse_chat.formats import FORMATS
from tests.support.rooms import Connection, Room, deliver, join, make_hub


async def _join(hub: Hub, prepare: Callable[[Feed], None] = lambda feed: None) -> Connection:
    feed = await hub.open("lobby", FORMATS["sse"], Start(), heartbeat_s=15, follow=True)
    prepare(feed)
    return join(hub, feed)


def _filter(feed: Feed) -> None:
    feed.wanted = Filter(kinds=frozenset({"message"}))


def test_all_who_stand_alike_are_given_the_same_bytes() -> None:
    async def run() -> None:
        room, taken = Room(), []
        hub = make_hub(room)
        readers = [await _join(hub) for _ in range(3)]
        feeds = list(hub.channel("lobby").feeds)
        for feed in feeds:
            feed.write = taken.append
        live = room.append()
        hub.channel("lobby").take_live(live.entry, live.before)
        assert write_next(hub.channel("lobby"), feeds) == []
        assert len(taken) == len(readers)
        assert len({id(chunk) for chunk in taken}) == 1
        assert {feed.cursor for feed in feeds} == {live.entry.id}
        assert write_next(hub.channel("lobby"), feeds) == feeds

    asyncio.run(run())


def test_who_is_owed_more_or_reads_otherwise_is_left_to_itself() -> None:
    async def run() -> None:
        room = Room()
        hub = make_hub(room)
        await _join(hub)
        blocked = await _join(hub)
        assert blocked.sink is not None
        blocked.sink.pause_writing()
        others = {blocked.sink._feed}
        for prepare in (_filter, Feed.ping):
            others.add((await _join(hub, prepare)).sink._feed)  # type: ignore[union-attr]
        for feed in others:
            if feed.wanted is None and feed.write is not None:
                feed.ping()
        live = room.append()
        hub.channel("lobby").take_live(live.entry, live.before)
        feeds = list(hub.channel("lobby").feeds)
        assert len(feeds) == 4
        assert set(write_next(hub.channel("lobby"), feeds)) == others
        blocked.resume()
        assert blocked.sink._feed.write is not None

    asyncio.run(run())


def test_a_heartbeat_is_the_same_bytes_for_all_at_the_head() -> None:
    async def run() -> None:
        room, taken = Room(), []
        hub = make_hub(room)
        for _ in range(2):
            await _join(hub)
        channel = hub.channel("lobby")
        feeds = list(channel.feeds)
        for feed in feeds:
            feed.write = taken.append
        assert all(map(write_ping, feeds))
        live = room.append()
        channel.take_live(live.entry, live.before)
        assert not any(map(write_ping, feeds))
        assert write_next(channel, feeds) == []
        taken[2:] = []
        assert all(map(write_ping, feeds))
        channel.store_is_away = True
        assert all(map(write_ping, feeds))
        first, moved, away = taken[::2]
        assert first is taken[1]
        assert str(live.entry.id).encode() in moved
        assert str(live.entry.id).encode() not in first
        assert moved != away
        feeds[0].ping()
        assert not write_ping(feeds[0])

    asyncio.run(run())


def test_who_cannot_be_written_to_is_closed_and_holds_up_nobody() -> None:
    async def run() -> None:
        room = Room()
        hub = make_hub(room)
        readers = [await _join(hub) for _ in range(3)]
        broken = readers[1]
        assert broken.sink is not None

        def fail(chunk: bytes) -> None:
            raise OSError("as asked")

        broken.sink._feed.write = fail
        (entry_id,) = deliver(hub, room, 1)
        assert [each.is_closed for each in readers] == [False, True, False]
        for each in (readers[0], readers[2]):
            assert str(entry_id).encode() in bytes(each.received)

    asyncio.run(run())


def test_an_entry_that_cannot_be_encoded_ends_no_wave(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        room = Room()
        hub = make_hub(room)
        reader = await _join(hub)

        def fail(entry: Entry, previous: Any) -> bytes:
            raise ValueError("as asked")

        with monkeypatch.context() as patch:
            patch.setattr(FORMATS["sse"], "entry", fail)
            deliver(hub, room, 1)
        assert reader.is_closed
        after = await _join(hub)
        (entry_id,) = deliver(hub, room, 1)
        async with asyncio.timeout(60):
            while str(entry_id).encode() not in bytes(after.received):  # noqa: ASYNC110
                await asyncio.sleep(0.001)

    asyncio.run(run())
