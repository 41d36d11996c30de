"""RoomStore: append to rooms, and read pages, single entries and lists of them."""

import asyncio
import hashlib
import random
import time
from dataclasses import dataclass, replace

from redis.exceptions import ResponseError

from sse_chat.errors import KeyReused, StoreUnavailable
from sse_chat.events import Draft, Entry, Gap, StreamEnds, find_gap
from sse_chat.ids import ZERO, EntryId
from sse_chat.store.keys import PARTITIONS, Keys, partition_of
from sse_chat.store.link import Link, Pipeline
from sse_chat.store.records import NO_STREAM, read_id, to_ends, to_entry, to_fields
from sse_chat.store.scripts import APPEND, PAGE_AFTER, PAGE_BEFORE, Script

# A sender may repeat a post with its own key for a day; the server's own retries need minutes.
_KEY_S = 24 * 3600
_OWN_KEY_S = 300
_APPEND_DEADLINE_S = 4.0
# Below this, users count entries by eye; above, whole nodes of the stream are cheaper to trim.
_EXACT_UP_TO = 1000
# How many entries of a partition a tail may lag behind before it must read rooms again.
LIVE_ENTRIES = 20_000
_LAST_ID = EntryId(2**64 - 1, 2**64 - 1)


@dataclass(frozen=True, slots=True)
class Appended:
    entry: Entry
    is_replay: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Entries of one room, oldest first, and both ends of the room at that moment.

    `has_cursor`: the entry at the cursor that was asked for is kept.
    """

    entries: list[Entry]
    ends: StreamEnds
    has_more: bool
    gap: Gap | None = None
    has_cursor: bool = False


@dataclass(frozen=True, slots=True)
class RoomSummary:
    room: str
    last_id: EntryId
    present: int


class RoomStore:
    """All calls raise StoreUnavailable when the store does not answer in time."""

    def __init__(
        self, *, link: Link, read_link: Link, keys: Keys, retention: int, retention_age_s: int
    ) -> None:
        self._posts = Pipeline(link)
        self._reads = Pipeline(read_link)
        self._keys = keys
        self._trim: tuple[str | int, ...] = (
            "=" if retention <= _EXACT_UP_TO else "~",
            retention,
            retention_age_s * 1000,
            LIVE_ENTRIES,
        )

    async def serve(self) -> None:
        """Carries the calls of all others; runs until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._posts.serve())
            group.create_task(self._reads.serve())

    async def append(self, draft: Draft) -> Appended:
        """One script call; a lost reply is asked for again under the same key.

        Raises KeyReused, StoreUnavailable, Busy.
        """
        digest = hashlib.blake2b(draft.text.encode(), digest_size=8).hexdigest()
        is_new, outcome = await self._append_until_answered(draft, digest)
        stored_id, _, known_digest = outcome.partition(" ")
        if not is_new and known_digest != digest:
            raise KeyReused("this idempotency key was used with another text in this room")
        entry = Entry(
            read_id(stored_id),
            draft.room,
            draft.author,
            draft.text,
            draft.key,
            draft.kind,
            draft.target,
        )
        return Appended(entry, is_replay=not is_new)

    async def _append_until_answered(self, draft: Draft, digest: str) -> tuple[bool, str]:
        key = draft.key or f"\x00{random.getrandbits(96):x}"
        partition = partition_of(draft.room)
        keys = [
            self._keys.room(draft.room),
            self._keys.live(partition),
            self._keys.rooms(partition),
            self._keys.idempotency(draft.room, draft.author.author_id, key),
        ]
        once_s = _KEY_S if draft.key else _OWN_KEY_S
        args: tuple[str | int, ...] = (once_s, digest, draft.room, *self._trim, *to_fields(draft))
        deadline = time.monotonic() + _APPEND_DEADLINE_S
        tries = 0
        while True:
            try:
                is_new, outcome = await self._run(self._posts, APPEND, keys, *args)
            except StoreUnavailable:
                tries += 1
                pause_s = random.uniform(0.5, 1) * min(0.05 * 2**tries, 0.5)
                if time.monotonic() + pause_s > deadline:
                    raise
                await asyncio.sleep(pause_s)
            else:
                # Found by our own key: an earlier try got through and its reply was lost.
                return bool(is_new) or draft.key is None, outcome

    async def _run(
        self, pipeline: Pipeline, script: Script, keys: list[str], *args: str | int
    ) -> tuple[int, str]:
        try:
            first, second = await pipeline.run(script, keys, *args)
        except ResponseError as exc:
            raise StoreUnavailable(f"the store refused: {exc}") from exc
        return first, second

    async def read_after(self, room: str, cursor: EntryId, limit: int) -> Page:
        """Entries with id > cursor, oldest first, at most `limit`, and the gap before them.

        After a `reset` the page starts at the oldest entry of the store as it is now.
        """
        page = await self._page_after(room, cursor, limit)
        if page.gap and page.gap.reason == "reset":
            restart = await self._page_after(room, ZERO, limit)
            return replace(restart, gap=page.gap)
        return page

    async def _page_after(self, room: str, cursor: EntryId, limit: int) -> Page:
        start = min(cursor, EntryId(_LAST_ID.ms, _LAST_ID.seq - 1))
        entries, ends, count = await self._page(PAGE_AFTER, room, str(start), limit + 1)
        gap = find_gap(cursor, ends)
        return Page(entries[:limit], ends, len(entries) > limit, gap, has_cursor=bool(count))

    async def read_before(self, room: str, before: EntryId | None, limit: int) -> Page:
        """The newest `limit` entries with id < before (None: of all), oldest first."""
        end = "+" if before is None else f"({before}"
        if before == ZERO:
            end = "-"
        entries, ends, _ = await self._page(PAGE_BEFORE, room, end, limit + 1)
        return Page(entries[:limit][::-1], ends, len(entries) > limit)

    async def _page(
        self, script: Script, room: str, start: str, count: int
    ) -> tuple[list[Entry], StreamEnds, int]:
        """The entries, both ends, and how many (0, 1) are kept at `start` itself."""
        try:
            reply = await self._reads.run(script, [self._keys.room(room)], start, count)
        except ResponseError as exc:
            raise StoreUnavailable(f"the store refused: {exc}") from exc
        rows = reply[0]
        entries = [
            to_entry(room, row[0], dict(zip(row[1][::2], row[1][1::2], strict=True)))
            for row in rows
        ]
        if len(reply) == 1:
            return entries, NO_STREAM, 0
        return entries, to_ends(reply[1]), reply[2]

    async def read_entry(self, room: str, entry_id: EntryId) -> Entry | None:
        page, _, _ = await self._page(PAGE_BEFORE, room, str(entry_id), 1)
        return page[0] if page and page[0].id == entry_id else None

    async def list_rooms(self) -> list[RoomSummary]:
        """Every room that has had an entry, the most recent first."""
        replies = [
            await self._reads.call("HGETALL", self._keys.rooms(each)) for each in range(PARTITIONS)
        ]
        newest = {
            room: read_id(last)
            for flat in replies
            for room, last in zip(flat[::2], flat[1::2], strict=True)
        }
        rooms = sorted(newest, key=lambda room: newest[room], reverse=True)
        present = await asyncio.gather(*(self.count_present(room) for room in rooms))
        return [
            RoomSummary(room, newest[room], count)
            for room, count in zip(rooms, present, strict=True)
        ]

    async def mark_present(self, room: str, author_id: str, for_s: int) -> None:
        """Counts this person as present for `for_s` more seconds."""
        key, now_s = self._keys.present(room), int(time.time())
        await self._reads.call("ZADD", key, now_s + for_s, author_id)
        await self._reads.call("ZREMRANGEBYSCORE", key, "-inf", now_s)
        await self._reads.call("EXPIRE", key, for_s * 2)

    async def count_present(self, room: str) -> int:
        key = self._keys.present(room)
        return int(await self._reads.call("ZCOUNT", key, f"({int(time.time())}", "+inf"))

    async def ping(self) -> None:
        try:
            await self._reads.call("PING")
        except ResponseError as exc:
            raise StoreUnavailable(f"the store refused: {exc}") from exc
