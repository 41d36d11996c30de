"""Feed: one connection as a cursor. What it sends next is asked of it; it queues nothing."""

from typing import Protocol

from sse_chat.events import Bye, Gap, Hello, Ping
from sse_chat.feed.channel import Channel
from sse_chat.feed.window import Window
from sse_chat.formats import Format
from sse_chat.ids import ZERO, EntryId


class Sink(Protocol):
    """Where a feed's bytes go."""

    def wake(self) -> None:
        """The feed may have something to send. Must not block."""


class Feed:
    """The position of one reader in a room, and what it is owed besides entries.

    `until`: the feed is over once the cursor reaches it; None follows for ever.
    `may_skip_gap`: the reader asked for what is kept, so that nothing older is missed.
    """

    __slots__ = (
        "_bye", "_gap", "_has_greeted", "_is_first", "_may_skip_gap", "_page", "_until",
        "_verified", "channel", "cursor", "fmt", "hello", "is_over", "schedule", "sink",
        "wants_ping",
    )  # fmt: skip

    def __init__(
        self,
        channel: Channel,
        fmt: Format,
        hello: Hello,
        *,
        until: EntryId | None = None,
        may_skip_gap: bool = False,
    ) -> None:
        self.channel = channel
        self.fmt = fmt
        self.hello = hello
        self.cursor = hello.cursor
        self.sink: Sink | None = None
        self.schedule: object = None
        self.wants_ping = False
        self.is_over = False
        self._until = until
        self._may_skip_gap = may_skip_gap
        self._has_greeted = False
        self._is_first = True
        self._gap: Gap | None = None
        self._bye: Bye | None = None
        self._page: Window | None = None
        self._verified: Window | None = None

    def __repr__(self) -> str:
        return f"<Feed {self.fmt.name} of {self.channel.room} at {self.cursor}>"

    @property
    def is_behind(self) -> bool:
        """Whether the store must be read before anything more can be sent."""
        window = self.channel.window
        if window.covers(self.cursor) or self._verified is window:
            return False
        return self._page is None or self.cursor >= self._page.head

    def end(self, bye: Bye) -> None:
        """Say goodbye with what is sent next."""
        self._bye = bye
        self._wake()

    def ping(self) -> None:
        self.wants_ping = True
        self._wake()

    def _wake(self) -> None:
        if self.sink is not None:
            self.sink.wake()

    def take(self) -> bytes:
        """What can be sent at once; b"" when nothing can. Moves the cursor."""
        entries = self._take_entries()
        if self._has_greeted and not (self._gap or self.wants_ping or self._bye or self._until):
            return entries
        return self._with_news(entries)

    def _take_entries(self) -> bytes:
        window = self.channel.window
        if not window.covers(self.cursor):
            if self._page is None or not self._page.covers(self.cursor):
                return b""
            window = self._page
        elif self._page is not None:
            self._page = None
        chunk, self.cursor = window.slice_after(self.fmt, self.cursor, is_first=self._is_first)
        if chunk:
            self._is_first = False
        return chunk

    def _with_news(self, entries: bytes) -> bytes:
        parts = []
        if not self._has_greeted:
            self._has_greeted = True
            parts += [self.fmt.prelude(), self.fmt.hello(self.hello)]
        if self._gap:
            parts.append(self.fmt.gap(self._gap))
            self._gap = None
        parts.append(entries)
        if self.wants_ping:
            self.wants_ping = False
            parts.append(self.fmt.ping(Ping(self.cursor, self.channel.store_is_away)))
        if self._bye:
            parts.append(self.fmt.bye(self._bye))
            self.is_over = True
        elif self._until is not None and self.cursor >= self._until and not self.is_behind:
            self.is_over = True
        return b"".join(parts)

    async def read_page(self) -> None:
        """Fetch what follows the cursor from the store; raises StoreUnavailable.

        Afterwards `take` has something, or the cursor is known to be the newest id.
        """
        window = self.channel.window
        page, ends, gap = await self.channel.read_page(self.cursor)
        if gap and not (self._may_skip_gap and self.cursor == ZERO):
            self._gap = gap
        self._may_skip_gap = False
        if len(page):
            self._page = page
            self.cursor = page.base
        elif gap:
            self.cursor = ends.newest
        else:
            self._verified = window
