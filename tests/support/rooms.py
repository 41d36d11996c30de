"""One room of a store in memory, and a reader's connection, for tests of the core."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sse_chat.errors import StoreUnavailable
from sse_chat.events import Author, Entry, StreamEnds, find_gap
from sse_chat.feed.feed import Feed
from sse_chat.feed.hub import Hub, Start
from sse_chat.feed.transport_sink import TransportSink
from sse_chat.formats import FORMATS
from sse_chat.ids import ZERO, EntryId
from sse_chat.store.live import LiveEntry
from sse_chat.store.rooms import Page

ANN = Author("ann", "n_1", True)


@dataclass
class Room:
    """Each append gives what the tail would bring.

    `held`: by cursor, what the answer to a read waits for, though it is of when it was asked.
    """

    entries: list[Entry] = field(default_factory=list)
    newest: EntryId = ZERO
    first: EntryId = ZERO
    trimmed: int = 0
    reads: int = 0
    held: dict[EntryId, asyncio.Event] = field(default_factory=dict)
    is_away: bool = False

    def append(self, text: str = "", **fields: Any) -> LiveEntry:
        before = self.newest
        self.newest = EntryId(max(before.ms, 1_795_000_000_000) + 1, 0)
        self.first = self.first or self.newest
        entry = Entry(self.newest, "lobby", ANN, text or str(self.newest.ms), **fields)
        self.entries.append(entry)
        return LiveEntry(entry, before)

    def delete(self, target: EntryId) -> LiveEntry:
        self.entries = [each for each in self.entries if target not in (each.id, each.target)]
        return self.append(kind="delete", target=target)

    def trim(self, keep: int) -> None:
        gone = max(len(self.entries) - keep, 0)
        self.trimmed += gone
        del self.entries[:gone]

    def go_back(self, newest: EntryId) -> None:
        """As if all after that id had never been."""
        self.entries = [each for each in self.entries if each.id <= newest]
        self.newest = newest

    @property
    def ends(self) -> StreamEnds:
        oldest = self.entries[0].id if self.entries else None
        return StreamEnds(oldest, self.newest, self.trimmed, self.first)

    def _count_read(self) -> None:
        self.reads += 1
        if self.is_away:
            raise StoreUnavailable("as asked")

    async def read_after(self, room: str, cursor: EntryId, limit: int) -> Page:
        self._count_read()
        gap = find_gap(cursor, self.ends)
        is_kept = any(each.id == cursor for each in self.entries)
        start = ZERO if gap and gap.reason == "reset" else cursor
        found = [each for each in self.entries if each.id > start]
        page = Page(found[:limit], self.ends, len(found) > limit, gap, has_cursor=is_kept)
        if cursor in self.held:
            await self.held[cursor].wait()
        return page

    async def read_before(self, room: str, before: EntryId | None, limit: int) -> Page:
        self._count_read()
        found = [each for each in self.entries if before is None or each.id < before]
        return Page(found[-limit:], self.ends, len(found) > limit)


class Connection:
    """The transport of a reader; one who `is_slow` takes one write, then nothing until `resume`."""

    def __init__(self, *, is_slow: bool = False) -> None:
        self.is_slow = is_slow
        self.received = bytearray()
        self.is_closed = False
        self.sink: TransportSink | None = None

    def set_write_buffer_limits(self, high: int, low: int) -> None:
        pass

    def write(self, data: bytes) -> None:
        assert not self.is_closed
        self.received += data
        if self.is_slow and self.sink is not None:
            self.sink.pause_writing()

    def resume(self) -> None:
        assert self.sink is not None
        self.sink.resume_writing()

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = True

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in bytes(self.received).splitlines()]

    def kinds(self) -> list[str]:
        return [each["kind"] for each in self.events()]

    def ids(self) -> list[str]:
        return [each["id"] for each in self.events() if "id" in each]


def make_hub(room: Room, clock: Callable[[], float] = time.monotonic) -> Hub:
    return Hub(room, server="test", rotate_s=0, max_feeds=100, clock=clock)


async def open_feed(
    hub: Hub, start: Start, *, follow: bool = True, is_slow: bool = False
) -> Connection:
    feed = await hub.open("lobby", FORMATS["ndjson"], start, heartbeat_s=15, follow=follow)
    return join(hub, feed, is_slow=is_slow)


def join(hub: Hub, feed: Feed, *, is_slow: bool = False) -> Connection:
    """What follows once the head of the answer was sent."""
    connection = Connection(is_slow=is_slow)
    sink = connection.sink = TransportSink(feed, hub)
    sink.connection_made(connection)  # type: ignore[arg-type]
    hub.join(feed, sink)
    sink.begin(set())
    return connection


async def rest() -> None:
    """Until nothing is left that could run at once."""
    for _ in range(50):
        await asyncio.sleep(0)


async def wait_for_newest(connection: Connection, room: Room) -> None:
    async with asyncio.timeout(60):
        while connection.ids()[-1:] != [str(room.newest)]:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def deliver(hub: Hub, room: Room, count: int) -> list[EntryId]:
    lives = [room.append() for _ in range(count)]
    hub.deliver(lives)
    return [live.entry.id for live in lives]
