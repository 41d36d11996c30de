"""Member: the position in one room of a feed that reads many."""

import heapq
from collections.abc import Iterable, Iterator
from typing import Protocol

from sse_chat.events import Bye, Entry, EphemeralEvent, Gap, Hello, StreamEnds
from sse_chat.feed.channel import Channel
from sse_chat.feed.feed import Feed
from sse_chat.feed.sink import Reader, Sink
from sse_chat.feed.window import Window
from sse_chat.filters import Filter
from sse_chat.formats import Format
from sse_chat.ids import EntryId

_AT_ONCE = 64
# What a room has next: the position behind it, the room, and the entry, None where it was deleted,
# with the window that it is from.
Drawn = tuple[EntryId, str, Entry | None, Window]


class Parent(Protocol):
    """The feed that has the connection."""

    sink: Sink | None

    def wake_member(self, member: "Member") -> None: ...
    def has_moved(self, member: "Member") -> None:
        """By another way than by what was taken: it may have a gap to tell."""

    def leave_room(self, member: "Member", bye: Bye) -> None: ...
    def end(self, bye: Bye) -> None: ...
    def add_ephemeral(self, event: EphemeralEvent) -> None: ...


class Member(Feed):
    """The position in one of the rooms. It has no connection, and wakes the feed that has one."""

    __slots__ = ("parent",)

    def __init__(
        self, channel: Channel[Feed], fmt: Format, hello: Hello, *, until: EntryId | None = None,
        may_skip_gap: bool = False, reader: Reader | None = None, wanted: Filter | None = None,
    ) -> None:  # fmt: skip
        super().__init__(
            channel,
            fmt,
            hello,
            until=until,
            may_skip_gap=may_skip_gap,
            reader=reader,
            wanted=wanted,
        )
        self.parent: Parent | None = None

    def join(self, parent: Parent) -> None:
        """Once, before it is attached."""
        self.parent = parent

    @property
    def is_at_head(self) -> bool:
        return self.cursor >= self.channel.window.head and not self.is_behind

    def end(self, bye: Bye) -> None:
        if self.parent is None:
            return
        if bye.reason == "revoked":
            self.is_revoked = True
            self.parent.leave_room(self, bye)
        else:
            self.parent.end(bye)

    def add_ephemeral(self, event: EphemeralEvent) -> None:
        if self.parent is not None:
            self.parent.add_ephemeral(
                EphemeralEvent(event.room, event.kind, {"room": event.room, **event.data})
            )

    def restart(self, ends: StreamEnds) -> None:
        super().restart(ends)
        if self.parent is not None:
            self.parent.has_moved(self)

    async def read_page(self) -> None:
        try:
            await super().read_page()
        finally:
            if self.parent is not None:
                self.parent.has_moved(self)

    def take_gap(self) -> Gap | None:
        gap, self._gap = self._gap, None
        return gap

    def draw(self) -> list[Drawn]:
        """What comes next, as on a feed of the room alone. The cursor stays."""
        window, room = self.channel.window, self.channel.room
        if not window.covers(self.cursor):
            if self.page is None or not self.page.covers(self.cursor):
                return []
            window = self.page
        entries, has_more = window.after(self.cursor, _AT_ONCE)
        drawn: list[Drawn] = [(entry.id, room, entry, window) for entry in entries]
        behind = drawn[-1][0] if drawn else self.cursor
        if not has_more and window.head > behind:
            # The rest of it was deleted.
            drawn.append((window.head, room, None, window))
        return drawn

    def encoded(self, entry: Entry | None, window: Window) -> bytes:
        """What was drawn; b"" for what is left out."""
        if entry is None or (self.wanted and not self.wanted.matches(entry)):
            return b""
        return window.encoded(self.fmt, entry.id)


def draw_in_order(members: Iterable[Member]) -> Iterator[Drawn]:
    """What comes next in their rooms, by id as far as that is here already.

    Whoever takes it moves the room's cursor there before the next.
    """
    while any((drawn := {member: member.draw() for member in members}).values()):
        # Of a room that has more, what follows may come before what others have.
        known_to = min(
            (
                each[-1][0]
                for member, each in drawn.items()
                if each and each[-1][0] < member.channel.window.head
            ),
            default=None,
        )
        for next_up in heapq.merge(*drawn.values()):
            if known_to is not None and next_up[0] > known_to:
                break
            yield next_up


class MemberSink:
    """What a room's channel wakes."""

    __slots__ = ("_member", "_parent")

    def __init__(self, parent: Parent, member: Member) -> None:
        self._parent = parent
        self._member = member

    @property
    def blocked_since_s(self) -> float:
        sink = self._parent.sink
        return float("inf") if sink is None else sink.blocked_since_s

    def wake(self) -> None:
        self._parent.wake_member(self._member)

    def abort(self) -> None:
        if self._parent.sink is not None:
            self._parent.sink.abort()
