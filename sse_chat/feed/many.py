"""ManyFeed: one connection that reads many rooms, as one cursor in each."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import cast
from weakref import ref

from sse_chat.errors import ChatError
from sse_chat.events import Bye, EphemeralEvent, Hello, Ping
from sse_chat.feed.channel import Channel
from sse_chat.feed.cursor_token import pack_cursor
from sse_chat.feed.feed import Feed
from sse_chat.feed.framing import frame
from sse_chat.feed.member import Member, MemberSink, draw_in_order
from sse_chat.feed.shared_position import SharedPosition, Step, StepKey, position_at
from sse_chat.feed.sink import Reader, Sink
from sse_chat.feed.window import SLICE_BYTES, STEP_ENTRIES, STEP_TEXT_BYTES
from sse_chat.formats import Format
from sse_chat.ids import EntryId, format_ms, parse_id

MAX_ROOMS = 100
_log = logging.getLogger("sse_chat.feed")
# A room that was made later, and its newest entry: a member that begins with it.
OpenRoom = Callable[[str, EntryId], Awaitable[Member]]


class ManyFeed(Feed):
    """As a Feed to its sink, the hub and the schedule.

    `open_room`: how a room that is made later is included, None: not at all; `listed_ms`: of a
    token, for such a one. `woken`: members that may have more; `may_have_gap`: and one of them
    something else to tell. `shared`: where it stands, once it has taken a step that others share.
    """

    __slots__ = (
        "_day", "_find", "_listed_ms", "_open_room", "_opening", "may_have_gap", "members",
        "shared", "woken",
    )  # fmt: skip

    def __init__(
        self, members: Sequence[Member], fmt: Format, hello: Hello, *, follows: bool,
        reader: Reader | None = None, wants_activity: bool = False,
        open_room: OpenRoom | None = None, listed_ms: int | None = None,
    ) -> None:  # fmt: skip
        until = None if follows else members[0].cursor
        super().__init__(
            members[0].channel, fmt, hello, until=until,
            reader=reader, wants_activity=wants_activity,
        )  # fmt: skip
        self.members = {member.channel.room: member for member in members}
        self._open_room = open_room
        self._listed_ms = listed_ms
        self._find: Callable[[str], Channel[Feed]] | None = None
        self.woken: dict[Member, None] = dict.fromkeys(members)
        self._opening: dict[str, asyncio.Task[None]] = {}
        self._day = ""
        self.shared: SharedPosition | None = None
        self.may_have_gap = True
        for member in members:
            member.join(self)

    def __repr__(self) -> str:
        return f"<ManyFeed {self.fmt.name} of {len(self.members)} rooms>"

    @property
    def is_at_head(self) -> bool:
        return not self.woken

    @property
    def is_plain(self) -> bool:
        """Of those who stand alike."""
        return not (self.fmt.shows_days or any(m.wanted is not None for m in self.members.values()))

    @property
    def is_behind(self) -> bool:
        return any(member.is_behind for member in self.woken)

    @property
    def is_ready(self) -> bool:
        return any(member.is_ready for member in self.woken)

    @property
    def grown_at_s(self) -> float:
        return max((member.grown_at_s for member in self.members.values()), default=0.0)

    @property
    def token(self) -> str:
        return self.shared.token if self.shared else pack_cursor(self._positions(), self._listed_ms)

    def _positions(self) -> dict[str, EntryId]:
        return {room: member.cursor for room, member in self.members.items()}

    def has_moved(self, member: Member) -> None:
        self.shared = None
        self.may_have_gap = True
        if member.channel.room in self.members:
            self.woken[member] = None

    def attach(self, find: Callable[[str], Channel[Feed]]) -> None:
        self._find = find
        for member in self.members.values():
            self._attach(member, find)

    def _attach(self, member: Member, find: Callable[[str], Channel[Feed]]) -> None:
        member.connect(cast(Sink, MemberSink(self, member)), is_chunked=False)
        member.attach(find)
        self.woken[member] = None

    def detach(self, now_s: float) -> None:
        self._find = None
        for task in self._opening.values():
            task.cancel()
        for member in self.members.values():
            self._detach(member, now_s)

    def _detach(self, member: Member, now_s: float) -> None:
        member.disconnect()
        member.detach(now_s)

    def leave_room(self, member: Member, bye: Bye) -> None:
        """Its right has ended; the feed goes on with the others, or ends with the last."""
        room = member.channel.room
        if self.members.pop(room, None) is None:
            return
        self.woken.pop(member, None)
        self.shared = None
        self._detach(member, member.channel.used_at_s)
        data = {"room": room, "reason": "revoked", **({"detail": bye.detail} if bye.detail else {})}
        self._ephemeral = (*self._ephemeral, EphemeralEvent(room, "left", data))
        self.has_news = True
        if not self.members:
            self.end(bye)
        if self.sink is not None:
            self.sink.wake()

    def wake_member(self, member: Member) -> None:
        if member.channel.room in self.members:
            self.woken[member] = None
            if self.sink is not None:
                self.sink.wake()

    def add_ephemeral(self, event: EphemeralEvent) -> None:
        if event.kind == "activity":
            if self._open_room is not None:
                self._join_new_room(self._open_room, event.room, parse_id(event.data["last_id"]))
            if event.room in self.members or not self.wants_activity:
                return
        super().add_ephemeral(event)

    @property
    def hears_of_rooms(self) -> bool:
        return self.wants_activity or self._open_room is not None

    def _join_new_room(self, open_room: OpenRoom, room: str, newest: EntryId) -> None:
        count = len(self.members) + len(self._opening)
        if room in self.members or room in self._opening or count >= MAX_ROOMS:
            return
        task = asyncio.create_task(self._open(open_room, room, newest), name=f"open {room}")
        self._opening[room] = task

    async def _open(self, open_room: OpenRoom, room: str, newest: EntryId) -> None:
        try:
            member = await open_room(room, newest)
        except ChatError as exc:
            # The next message of the room tries again.
            _log.debug("%r does not read %s yet: %s", self, room, exc.detail)
            return
        except Exception:
            _log.exception("%r cannot read %s", self, room)
            return
        finally:
            self._opening.pop(room, None)
        if self._find is not None and room not in self.members:
            member.join(self)
            self.members[room] = member
            self.shared = None
            self._attach(member, self._find)
            if self.sink is not None:
                self.sink.wake()

    def make_ping(self) -> bytes:
        return frame(self._encode_ping()) if self.is_chunked else self._encode_ping()

    def _encode_ping(self) -> bytes:
        is_away = any(member.channel.store_is_away for member in self.members.values())
        return self.fmt.ping(Ping(self.token, is_away))

    def take(self) -> bytes:
        gaps = b"".join(self._take_gaps()) if self.may_have_gap else b""
        entries = self._take_entries() if self.woken and not self.is_revoked else b""
        return self._with_all(gaps, entries) if self.has_news or gaps else entries

    def _take_gaps(self) -> list[bytes]:
        told = []
        self.may_have_gap = False
        for member in self.woken:
            if gap := member.take_gap():
                told.append(self.fmt.gap(replace(gap, room=member.channel.room)))
                self.channel.counts.gaps[gap.reason] += 1
        return told

    def _take_entries(self) -> bytes:
        """Up to about a slice, framed if `is_chunked`; the same object for all who stand alike."""
        step = self.shared.find_step(self.step_key(self.woken)) if self.shared else None
        if step is None:
            return self._take_own()
        for room, cursor in step.moves:
            member = self.members[room]
            member.cursor = cursor
            member.page = None
        self.shared = step.next_position()
        if step.is_at_heads:
            self.woken.clear()
        else:
            self._settle_at_heads()
        self.channel.counts.deliveries += step.count
        return step.chunk

    def step_key(self, woken: Iterable[Member]) -> StepKey:
        states = [(each.channel.window.stamp, each.fmt.cache_name) for each in woken]
        return (self.fmt.cache_name, self.is_chunked, *states)

    def _take_own(self) -> bytes:
        """As the first who takes this step, which others find, or as one who is alone with it."""
        key, shared = self.step_key(self.woken), None
        if not self.fmt.shows_days and all(
            member.wanted is None and member.channel.window.covers(member.cursor)
            for member in self.woken
        ):
            shared = position_at(self._positions(), self._listed_ms)
        self.shared = None
        chunk, count = self._draw()
        moves = [(member.channel.room, member.cursor) for member in self.woken]
        self._settle_at_heads()
        if shared is not None:
            self.shared = position_at(self._positions(), self._listed_ms)
            shared.keep_step(key, Step(chunk, count, moves, not self.woken, ref(self.shared)))
        self.channel.counts.deliveries += count
        return chunk

    def _settle_at_heads(self) -> None:
        for member in [each for each in self.woken if each.is_at_head]:
            member.page = None
            del self.woken[member]

    def _draw(self) -> tuple[bytes, int]:
        """By id as far as it is here already; and how many entries they are."""
        parts: list[bytes] = []
        size = text_bytes = 0
        upcoming = draw_in_order(self.woken)
        for looked_at, (entry_id, room, entry, window) in enumerate(upcoming, start=1):
            encoded = self.members[room].encoded(entry, window)
            self.members[room].cursor = entry_id
            if encoded:
                parts.append(self._encode(entry_id, room, encoded))
                size += len(parts[-1])
            text_bytes += entry.text_bytes if entry else 0
            if size >= SLICE_BYTES or looked_at >= STEP_ENTRIES or text_bytes >= STEP_TEXT_BYTES:
                break
        chunk = b"".join(parts)
        return frame(chunk) if self.is_chunked else chunk, len(parts)

    def _encode(self, entry_id: EntryId, room: str, encoded: bytes) -> bytes:
        own = self.fmt.in_many(encoded, room, self.token if self.fmt.has_ids else "")
        if self.fmt.shows_days and (day := format_ms(entry_id.ms)[:10]) != self._day:
            self._day = day
            return f"* {day}\n".encode() + own
        return own

    def _with_all(self, gaps: bytes, entries: bytes) -> bytes:
        before, after = b"", b""
        if self._hello is not None:
            before = self.fmt.prelude() + self.fmt.hello(self._hello)
            self._hello = None
        before += gaps
        for event in self._ephemeral:
            after += self.fmt.ephemeral(event)
        self._ephemeral = ()
        if self._wants_ping:
            self._wants_ping = False
            after += self._encode_ping()
        if self._bye:
            after += self.fmt.bye(self._bye)
            self.channel.counts.byes[self._bye.reason] += 1
            self.is_over = True
        elif self._until is not None and all(m.is_finished for m in self.members.values()):
            self.is_over = True
        self.has_news = self._until is not None
        if self.is_chunked:
            before, after = frame(before), frame(after)
        return before + entries + after

    async def read_page(self) -> None:
        """As of Feed, for the room that has waited longest."""
        for member in list(self.woken):
            if member.is_behind:
                await member.read_page()
                return
