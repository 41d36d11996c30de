"""ReadMarks: up to which id each person has read in each room, and so what is unread."""

import asyncio
import heapq
from collections.abc import Collection

from sse_chat.author_ids import AuthorId
from sse_chat.ids import ZERO, EntryId
from sse_chat.store.directory import Directory
from sse_chat.store.keys import Keys
from sse_chat.store.links import SlotPipelines
from sse_chat.store.pipeline import Pipeline
from sse_chat.store.records import pair, read_id
from sse_chat.store.scripts import load_script
from sse_chat.store.summaries import Unread

_READ = load_script("mark_read")
_UNREAD = load_script("count_unread")

_MAX_ROOMS_READ = 300
_READ_KEPT_S = 400 * 24 * 3600
_MAX_UNREAD = 100
_MAX_ALSO = 100


class ReadMarks:
    """All calls raise StoreUnavailable when the store does not answer in time."""

    def __init__(self, reads: Pipeline | SlotPipelines, keys: Keys, directory: Directory) -> None:
        self._reads = reads
        self._keys = keys
        self._directory = directory

    async def list_read(self, author_id: AuthorId) -> set[str]:
        """Rooms that this person has read in, at most 300."""
        return set(await self._reads.call("HKEYS", self._keys.reads(author_id)))

    async def mark_read(
        self, author_id: AuthorId, room: str, read: EntryId, *, may_move_back: bool = False
    ) -> bool:
        """Moves the position forward; false when it was there or further already."""
        args = (room, str(read), _MAX_ROOMS_READ, _READ_KEPT_S, int(may_move_back))
        return bool(await self._reads.run(_READ, [self._keys.reads(author_id)], *args))

    async def list_unread(self, author_id: AuthorId, also: Collection[str] = ()) -> list[Unread]:
        """For each room that this person has read in, or was named in, and for those of `also` that
        have had an entry, of which the 100 newest count."""
        kept = pair(await self._reads.call("HGETALL", self._keys.reads(author_id)))
        reads = {room: read_id(read) for room, read in kept.items()}
        last_ids = await self._directory.newest_in({*reads, *also})
        never_read = [room for room in also if room in last_ids and room not in reads]
        reads |= dict.fromkeys(
            heapq.nlargest(_MAX_ALSO, never_read, key=last_ids.__getitem__), ZERO
        )
        behind = [room for room in reads if last_ids.get(room, ZERO) > reads[room]]
        counted = await asyncio.gather(
            *(self._count_unread(room, reads[room], author_id) for room in behind)
        )
        counts = dict(zip(behind, counted, strict=True))
        return [
            *(
                Unread(room, reads[room], last_ids.get(room, ZERO), *counts.get(room, (0, 0)))
                for room in reads
            ),
            *await self._list_mentioned(author_id, reads),
        ]

    async def _count_unread(self, room: str, read: EntryId, author_id: AuthorId) -> tuple[int, int]:
        """Messages of others, and those that name this person: counted where they are."""
        args = (f"({read}", _MAX_UNREAD, author_id)
        unread, mentions = await self._reads.run(_UNREAD, [self._keys.room(room)], *args)
        return unread, mentions

    async def _list_mentioned(self, author_id: AuthorId, reads: Collection[str]) -> list[Unread]:
        """Rooms that this person has never read in, and was named in."""
        named: dict[str, list[EntryId]] = {}
        for room, entry_id in await self._directory.list_mentions(author_id):
            if room not in reads:
                named.setdefault(room, []).append(entry_id)
        return [Unread(room, ZERO, ids[0], len(ids), len(ids)) for room, ids in named.items()]
