"""Damage: entries that are not as they were written, found by their sums."""

import logging
from collections.abc import AsyncIterator, Iterable

from sse_chat.counts import Counts
from sse_chat.events import Entry
from sse_chat.ids import ZERO, EntryId
from sse_chat.store.keys import PARTITIONS, Keys
from sse_chat.store.link import Link
from sse_chat.store.records import damaged_entry, is_intact, pair, read_id

_log = logging.getLogger("sse_chat.store")
_MAX_KNOWN = 10_000
_PAGE = 500


class Damage:
    """Counts and logs each damaged entry once, however often it is read."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._known: set[tuple[str, EntryId]] = set()

    def note(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            where = (entry.room, entry.id)
            if entry.is_damaged and where not in self._known and len(self._known) < _MAX_KNOWN:
                self._known.add(where)
                self._counts.damaged_entries += 1
                _log.error("entry %s of room %s is not as it was written", entry.id, entry.room)


async def list_rooms(link: Link, keys: Keys) -> list[str]:
    """All that have had an entry, direct rooms too; raises StoreUnavailable."""
    found: list[str] = []
    for partition in range(PARTITIONS):
        for key in (keys.rooms(partition), keys.direct_rooms(partition)):
            found += await link.call("HKEYS", key)
    return found


async def find_damaged(link: Link, keys: Keys, rooms: Iterable[str]) -> AsyncIterator[Entry]:
    """Every damaged entry of these rooms, as it is shown; raises StoreUnavailable."""
    for room in rooms:
        after = ZERO
        while True:
            rows = await link.call("XRANGE", keys.room(room), f"({after}", "+", "COUNT", _PAGE)
            for stored_id, flat in rows:
                if not is_intact(room, pair(flat)):
                    yield damaged_entry(room, stored_id)
            if len(rows) < _PAGE:
                break
            after = read_id(rows[-1][0])
