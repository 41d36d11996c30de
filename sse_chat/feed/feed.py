"""Feed: one connection as a cursor. What it sends next is asked of it; it queues nothing."""

from collections.abc import Callable

from sse_chat.events import Bye, EphemeralEvent, Gap, Hello, Ping, StreamEnds
from sse_chat.feed.channel import Channel
from sse_chat.feed.framing import frame
from sse_chat.feed.sink import Reader, Sink
from sse_chat.feed.window import Window
from sse_chat.filters import Filter
from sse_chat.formats import Format
from sse_chat.ids import ZERO, EntryId

# What passes may be missed; it must not pile up for a reader that has stopped.
_MAX_EPHEMERAL = 8
# Of 4,096 bytes each they are one write of a reader that is not filtered.
_FILTERED_AT_ONCE = 16


class Feed:
    """The position of one reader in a room, and what it is owed besides entries.

    Made by `Hub.open`, then joined to a sink, and left once: a feed does not come back. All calls
    but `read_page` are of the event loop's thread, return at once and raise nothing; times are
    `Hub.clock`'s seconds, `heartbeat_s` is seconds of silence.

    `until`: the feed is over once the cursor reaches it; None follows for ever.
    `wanted`: the entries that the reader gets; None for all.
    `wants_activity`: the reader is told of other rooms too.
    `may_skip_gap`: the reader asked for what is kept, so that nothing older is missed.
    `has_news`: it is owed more than entries, or ends with them.
    `write`: set by its sink while a cohort's next bytes may be written to its reader at once.
    """

    __slots__ = (
        "_bye", "_end", "_ephemeral", "_gap", "_hello", "_is_first", "_may_skip_gap", "_resets",
        "_sent", "_until", "_wants_ping", "channel", "cursor", "fmt", "has_news", "heartbeat_s",
        "is_chunked", "is_joined", "is_over", "is_revoked", "page", "pinged_at_s", "reader",
        "rotate_at_s", "sink", "wanted", "wants_activity", "write",
    )  # fmt: skip

    def __init__(
        self,
        channel: "Channel[Feed]",
        fmt: Format,
        hello: Hello,
        *,
        until: EntryId | None = None,
        may_skip_gap: bool = False,
        reader: Reader | None = None,
        wanted: Filter | None = None,
        wants_activity: bool = False,
    ) -> None:
        self.channel = channel
        self._resets = channel.resets
        self.fmt = fmt
        self.cursor = hello.cursor
        self.heartbeat_s = hello.heartbeat_s
        self.sink: Sink | None = None
        self.write: Callable[[bytes], None] | None = None
        self.is_chunked = False
        self.is_joined = False
        self.is_over = False
        self.wants_activity = wants_activity
        self.is_revoked = False
        self.reader = reader
        self.wanted = wanted
        self.pinged_at_s = 0.0
        self.rotate_at_s = 0.0
        self._hello: Hello | None = hello
        self.has_news = True
        self._wants_ping = False
        self._ephemeral: tuple[EphemeralEvent, ...] = ()
        self._until = until
        self._may_skip_gap = may_skip_gap
        self._is_first = fmt.shows_days
        # The last entry that a filter let through.
        self._sent: EntryId | None = None
        self._gap: Gap | None = None
        self._bye: Bye | None = None
        self.page: Window | None = None
        # Where the store had nothing more, though this worker has not seen so much of it yet.
        self._end: EntryId | None = None

    def __repr__(self) -> str:
        return f"<Feed {self.fmt.name} of {self.channel.room} at {self.cursor}>"

    @property
    def is_behind(self) -> bool:
        """Whether the store must be read before anything more can be sent."""
        window = self.channel.window
        if window.covers(self.cursor) or (self._end == self.cursor > window.head):
            return False
        return self.page is None or self.cursor >= self.page.head

    @property
    def is_ready(self) -> bool:
        """Whether what follows the cursor is here: `take` moves on, if by nothing but deletions
        and what is left out."""
        window = self.channel.window
        if window.covers(self.cursor):
            return self.cursor < window.head
        page = self.page
        return page is not None and page.covers(self.cursor) and self.cursor < page.head

    @property
    def is_finished(self) -> bool:
        """Whether all has been sent that was to be sent; never of one that follows."""
        if self._until is None or self.is_behind:
            return False
        # After a reset that a channel forgotten meanwhile would have told, the end never comes.
        return self.cursor >= self._until or (
            self.channel.is_loaded and self.cursor >= self.channel.window.head
        )

    @property
    def is_at_head(self) -> bool:
        """Whether there is nothing more to send, as far as a glance shows."""
        return self.cursor is self.channel.window.head

    @property
    def is_plain(self) -> bool:
        """Whether its entries are the same bytes as those of all at its cursor, in its format."""
        return self.wanted is None and not self.fmt.shows_days

    @property
    def grown_at_s(self) -> float:
        """When there was last something to send, by `Hub.clock`."""
        return self.channel.grown_at_s

    @property
    def hears_of_rooms(self) -> bool:
        """Whether the hub's Activity is to tell it of other rooms."""
        return self.wants_activity

    def connect(self, sink: Sink, *, is_chunked: bool) -> None:
        """It has somewhere to send from now on. Once, by `Hub.join`."""
        self.sink = sink
        self.is_chunked = is_chunked
        self.is_joined = True

    def disconnect(self) -> None:
        """By `Hub.leave`; a second call does nothing."""
        self.is_joined = False
        self.sink = self.write = None

    def attach(self, find: "Callable[[str], Channel[Feed]]") -> None:
        """To the channel that its room has now, which wakes it from then on."""
        self.move_to(find(self.channel.room))
        self.channel.feeds.add(self)
        self.channel.heal()

    def detach(self, now_s: float) -> None:
        self.channel.feeds.discard(self)
        self.channel.used_at_s = now_s

    def move_to(self, channel: "Channel[Feed]") -> None:
        """To its room's channel as it is now: since the feed was made, while its reader did not
        take the head, the room may have been forgotten, or the store have become another one."""
        ends = channel.reset_to
        if channel is self.channel and ends is not None and channel.resets != self._resets:
            self.restart(ends)
        self.channel = channel

    def end(self, bye: Bye) -> None:
        """Say goodbye with what is sent next."""
        self._bye = bye
        self.is_revoked |= bye.reason == "revoked"
        self.has_news = True

    def restart(self, ends: StreamEnds) -> None:
        """Tell the reset, then go on from the oldest entry that the store has now."""
        self._tell(Gap(self.cursor, ends.oldest, "reset"))
        self._may_skip_gap = True
        self.page = self._end = None
        self.cursor = ZERO
        if self._until is not None:
            self._until = ends.newest

    def _tell(self, gap: Gap) -> None:
        self._gap = gap
        self.has_news = True

    def add_ephemeral(self, event: EphemeralEvent) -> None:
        """Send it with what is sent next; a reader that is behind goes without."""
        if len(self._ephemeral) < _MAX_EPHEMERAL:
            self._ephemeral = (*self._ephemeral, event)
            self.has_news = True

    def ping(self) -> None:
        """Send a heartbeat with what is sent next."""
        self._wants_ping = True
        self.has_news = True

    def make_ping(self) -> bytes:
        """The heartbeat of all who stand at the head as this one does."""
        is_away = self.channel.store_is_away
        return self.channel.window.ping(self.fmt, is_chunked=self.is_chunked, is_away=is_away)

    def take(self) -> bytes:
        """The next step of what can be sent at once, framed if `is_chunked`; b"" when that is
        nothing, though more may follow (`is_ready`).

        Moves the cursor. All feeds at one cursor are given the same object.
        """
        entries = b"" if self.is_revoked else self._take_entries()
        return self._with_news(entries) if self.has_news else entries

    def _take_entries(self) -> bytes:
        window = self.channel.window
        if window.covers(self.cursor):
            self.page = None
        elif self.page is not None and self.page.covers(self.cursor):
            window = self.page
        else:
            return b""
        if self.wanted is not None:
            chunk, self.cursor, count = self._filter(window, self.wanted)
        else:
            chunk, self.cursor, count = window.slice_after(
                self.fmt, self.cursor, is_first=self._is_first, is_chunked=self.is_chunked
            )
        if chunk:
            self._is_first = False
            self.channel.counts.deliveries += count
        return chunk

    def _filter(self, window: Window, wanted: Filter) -> tuple[bytes, EntryId, int]:
        """As `Window.slice_after`; the cursor moves past what is left out."""
        entries, has_more = window.after(self.cursor, _FILTERED_AT_ONCE)
        parts = []
        for entry in entries:
            if wanted.matches(entry):
                parts.append(self.fmt.entry(entry, self._sent))
                self._sent = entry.id
        chunk = b"".join(parts)
        cursor = entries[-1].id if has_more else max(window.head, self.cursor)
        return frame(chunk) if chunk and self.is_chunked else chunk, cursor, len(parts)

    def _with_news(self, entries: bytes) -> bytes:
        before, after = b"", b""
        if self._hello is not None:
            before = self.fmt.prelude() + self.fmt.hello(self._hello)
            self._hello = None
        if self._gap:
            before += self.fmt.gap(self._gap)
            self.channel.counts.gaps[self._gap.reason] += 1
            self._gap = None
        for event in self._ephemeral:
            after += self.fmt.ephemeral(event)
        self._ephemeral = ()
        if self._wants_ping:
            self._wants_ping = False
            after += self.fmt.ping(Ping(self.cursor, self.channel.store_is_away))
        if self._bye:
            after += self.fmt.bye(self._bye)
            self.channel.counts.byes[self._bye.reason] += 1
            self.is_over = True
        elif self.is_finished:
            self.is_over = True
        self.has_news = self._until is not None
        if self.is_chunked:
            before, after = frame(before), frame(after)
        return before + entries + after

    async def read_page(self) -> None:
        """Fetch what follows the cursor from the store; raises StoreUnavailable.

        Afterwards `take` has something, or the cursor is known to be the newest id.
        """
        asked, pages = self.cursor, self.channel.pages
        # What the tail brings during the read may be missing from it.
        head = self.channel.window.head
        found = await pages.read(asked)
        if self.cursor != asked or self.channel.pages is not pages:
            # Meanwhile the window came to cover the cursor, or the store was another one.
            return
        if found.ends.newest < head and (found.is_reset or found.window.head == asked):
            # The window is of a past that the store has lost: all its feeds are told.
            await self.channel.load(is_fresh=True)
            return
        if found.gap and not (self._may_skip_gap and asked == ZERO):
            self._tell(found.gap)
        self._may_skip_gap = False
        self.page = found.window
        self.cursor = found.window.base
        self._end = None if found.has_more else found.window.head
        if found.is_reset and self._until is not None:
            self._until = min(self._until, found.ends.newest)
