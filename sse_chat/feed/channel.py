"""Channel: one room in one worker: its window, its feeds, and whoever waits for an entry."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Generic, Protocol, TypeVar

from sse_chat.counts import Counts
from sse_chat.errors import ChatError, Failure
from sse_chat.events import Entry, EphemeralEvent, StreamEnds
from sse_chat.feed.follower import Follower
from sse_chat.feed.pages import PAGE, Pages, SharedPages, StoredPage
from sse_chat.feed.window import Window
from sse_chat.ids import ZERO, EntryId
from sse_chat.store.quotes import make_quote

_log = logging.getLogger("sse_chat.feed")
FIRST_LOAD = 200
# Each answers a request when it is woken: in between, posts and broadcasts have their turn.
_WAITERS_AT_ONCE = 50
_Openers = list[asyncio.Future[ChatError | None]]


class Waiter(Protocol):
    def wake(self) -> None:
        """The room may have grown; must not raise. Who waits on joins the waiters again."""


_F = TypeVar("_F", bound=Follower)


class Channel(Generic[_F]):
    """Load before use; then `take_live` keeps the window at the newest entry.

    Used from the event loop alone. Only `load` raises, and only StoreUnavailable and its like; its
    own task reads the store, however many wait, and goes on when one is cancelled. `on_grown`
    is called in the turn in which the window has grown, and must not wait. Times are `clock`'s.

    Whatever is decided from a reply of the store is decided and noted in one turn of the loop:
    what the tail brings in between would belong to neither the reply nor what comes after it.
    """

    def __init__(
        self,
        room: str,
        store: Pages,
        *,
        on_grown: "Callable[[Channel[_F]], None]",
        counts: Counts | None = None,
        clock: Callable[[], float] = time.monotonic,
        store_is_away: bool = False,
    ) -> None:
        self.room = room
        self.counts = counts or Counts()
        self.window = Window([], base=ZERO, is_whole=False)
        self.pages = SharedPages(room, store, self.counts)
        self.feeds: set[_F] = set()
        # What was there when the store last turned out to be another one, and how often it did.
        self.reset_to: StreamEnds | None = None
        self.resets = 0
        self.store_is_away = store_is_away
        self.used_at_s = clock()
        self.grown_at_s = 0.0
        self._clock = clock
        self._store = store
        self._on_grown = on_grown
        # Whether nothing is known to be missing.
        self._is_loaded = False
        # What an earlier load gave stays when a later one fails: it shows whether the store that
        # comes back is the same.
        self._has_window = False
        self._was_reset = False
        self._loading: asyncio.Task[None] | None = None
        # Whom the read under way will serve, and whom only one that has not begun yet.
        self._openers: _Openers = []
        self._fresh_openers: _Openers = []
        # The newest that the tail brought in vain since that read began.
        self._dropped: EntryId | None = None
        # In the order in which they came; whoever is woken is out of it.
        self.waiters: dict[Waiter, None] = {}

    def __repr__(self) -> str:
        return f"<Channel {self.room}, {len(self.feeds)} feeds, {self.window}>"

    @property
    def is_idle(self) -> bool:
        return not (self.feeds or self.waiters or self._loading or self.pages.is_reading)

    @property
    def is_loaded(self) -> bool:
        """Whether the window is at the newest entry, as far as the tail has told."""
        return self._is_loaded

    async def load(self, *, is_fresh: bool = False) -> None:
        """Have the window at the store's newest entry; raises StoreUnavailable.

        A loaded channel is kept so by the tail; `is_fresh` waits for a read of the store that
        begins after this call.
        """
        self.used_at_s = self._clock()
        if self._is_loaded and not is_fresh:
            return
        opener: asyncio.Future[ChatError | None] = asyncio.get_running_loop().create_future()
        (self._fresh_openers if is_fresh else self._openers).append(opener)
        self._start_loading()
        if problem := await opener:
            raise problem
        self.used_at_s = self._clock()

    def _start_loading(self) -> None:
        if self._loading is None:
            self._loading = asyncio.create_task(self._load(), name=f"load {self.room}")

    async def _load(self) -> None:
        """Reads until nothing is missed; after each read those who wait for it are served."""
        try:
            while not await self._read():
                self._on_grown(self)
        except ChatError as exc:
            self._fail(exc)
        except Exception:
            _log.exception("%r could not be loaded", self)
            self._fail(Failure())
        finally:
            self._loading = None
            self._on_grown(self)

    async def _read(self) -> bool:
        """Once; serves whoever waited for that. True when nothing is known to be missing."""
        self._openers += self._fresh_openers
        self._fresh_openers, self._dropped = [], None
        if await (self._read_rest() if self._has_window else self._read_newest()):
            return False
        self._is_loaded = self._dropped is None or self._dropped in self.window
        self._serve_openers()
        return self._is_loaded and not self._fresh_openers

    def _fail(self, problem: ChatError) -> None:
        self._is_loaded = False
        self._openers += self._fresh_openers
        self._fresh_openers = []
        self._serve_openers(problem)

    def _serve_openers(self, problem: ChatError | None = None) -> None:
        openers, self._openers = self._openers, []
        for opener in openers:
            if not opener.done():
                opener.set_result(problem)

    async def _read_newest(self) -> bool:
        page = await self._store.read_before(self.room, None, FIRST_LOAD)
        is_whole = not page.has_more and not page.ends.trimmed
        base = page.entries[0].id if page.entries else page.ends.newest
        self.window = Window(page.entries, base=base, is_whole=is_whole)
        self._has_window = True
        # What was deleted meanwhile is known to the store only.
        self.pages = SharedPages(self.room, self._store, self.counts)
        for feed in self.feeds:
            feed.page = None
        if self._was_reset:
            self._was_reset = False
            self._tell_reset(page.ends)
        return False

    async def _read_rest(self) -> bool:
        """True when there is more: this was one page of it, or no longer leads to the newest."""
        head, newest = self.window.head, self.window.newest
        page = await self._store.read_after(self.room, head, PAGE)
        if await self._is_of_another_past(page, head, newest):
            self._was_reset = True
        elif not page.gap:
            return self._take_page(page)
        self._has_window = False
        return True

    def _take_page(self, page: StoredPage) -> bool:
        for entry in page.entries:
            # The tail may have brought the first of them meanwhile.
            if entry.id > self.window.head:
                self._append(entry)
        return page.has_more

    async def _is_of_another_past(
        self, page: StoredPage, head: EntryId, newest: Entry | None
    ) -> bool:
        """The store has entries from before and after our newest, but not that one itself."""
        if page.gap:
            # Retention has taken nothing away: an older store must have given that id.
            return page.gap.reason == "reset" or not page.ends.trimmed
        if page.has_cursor or head == page.ends.newest:
            return False
        if page.ends.oldest is None or page.ends.oldest > head:
            return False
        return not await self._was_deleted(page, {head, newest.edited_id if newest else None})

    async def _was_deleted(self, page: StoredPage, targets: set[EntryId | None]) -> bool:
        """Whether one of these was, by what is in this page and all that follow."""
        while not any(entry.deleted_id in targets for entry in page.entries if entry.deleted_id):
            if not page.has_more:
                return False
            page = await self._store.read_after(self.room, page.entries[-1].id, PAGE)
            if page.gap:
                # If it was, retention may have taken that away too.
                return page.gap.reason != "reset"
        return True

    def _tell_reset(self, ends: StreamEnds) -> None:
        """Feeds whose cursors lie below ids given since would not find out by themselves."""
        self.reset_to = ends
        self.resets += 1
        for feed in self.feeds:
            feed.restart(ends)

    def take_live(self, entry: Entry, before: EntryId) -> bool:
        """An entry from the tail, and the id before it in the room; true if feeds can go on."""
        if self._has_window:
            if entry.id in self.window:
                return False
            if before == self.window.head and (quoting := self._with_quote(entry)) is not None:
                self._append(quoting)
                return True
        # More was missed; or less was there than we have seen: the store went back in time.
        self._dropped = entry.id
        self._is_loaded = False
        if self._has_window or not self.is_idle:
            # For those too who are about to join.
            self._start_loading()
        return False

    def _with_quote(self, entry: Entry) -> Entry | None:
        """A reply with what it quotes; None where only the store knows that."""
        if entry.extra.reply_to is None:
            return entry
        found = self.window.find(entry.extra.reply_to)
        if found is None or found.kind != "message":
            return None
        return replace(entry, quote=make_quote(found.author.name, found.text))

    def take_ephemeral(self, event: EphemeralEvent) -> bool:
        """For the feeds that are there now and not behind; true when there are any."""
        for feed in self.feeds:
            feed.add_ephemeral(event)
        return bool(self.feeds)

    def _append(self, entry: Entry) -> None:
        self.grown_at_s = self._clock()
        self.window.append(entry)
        if entry.deleted_id is not None:
            self.pages.remove(entry.deleted_id)

    def keep(self, most: int, oldest_ms: int) -> None:
        """Let go what the store no longer keeps, but for readers who were there before that."""
        oldest = self.window.oldest
        if oldest is not None and (len(self.window) > most or oldest.ms < oldest_ms):
            floor = min((feed.cursor for feed in self.feeds), default=self.window.head)
            self.window.keep(most, oldest_ms, floor)

    def wake_waiters(self) -> None:
        """Let whoever waits for an entry look again, a few in each turn of the loop."""
        if self.waiters:
            self.used_at_s = self._clock()
            woken, self.waiters = self.waiters, {}
            asyncio.get_running_loop().call_soon(self._wake_some, iter(woken))

    def _wake_some(self, woken: Iterator[Waiter]) -> None:
        count = 0
        for waiter in islice(woken, _WAITERS_AT_ONCE):
            count += 1
            waiter.wake()
        if count == _WAITERS_AT_ONCE:
            asyncio.get_running_loop().call_soon(self._wake_some, woken)

    def heal(self) -> None:
        """Load where something is missing, as an earlier load failed, and someone reads."""
        if not self._is_loaded and not self.is_idle:
            self._start_loading()
