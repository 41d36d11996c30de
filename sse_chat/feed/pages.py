"""SharedPages: pages of one room from the store, for readers that its window no longer covers."""

import asyncio
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol
from weakref import WeakSet

from sse_chat.counts import Counts
from sse_chat.events import Entry, Gap, StreamEnds
from sse_chat.feed.window import MAX_TEXT_BYTES, Window
from sse_chat.ids import ZERO, EntryId

PAGE = 200
_MAX_PAGES = 4


class StoredPage(Protocol):
    @property
    def entries(self) -> list[Entry]: ...
    @property
    def ends(self) -> StreamEnds: ...
    @property
    def has_more(self) -> bool: ...
    @property
    def gap(self) -> Gap | None: ...
    @property
    def has_cursor(self) -> bool: ...


class Pages(Protocol):
    """What a channel asks of the store."""

    async def read_after(self, room: str, cursor: EntryId, limit: int) -> StoredPage: ...
    async def read_before(self, room: str, before: EntryId | None, limit: int) -> StoredPage: ...


@dataclass(frozen=True, slots=True)
class SharedPage:
    """What follows a cursor, and the gap before it; the window ends where the store did, or
    with the page where the store has more."""

    window: Window
    ends: StreamEnds
    gap: Gap | None
    has_more: bool

    @property
    def is_reset(self) -> bool:
        return self.gap is not None and self.gap.reason == "reset"


class SharedPages:
    """Those of one past of the store: after a reset the channel makes another one."""

    def __init__(self, room: str, store: Pages, counts: Counts) -> None:
        self._room = room
        self._store = store
        self._counts = counts
        self._reads: dict[EntryId, asyncio.Task[SharedPage]] = {}
        # By read under way: what was deleted since it began.
        self._deleted: dict[EntryId, list[EntryId]] = {}
        self._pages: OrderedDict[EntryId, SharedPage] = OrderedDict()
        # With readers, or on the way to them.
        self._given: WeakSet[Window] = WeakSet()
        # How often a page has told of a reset.
        self._resets = 0

    @property
    def is_reading(self) -> bool:
        return bool(self._reads)

    async def read(self, cursor: EntryId) -> SharedPage:
        """What follows the cursor, read once for all who ask for it; raises StoreUnavailable."""
        if cursor in self._pages:
            return self._pages[cursor]
        read = self._reads.get(cursor)
        if read is None:
            read = self._reads[cursor] = asyncio.create_task(self._read(cursor), name="read page")
            # Whoever asked may be gone when it fails.
            read.add_done_callback(lambda task: task.cancelled() or task.exception())
        return await asyncio.shield(read)

    async def _read(self, cursor: EntryId) -> SharedPage:
        self._counts.pages += 1
        resets = self._resets
        deleted = self._deleted[cursor] = []
        try:
            page = await self._store.read_after(self._room, cursor, PAGE)
        finally:
            # In the turn in which it ends, so that nobody waits for what is over.
            del self._reads[cursor], self._deleted[cursor]
        shared = _share(page, cursor)
        for target in deleted:
            shared.window.remove(target)
        self._given.add(shared.window)
        if shared.is_reset:
            # What was read before may lead to entries that are lost, and from there back here.
            self._resets += 1
            self._pages.clear()
        # A full page stays as it is; a shorter one grows, and a reset is news of one moment.
        elif shared.has_more and resets == self._resets:
            self._pages[cursor] = shared
            while len(self._pages) > _MAX_PAGES:
                self._pages.popitem(last=False)
        return shared

    def remove(self, target: EntryId) -> None:
        """Take a deleted message out of all pages, those on their way too."""
        for window in self._given:
            window.remove(target)
        for deleted in self._deleted.values():
            deleted.append(target)


def _share(page: StoredPage, cursor: EntryId) -> SharedPage:
    base = ZERO if page.gap and page.gap.reason == "reset" else cursor
    entries = _cut(page.entries)
    has_more = page.has_more or len(entries) < len(page.entries)
    window = Window(entries, base=base, is_whole=False)
    if not has_more:
        window.head = max(window.head, page.ends.newest)
    return SharedPage(window, page.ends, page.gap, has_more)


def _cut(entries: list[Entry]) -> list[Entry]:
    """As many of the first as a reader may hold: each slow one can have a page of its own."""
    text_bytes = accumulate(entry.text_bytes for entry in entries)
    return entries[: 1 + bisect_right(list(text_bytes), MAX_TEXT_BYTES)]
