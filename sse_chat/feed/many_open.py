"""Opening a feed of many rooms: where each begins, and rooms that are made later."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from sse_chat.events import Entry, Hello
from sse_chat.feed.cursor_token import pack_cursor
from sse_chat.feed.hub import Hub
from sse_chat.feed.many import ManyFeed, OpenRoom
from sse_chat.feed.member import Member
from sse_chat.feed.merging import merge_newest
from sse_chat.feed.pages import Pages
from sse_chat.feed.sink import Reader
from sse_chat.filters import Filter
from sse_chat.formats import Format
from sse_chat.ids import ZERO, EntryId

_LAST_OF_MS = 2**64 - 1
# Before all entries, as ZERO, and unlike it a gap is told of.
_BEGINNING = EntryId(0, 1)
# Between the clocks of a node and of the store.
_SKEW_MS = 60_000
# Whether a room may be read, raising ChatError if not; who then counts as its reader.
Admit = Callable[[str], Awaitable[Reader]]
Positions = Mapping[str, EntryId | None]


class ManyOpener:
    """`positions`: after which entry to begin in each room; None: now. `format_in`: for the
    entries of a room, where that is not the feed's own. `listed_ms`: of a token."""

    def __init__(
        self, hub: Hub, fmt: Format, wanted: Filter | None, *, heartbeat_s: int, follow: bool,
        format_in: Callable[[str], Format] | None = None, listed_ms: int | None = None,
    ) -> None:  # fmt: skip
        self._hub = hub
        self._fmt = fmt
        self._wanted = wanted
        self._heartbeat_s = heartbeat_s
        self._follow = follow
        self._format_in = format_in or (lambda room: fmt)
        self._listed_ms = listed_ms

    async def open(
        self, positions: Positions, readers: Mapping[str, Reader], *,
        wants_activity: bool = False, admit: Admit | None = None,
    ) -> ManyFeed:  # fmt: skip
        """Not yet joined; raises StoreUnavailable. `admit`: rooms that are made later are included
        where this lets the reader in."""
        members = [
            await self._member(room, position, readers[room])
            for room, position in positions.items()
        ]
        first = next(iter(readers))
        cursors = {member.channel.room: member.cursor for member in members}
        hello = Hello(
            first, ZERO, self._heartbeat_s, self._hub.server, int(time.time() * 1000),
            rooms=tuple(cursors), token=pack_cursor(cursors, self._listed_ms),
        )  # fmt: skip
        return ManyFeed(
            members, self._fmt, hello, follows=self._follow, reader=readers[first],
            wants_activity=wants_activity, listed_ms=self._listed_ms,
            open_room=None if admit is None else self._includer_of_new_rooms(admit),
        )  # fmt: skip

    async def _member(self, room: str, position: EntryId | None, reader: Reader) -> Member:
        channel = await self._hub.load(room, is_fresh=not self._follow)
        head = channel.window.head
        cursor = head if position is None else position
        hello = Hello(room, cursor, self._heartbeat_s, self._hub.server, 0)
        until = None if self._follow else head
        return Member(
            channel, self._format_in(room), hello, until=until, may_skip_gap=position == ZERO,
            reader=reader, wanted=self._wanted,
        )  # fmt: skip

    def _includer_of_new_rooms(self, admit: Admit) -> OpenRoom:
        opened_ms = list_now_ms()

        async def open_room(room: str, newest: EntryId) -> Member:
            reader = await admit(room)
            channel = await self._hub.load(room)
            oldest = channel.window.oldest
            is_new = channel.window.is_whole and (oldest is None or oldest.ms >= opened_ms)
            # One that was there, and may be read only now, begins with what was just said.
            return await self._member(room, ZERO if is_new else just_before(newest), reader)

        return open_room


def list_now_ms() -> int:
    """For the token of whoever reads all rooms, before they are listed."""
    return int(time.time() * 1000) - _SKEW_MS


async def find_beginning(store: Pages, room: str, listed_ms: int) -> EntryId | None:
    """Where to begin in a room that a token of all rooms does not know: before its first entry
    where it was made after they were listed, else None: now. Raises StoreUnavailable."""
    page = await store.read_after(room, ZERO, 1)
    return _BEGINNING if page.ends.first.ms >= listed_ms else None


def just_before(entry_id: EntryId) -> EntryId:
    if entry_id.seq:
        return EntryId(entry_id.ms, entry_id.seq - 1)
    return EntryId(max(entry_id.ms - 1, 0), _LAST_OF_MS)


async def find_last(
    store: Pages, rooms: Sequence[str], count: int
) -> tuple[list[Entry], dict[str, EntryId]]:
    """The newest entries of all these rooms together, oldest first, and the position in each
    before its first of them. Raises StoreUnavailable."""
    merged = await merge_newest(store, rooms, count)
    first: dict[str, EntryId] = {}
    for entry in merged.entries:
        first.setdefault(entry.room, entry.id)
    positions = {}
    for room, page in merged.pages.items():
        older = [entry.id for entry in page.entries if room not in first or entry.id < first[room]]
        if not older and room in first:
            older = [each.id for each in (await store.read_before(room, first[room], 1)).entries]
        positions[room] = older[-1] if older else ZERO
    return merged.entries, positions
