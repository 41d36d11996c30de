"""Merging: the oldest or the newest entries of many rooms together, read piece by piece.

A page of each room, as long as the answer may be, would be a hundred answers in memory.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from sse_chat.events import Entry
from sse_chat.feed.pages import Pages, StoredPage
from sse_chat.ids import EntryId

_LEAST = 20


@dataclass(frozen=True, slots=True)
class Merged:
    """`entries`: oldest first. `pages`: the first that was read of each room."""

    entries: list[Entry]
    pages: Mapping[str, StoredPage]
    has_more: bool


@dataclass(slots=True)
class _Source:
    """What is left of one room's piece, in the order of reading."""

    room: str
    has_more: bool
    left: deque[Entry] = field(default_factory=deque)


async def merge_after(store: Pages, positions: Mapping[str, EntryId], limit: int) -> Merged:
    """The oldest that follow; raises StoreUnavailable."""
    count = _piece(limit, len(positions))
    pages = await _read_all(positions, lambda room: store.read_after(room, positions[room], count))
    sources = [_Source(room, each.has_more, deque(each.entries)) for room, each in pages.items()]
    # Trimmed while this was read: the next request, from the last that was read, is told.
    has_gap = False

    async def read_on(source: _Source, last: Entry) -> None:
        nonlocal has_gap
        page = await store.read_after(source.room, last.id, count)
        has_gap = has_gap or page.gap is not None
        source.has_more = page.has_more and page.gap is None
        source.left.extend(page.entries if page.gap is None else ())

    entries = await _merge(sources, limit, lambda each: each.id, read_on)
    return Merged(entries, pages, has_gap or any(each.left or each.has_more for each in sources))


async def merge_newest(store: Pages, rooms: Sequence[str], limit: int) -> Merged:
    """Raises StoreUnavailable."""
    count = _piece(limit, len(rooms))
    pages = await _read_all(rooms, lambda room: store.read_before(room, None, count))
    sources = [
        _Source(room, each.has_more, deque(reversed(each.entries))) for room, each in pages.items()
    ]

    async def read_on(source: _Source, last: Entry) -> None:
        page = await store.read_before(source.room, last.id, count)
        source.has_more = page.has_more
        source.left.extend(reversed(page.entries))

    entries = await _merge(sources, limit, lambda each: EntryId(-each.id.ms, -each.id.seq), read_on)
    has_more = any(each.left or each.has_more for each in sources)
    return Merged(entries[::-1], pages, has_more)


def _piece(limit: int, rooms: int) -> int:
    return min(limit, max(_LEAST, 2 * -(-limit // max(rooms, 1))))


async def _read_all(
    rooms: Mapping[str, EntryId] | Sequence[str], read: Callable[[str], Awaitable[StoredPage]]
) -> dict[str, StoredPage]:
    pages = await asyncio.gather(*map(read, rooms))
    return dict(zip(rooms, pages, strict=True))


async def _merge(
    sources: Sequence[_Source],
    limit: int,
    key: Callable[[Entry], EntryId],
    read_on: Callable[[_Source, Entry], Awaitable[None]],
) -> list[Entry]:
    heads = [(key(each.left[0]), at) for at, each in enumerate(sources) if each.left]
    heapify(heads)
    chosen: list[Entry] = []
    while heads and len(chosen) < limit:
        _, at = heappop(heads)
        source = sources[at]
        chosen.append(source.left.popleft())
        if not source.left and source.has_more and len(chosen) < limit:
            await read_on(source, chosen[-1])
        if source.left:
            heappush(heads, (key(source.left[0]), at))
    return chosen
