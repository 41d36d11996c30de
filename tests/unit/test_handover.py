"""From history to live, whatever the interleaving: each entry once, in order, or a gap is told.

The real hub, channels, feeds and TransportSink over a store in memory, with a schedule
drawn from a seed: slow and failing reads, a tail that lags or misses entries, readers that
pause, retention that trims under way.
"""

import asyncio
import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sse_chat.errors import StoreUnavailable
from sse_chat.events import Author, Entry, StreamEnds, find_gap
from sse_chat.feed.hub import Hub, Start
from sse_chat.feed.transport_sink import TransportSink
from sse_chat.formats import FORMATS
from sse_chat.ids import ZERO, EntryId
from sse_chat.store.live import LiveEntry
from sse_chat.store.rooms import Page

ANN = Author("ann", "n_1", True)


@dataclass
class MemoryStore:
    """One room in memory, whose calls take a while and sometimes fail."""

    random: Random
    entries: list[Entry] = field(default_factory=list)
    newest: EntryId = ZERO
    trimmed: int = 0
    is_answering: bool = False

    def append(self, number: int) -> LiveEntry:
        before = self.newest
        self.newest = EntryId(1_795_000_000_000 + number // 3, number % 3)
        entry = Entry(self.newest, "lobby", ANN, str(number), None)
        self.entries.append(entry)
        return LiveEntry(entry, before)

    def trim(self, keep: int) -> None:
        gone = max(len(self.entries) - keep, 0)
        self.trimmed += gone
        del self.entries[:gone]

    async def _answer(self) -> None:
        self.is_answering = True
        for _ in range(self.random.randrange(4)):
            await asyncio.sleep(0)
        self.is_answering = False
        if self.random.random() < 0.1:
            raise StoreUnavailable("as asked")

    def _ends(self) -> StreamEnds:
        oldest = self.entries[0].id if self.entries else None
        return StreamEnds(oldest, self.newest, self.trimmed)

    async def read_after(self, room: str, cursor: EntryId, limit: int) -> Page:
        limit = min(limit, 7)
        found = [entry for entry in self.entries if entry.id > cursor]
        page = Page(
            found[:limit],
            self._ends(),
            len(found) > limit,
            find_gap(cursor, self._ends()),
            has_cursor=any(entry.id == cursor for entry in self.entries),
        )
        await self._answer()
        return page

    async def read_before(self, room: str, before: EntryId | None, limit: int) -> Page:
        limit = min(limit, 5)
        found = [entry for entry in self.entries if before is None or entry.id < before]
        page = Page(found[-limit:], self._ends(), len(found) > limit)
        await self._answer()
        return page


class FakeTransport:
    """Takes what is written; now and then it says that the reader has stopped."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.sink: TransportSink | None = None
        self.received = bytearray()
        self.is_paused = False

    def set_write_buffer_limits(self, high: int, low: int) -> None:
        pass

    def write(self, data: bytes) -> None:
        assert not self.is_paused, "written to a reader that has stopped"
        self.received += data
        if self.random.random() < 0.2:
            self.is_paused = True
            assert self.sink is not None
            self.sink.pause_writing()

    def resume(self) -> None:
        if self.is_paused:
            self.is_paused = False
            assert self.sink is not None
            self.sink.resume_writing()

    def close(self) -> None:
        pass

    def abort(self) -> None:
        raise AssertionError("a feed was cut")

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in bytes(self.received).splitlines()]


async def open_feed(hub: Hub, store: MemoryStore, after: EntryId | None) -> FakeTransport:
    while True:
        try:
            feed = await hub.open(
                "lobby", FORMATS["ndjson"], Start(after=after), heartbeat_s=15, follow=True
            )
            break
        except StoreUnavailable:
            await asyncio.sleep(0)
    transport = FakeTransport(store.random)
    transport.sink = TransportSink(feed, hub)
    transport.sink.connection_made(transport)  # type: ignore[arg-type]
    hub.join(feed, transport.sink)
    transport.sink.begin(set())
    return transport


async def run_days(random: Random) -> list[FakeTransport]:
    """Some hundred random things happen; then all comes to rest."""
    store = MemoryStore(random)
    hub = Hub(store, server="test", rotate_s=0, max_feeds=100)
    unread: list[LiveEntry] = []
    transports: list[FakeTransport] = []
    opening: list[asyncio.Task[FakeTransport]] = []
    for number in range(200):
        unread.append(store.append(number))
        chance = random.random()
        if chance < 0.05:
            # The tail missed this much: it must read the rooms again.
            unread.clear()
            await refresh(hub)
        elif chance < 0.6:
            count = random.randrange(len(unread) + 1)
            hub.deliver(unread[:count])
            del unread[:count]
        if chance > 0.97:
            store.trim(random.randrange(10, 60))
        if chance > 0.94 and len(opening) < 8:
            seen = [entry.id for entry in store.entries]
            after = random.choice([None, ZERO, random.choice(seen)])
            opening.append(asyncio.create_task(open_feed(hub, store, after)))
        for transport in transports:
            if random.random() < 0.3:
                transport.resume()
        transports = [task.result() for task in opening if task.done()]
        await asyncio.sleep(0)
    transports = list(await asyncio.gather(*opening))
    # The last of all comes in the middle of a read that does not see it.
    refreshing = asyncio.create_task(refresh(hub))
    while not store.is_answering and not refreshing.done():  # noqa: ASYNC110
        await asyncio.sleep(0)
    hub.deliver([*unread, store.append(200)])
    await refreshing
    await come_to_rest(hub, store, transports)
    return transports


async def refresh(hub: Hub) -> None:
    while True:
        try:
            await hub.refresh_all()
            return
        except StoreUnavailable:
            await asyncio.sleep(0)


async def come_to_rest(hub: Hub, store: MemoryStore, transports: list[FakeTransport]) -> None:
    async with asyncio.timeout(10):
        while any(
            transport.events()[-1].get("id") != str(store.newest) for transport in transports
        ):
            for transport in transports:
                transport.resume()
            for channel in hub.channels.values():
                channel.heal()
            await asyncio.sleep(0.005)


@given(st.integers(0, 2**32))
@settings(max_examples=40)
def test_each_entry_comes_once_and_in_order_or_a_gap_is_told(seed: int) -> None:
    transports = asyncio.run(run_days(Random(seed)))
    every_id = [str(EntryId(1_795_000_000_000 + n // 3, n % 3)) for n in range(201)]
    for transport in transports:
        events = transport.events()
        assert [event["kind"] for event in events[:2]] == ["prelude", "hello"]
        at = events[1]["cursor"]
        at_index = -1 if at == "0-0" else every_id.index(at)
        for event in events[2:]:
            if event["kind"] == "gap":
                at_index = every_id.index(event["oldest"]) - 1
                continue
            assert event["kind"] == "message"
            assert event["id"] == every_id[at_index + 1]
            at_index += 1
        assert at_index == 200
