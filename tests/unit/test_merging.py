"""The oldest and the newest of many rooms, read in pieces: as if all were read, and little is."""

import asyncio
import random

import pytest

from sse_chat.events import Author, Entry, StreamEnds
from sse_chat.feed.many_open import find_last
from sse_chat.feed.merging import merge_after, merge_newest
from sse_chat.ids import ZERO, EntryId
from sse_chat.store.rooms import Page

ANN = Author("ann", "u_1", guest=False)


class Rooms:
    """Pages of rooms in memory; counts the entries that it gave."""

    def __init__(self, rng: random.Random, rooms: int, entries: int) -> None:
        self.given = 0
        self.kept: dict[str, list[Entry]] = {f"r{number}": [] for number in range(rooms)}
        # Some rooms have most of it.
        weights = [rng.choice([1, 1, 20]) for _ in self.kept]
        for ms in range(1, entries + 1):
            room = rng.choices(list(self.kept), weights)[0]
            self.kept[room].append(Entry(EntryId(ms, 0), room, ANN, "x"))

    def _page(self, room: str, entries: list[Entry], has_more: bool) -> Page:
        self.given += len(entries)
        ids = [each.id for each in self.kept[room]] or [ZERO]
        return Page(entries, StreamEnds(ids[0], ids[-1], 0, ids[0]), has_more)

    async def read_after(self, room: str, cursor: EntryId, limit: int) -> Page:
        found = [each for each in self.kept[room] if each.id > cursor]
        return self._page(room, found[:limit], len(found) > limit)

    async def read_before(self, room: str, before: EntryId | None, limit: int) -> Page:
        found = [each for each in self.kept[room] if before is None or each.id < before]
        return self._page(room, found[-limit:], len(found) > limit)

    @property
    def all(self) -> list[Entry]:
        return sorted((each for kept in self.kept.values() for each in kept), key=lambda e: e.id)


@pytest.mark.parametrize("seed", range(40))
def test_it_is_what_all_rooms_have_together(seed: int) -> None:
    rng = random.Random(seed)
    rooms = Rooms(rng, rng.randint(1, 30), rng.randint(0, 400))
    limit, cut = rng.randint(1, 200), rng.randint(0, 300)
    after = {room: EntryId(rng.choice([0, cut]), 0) for room in rooms.kept}
    following = [each for each in rooms.all if each.id > after[each.room]]

    async def work() -> None:
        oldest = await merge_after(rooms, after, limit)
        assert (oldest.entries, oldest.has_more) == (following[:limit], len(following) > limit)
        newest = await merge_newest(rooms, list(rooms.kept), limit)
        assert (newest.entries, newest.has_more) == (rooms.all[-limit:], len(rooms.all) > limit)
        entries, positions = await find_last(rooms, list(rooms.kept), limit)
        assert entries == rooms.all[-limit:]
        for room, kept in rooms.kept.items():
            rest = [each for each in kept if each not in entries]
            assert positions[room] == (rest[-1].id if rest else ZERO)

    asyncio.run(work())


def test_little_more_is_read_than_is_answered() -> None:
    rooms = Rooms(random.Random(1), 100, 20_000)

    async def work() -> None:
        await merge_after(rooms, dict.fromkeys(rooms.kept, ZERO), 500)
        await merge_newest(rooms, list(rooms.kept), 500)

    asyncio.run(work())
    # A hundred pages of 500 each time, it was.
    assert rooms.given < 8000
