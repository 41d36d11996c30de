"""Member: the position in one room of a feed that reads many."""

from typing import Protocol

from sse_chat.events import Bye, Gap, Hello, Note, StreamEnds
from sse_chat.feed.channel import Channel
from sse_chat.feed.feed import Feed, Sink
from sse_chat.formats import Format
from sse_chat.ids import EntryId

_AT_ONCE = 64
# What one room has next: the position behind it, and the entry's bytes, b"" when left out.
Drawn = tuple[EntryId, bytes]


class Whole(Protocol):
    """The feed that has the connection."""

    sink: Sink | None

    def wake_member(self, member: "Member") -> None: ...
    def has_moved(self, member: "Member") -> None:
        """By another way than by what was taken: it may have a gap to tell."""

    def leave_room(self, member: "Member", bye: Bye) -> None: ...
    def end(self, bye: Bye) -> None: ...
    def add_note(self, note: Note) -> None: ...


class Member(Feed):
    """The position in one of the rooms. It has no connection, and wakes the feed that has one."""

    __slots__ = ("whole",)

    def __init__(
        self, channel: Channel, fmt: Format, hello: Hello, *, until: EntryId | None = None,
        may_skip_gap: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(channel, fmt, hello, until=until, may_skip_gap=may_skip_gap)
        self.whole: Whole | None = None

    @property
    def is_at_head(self) -> bool:
        return self.cursor >= self.channel.window.head and not self.is_behind

    def end(self, bye: Bye) -> None:
        if self.whole is None:
            return
        if bye.reason == "revoked":
            self.is_revoked = True
            self.whole.leave_room(self, bye)
        else:
            self.whole.end(bye)

    def add_note(self, note: Note) -> None:
        if self.whole is not None:
            self.whole.add_note(Note(note.room, note.kind, {"room": note.room, **note.data}))

    def restart(self, ends: StreamEnds) -> None:
        super().restart(ends)
        if self.whole is not None:
            self.whole.has_moved(self)

    async def read_page(self) -> None:
        try:
            await super().read_page()
        finally:
            if self.whole is not None:
                self.whole.has_moved(self)

    def take_gap(self) -> Gap | None:
        gap, self._gap = self._gap, None
        return gap

    def draw(self) -> list[Drawn]:
        """What comes next, as on a feed of the room alone. The cursor stays."""
        window = self.channel.window
        if not window.covers(self.cursor):
            if self.page is None or not self.page.covers(self.cursor):
                return []
            window = self.page
        found, has_more = window.encoded_after(self.fmt, self.cursor, _AT_ONCE)
        wanted = self.wanted
        drawn = [
            (entry.id, encoded if wanted is None or wanted.matches(entry) else b"")
            for entry, encoded in found
        ]
        behind = drawn[-1][0] if drawn else self.cursor
        if not has_more and window.head > behind:
            # The rest of it was deleted.
            drawn.append((window.head, b""))
        return drawn


class MemberSink:
    """What a room's channel wakes."""

    __slots__ = ("_member", "_whole")

    def __init__(self, whole: Whole, member: Member) -> None:
        self._whole = whole
        self._member = member

    @property
    def blocked_since_s(self) -> float:
        sink = self._whole.sink
        return float("inf") if sink is None else sink.blocked_since_s

    def wake(self) -> None:
        self._whole.wake_member(self._member)

    def abort(self) -> None:
        if self._whole.sink is not None:
            self._whole.sink.abort()
