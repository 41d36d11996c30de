"""Channel: one room in one worker: its window, its feeds, and whoever waits for an entry."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from sse_chat.counts import Counts
from sse_chat.events import Entry, Gap, Note, StreamEnds
from sse_chat.feed.window import Window
from sse_chat.ids import ZERO, EntryId

if TYPE_CHECKING:
    from sse_chat.feed.feed import Feed

FIRST_LOAD = 200
_PAGE = 200
_MAX_PAGES = 4
# More than can be deleted while one page is read.
_DELETED = 100


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


SharedPage = tuple[Window, StreamEnds, Gap | None]


class Channel:
    """Load before use; then `take_live` keeps the window at the newest entry."""

    def __init__(
        self,
        room: str,
        store: Pages,
        *,
        on_grown: "Callable[[Channel], None]",
        counts: Counts | None = None,
    ) -> None:
        self.room = room
        self.counts = counts or Counts()
        self.window = Window([], base=ZERO, is_whole=False)
        self.feeds: set[Feed] = set()
        self.store_is_away = False
        self.used_at_s = time.monotonic()
        self.grown_at_s = 0.0
        self._store = store
        self._on_grown = on_grown
        self._is_loaded = False
        # What an earlier load gave stays when a later one fails: it shows whether the store that
        # comes back is the same.
        self._has_window = False
        self._missed = 0
        self._was_reset = False
        self._loading: asyncio.Task[None] | None = None
        self._waiters: set[asyncio.Future[None]] = set()
        self._reads: dict[EntryId, asyncio.Task[SharedPage]] = {}
        self._pages: OrderedDict[EntryId, SharedPage] = OrderedDict()
        self._deleted: deque[EntryId] = deque(maxlen=_DELETED)

    def __repr__(self) -> str:
        return f"<Channel {self.room}, {len(self.feeds)} feeds, {self.window}>"

    @property
    def is_idle(self) -> bool:
        return not (self.feeds or self._waiters or self._loading or self._reads)

    @property
    def waiter_count(self) -> int:
        return len(self._waiters)

    async def load(self, *, is_fresh: bool = False) -> None:
        """Have the window at the store's newest entry; raises StoreUnavailable.

        A loaded channel is kept so by the tail; `is_fresh` reads the store all the same.
        """
        self.used_at_s = time.monotonic()
        if self._loading is None:
            if self._is_loaded and not is_fresh:
                return
            self._start_loading()
        elif is_fresh:
            # The read under way may have begun before what the caller must see.
            self._missed += 1
        assert self._loading is not None
        await asyncio.shield(self._loading)

    def _start_loading(self) -> None:
        self._loading = asyncio.create_task(self._refresh(), name=f"load {self.room}")
        self._loading.add_done_callback(self._loaded)

    def _loaded(self, task: asyncio.Task[None]) -> None:
        self._loading = None
        self._is_loaded = not task.cancelled() and task.exception() is None
        self._on_grown(self)

    async def _refresh(self) -> None:
        while True:
            missed = self._missed
            if not self._has_window:
                await self._load_newest()
            elif not await self._load_rest():
                self._has_window = False
                continue
            self._has_window = self._is_loaded = True
            if missed == self._missed:
                return

    async def _load_newest(self) -> None:
        page = await self._store.read_before(self.room, None, FIRST_LOAD)
        is_whole = not page.has_more and not page.ends.trimmed
        if page.entries:
            base = page.entries[0].id
            self.window = Window(page.entries, base=base, is_whole=is_whole)
        else:
            self.window = Window([], base=page.ends.newest, is_whole=is_whole)
        self._pages.clear()
        if self._was_reset:
            self._was_reset = False
            self._tell_reset(page.ends)

    async def _load_rest(self) -> bool:
        """False when what the window holds no longer leads up to the store's newest."""
        while True:
            head = self.window.head
            page = await self._store.read_after(self.room, head, _PAGE)
            if page.gap or _is_of_another_past(page, head):
                self._was_reset |= _is_of_another_past(page, head)
                return False
            for entry in page.entries:
                self._append(entry)
            if not page.has_more:
                return True

    def _tell_reset(self, ends: StreamEnds) -> None:
        """Feeds whose cursors lie below ids given since would not find out by themselves."""
        for feed in self.feeds:
            feed.restart(Gap(feed.cursor, ends.oldest, "reset"))

    def take_live(self, entry: Entry, before: EntryId) -> bool:
        """An entry from the tail, and the id before it in the room; true if feeds can go on."""
        if self._loading is not None:
            self._missed += 1
            return False
        if not self._is_loaded or entry.id in self.window:
            return False
        if before != self.window.head or entry.extra.reply_to is not None:
            # More was missed; or less was there than we have seen: the store went back in time.
            # Or it is a reply, and the store knows what it quotes.
            self._start_loading()
            return False
        self._append(entry)
        return True

    def take_note(self, note: Note) -> bool:
        """For the feeds that are there now and not behind; true when there are any."""
        for feed in self.feeds:
            feed.add_note(note)
        return bool(self.feeds)

    def _append(self, entry: Entry) -> None:
        self.grown_at_s = time.monotonic()
        self.window.append(entry)
        if entry.kind == "delete" and entry.target is not None:
            self._forget(entry.target)

    def _forget(self, target: EntryId) -> None:
        """Take a deleted message out of the pages too that lagging readers are given."""
        self._pages.clear()
        self._deleted.append(target)
        for page in {feed.page for feed in self.feeds if feed.page is not None}:
            page.remove(target)

    def keep(self, most: int, oldest_ms: int) -> None:
        """Let go what the store no longer keeps, but for readers who were there before that."""
        oldest = self.window.oldest
        if oldest is not None and (len(self.window) > most or oldest.ms < oldest_ms):
            floor = min((feed.cursor for feed in self.feeds), default=self.window.head)
            self.window.keep(most, oldest_ms, floor)

    def wake_waiters(self) -> None:
        """Let whoever waits for an entry look again."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()

    async def wait(self, timeout_s: float) -> None:
        """Until the window has grown, or for `timeout_s`."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            async with asyncio.timeout(timeout_s):
                await waiter
        except TimeoutError:
            pass
        finally:
            self._waiters.discard(waiter)
            self.used_at_s = time.monotonic()

    def heal(self) -> None:
        """Load again where an earlier load failed and someone still reads."""
        if not self._is_loaded and self._loading is None and not self.is_idle:
            self._start_loading()

    async def read_page(self, cursor: EntryId) -> SharedPage:
        """A page of the store after the cursor, read once for all who ask for it."""
        if cursor in self._pages:
            return self._pages[cursor]
        read = self._reads.get(cursor)
        if read is None:
            read = self._reads[cursor] = asyncio.create_task(self._read_page(cursor))
            read.add_done_callback(lambda task: self._page_was_read(cursor, task))
        return await asyncio.shield(read)

    async def _read_page(self, cursor: EntryId) -> SharedPage:
        self.counts.pages += 1
        page = await self._store.read_after(self.room, cursor, _PAGE)
        base = ZERO if page.gap and page.gap.reason == "reset" else cursor
        window = Window(page.entries, base=base, is_whole=False)
        # What was deleted while the page was on its way.
        for target in self._deleted:
            window.remove(target)
        shared = window, page.ends, page.gap
        # A full page stays as it is; a shorter one grows.
        if page.has_more:
            self._pages[cursor] = shared
            while len(self._pages) > _MAX_PAGES:
                self._pages.popitem(last=False)
        return shared

    def _page_was_read(self, cursor: EntryId, task: asyncio.Task[SharedPage]) -> None:
        del self._reads[cursor]
        if not task.cancelled():
            task.exception()


def _is_of_another_past(page: StoredPage, head: EntryId) -> bool:
    """The store has entries from before and after our newest, but not that one itself."""
    if page.gap:
        # Retention has taken nothing away: an older store must have given that id.
        return page.gap.reason == "reset" or not page.ends.trimmed
    if page.has_cursor or head == page.ends.newest or not page.ends.oldest:
        return False
    was_deleted = any(entry.kind == "delete" for entry in page.entries)
    return page.ends.oldest < head and not was_deleted
