"""Window: entries of one room in a row, each encoded once per format. No I/O.

A room's newest entries are one; a page read from the store for those behind is another.
"""

from bisect import bisect_left, bisect_right
from dataclasses import replace

from sse_chat.events import Entry, Ping
from sse_chat.feed.framing import frame
from sse_chat.formats import Format
from sse_chat.ids import ZERO, EntryId

MAX_ENTRIES = 1000
# Of UTF-8; both may be exceeded by a quarter before the oldest go together.
MAX_TEXT_BYTES = 1_000_000
# What one write may add to a connection's buffer: more would let slow readers hold memory.
SLICE_BYTES = 64 * 1024
# What is encoded, or looked at by a filter, before others have their turn: some milliseconds.
STEP_ENTRIES = 256
STEP_TEXT_BYTES = 16 * 1024
# A crowd stands at one cursor or a few; in a quiet room, each who comes may ask for another.
_MAX_SLICES = 64
_SliceKey = tuple[EntryId, str, bool, bool]


class Window:
    """Holds every entry of the room with base < id <= head.

    `is_whole` says that nothing came before `base` either, ever. `stamp` is another object after
    each change.
    """

    __slots__ = (
        "__weakref__", "_encoded", "_entries", "_ids", "_pings", "_slices", "_text_bytes", "base",
        "head", "is_whole", "stamp",
    )  # fmt: skip

    def __init__(self, entries: list[Entry], *, base: EntryId, is_whole: bool) -> None:
        self.base = base
        self.head = entries[-1].id if entries else base
        self.is_whole = is_whole
        self.stamp = object()
        self._entries: list[Entry] = []
        self._ids: list[EntryId] = []
        self._text_bytes = 0
        # None for what nobody has asked for yet.
        self._encoded: dict[str, list[bytes | None]] = {}
        self._slices: dict[_SliceKey, tuple[bytes, EntryId, int]] = {}
        self._pings: dict[tuple[str, bool, bool], bytes] = {}
        for entry in entries:
            self._add(entry)

    def __repr__(self) -> str:
        return f"<Window {self.base}…{self.head}, {len(self._ids)} entries>"

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def oldest(self) -> EntryId | None:
        return self._ids[0] if self._ids else None

    @property
    def newest(self) -> Entry | None:
        """The entry at the head, while it is kept."""
        return self._entries[-1] if self._ids and self._ids[-1] == self.head else None

    def __contains__(self, entry_id: EntryId) -> bool:
        """Whether this entry is here; also true of what was here earlier or came before."""
        if entry_id <= self.base:
            return True
        at = bisect_left(self._ids, entry_id)
        return at < len(self._ids) and self._ids[at] == entry_id

    def find(self, entry_id: EntryId) -> Entry | None:
        """This entry, if it is here, with the text of its last edit."""
        at = bisect_left(self._ids, entry_id)
        if at == len(self._ids) or self._ids[at] != entry_id:
            return None
        edits = (entry for entry in reversed(self._entries[at:]) if entry.edited_id == entry_id)
        newest = next(edits, self._entries[at])
        return replace(self._entries[at], text=newest.text)

    def covers(self, cursor: EntryId) -> bool:
        """Whether all that follows the cursor is here, with no gap to be told."""
        return self.base <= cursor <= self.head or (self.is_whole and cursor == ZERO)

    def append(self, entry: Entry) -> None:
        """Take the newest entry in, and let the oldest go where that is too much."""
        self._add(entry)
        if len(self._ids) > MAX_ENTRIES * 5 // 4 or self._text_bytes > MAX_TEXT_BYTES * 5 // 4:
            self._evict()

    def _add(self, entry: Entry) -> None:
        if entry.deleted_id is not None:
            self.remove(entry.deleted_id)
        self._entries.append(entry)
        self._ids.append(entry.id)
        self._text_bytes += entry.text_bytes
        self.head = entry.id
        self._changed()

    def _changed(self) -> None:
        self._slices.clear()
        self._pings.clear()
        self.stamp = object()

    def remove(self, target: EntryId) -> None:
        """Take a message, its edits and quotes of it out; readers keep their positions."""
        kept = [
            _without_quote(entry) if entry.extra.reply_to == target else entry
            for entry in self._entries
            if target not in (entry.id, entry.edited_id)
        ]
        if kept != self._entries:
            self._entries = kept
            self._ids = [each.id for each in kept]
            self._text_bytes = sum(each.text_bytes for each in kept)
            self._encoded.clear()
            self._changed()

    def _evict(self) -> None:
        count, text_bytes = 0, self._text_bytes
        while len(self._ids) - count > MAX_ENTRIES or text_bytes > MAX_TEXT_BYTES:
            text_bytes -= self._entries[count].text_bytes
            count += 1
        self._let_go(count)

    def keep(self, most: int, oldest_ms: int, floor: EntryId) -> None:
        """Let go all but the newest `most`, and what is older than that, of what is not after
        `floor`."""
        count = max(len(self._ids) - most, bisect_left(self._ids, EntryId(oldest_ms, 0)))
        count = min(count, bisect_right(self._ids, floor))
        if count > 0:
            self._let_go(count)

    def _let_go(self, count: int) -> None:
        self.base = self._ids[count - 1]
        self.is_whole = False
        self._text_bytes -= sum(entry.text_bytes for entry in self._entries[:count])
        self._changed()
        del self._entries[:count], self._ids[:count]
        for encoded in self._encoded.values():
            del encoded[:count]

    def after(self, cursor: EntryId, limit: int) -> tuple[list[Entry], bool]:
        """At most `limit` entries with id > cursor, and whether there are more; fewer where their
        texts are long."""
        at = end = bisect_right(self._ids, cursor)
        text_bytes = 0
        while end < min(at + limit, len(self._ids)) and text_bytes < STEP_TEXT_BYTES:
            text_bytes += self._entries[end].text_bytes
            end += 1
        return self._entries[at:end], end < len(self._ids)

    def encoded(self, fmt: Format, entry_id: EntryId) -> bytes:
        """The bytes of an entry that is here."""
        return self._encode(fmt, bisect_left(self._ids, entry_id))

    def slice_after(
        self, fmt: Format, cursor: EntryId, *, is_first: bool = False, is_chunked: bool = False
    ) -> tuple[bytes, EntryId, int]:
        """The entries after the cursor, up to about 64 KB or 256, the cursor behind them, their
        number.

        Where all that came after the cursor was deleted, the cursor moves on to the head.

        The same object for all who ask for the same. `is_first`: nothing was sent before it.
        `is_chunked`: framed as one HTTP chunk.
        """
        key = (cursor, fmt.cache_name, is_chunked, is_first)
        found = self._slices.get(key)
        if found is None:
            if len(self._slices) >= _MAX_SLICES:
                self._slices.clear()
            chunk, behind, count = self._join(fmt, cursor, is_first)
            found = self._slices[key] = (frame(chunk) if is_chunked else chunk), behind, count
        return found

    def ping(self, fmt: Format, *, is_chunked: bool, is_away: bool) -> bytes:
        """A heartbeat for those at the head; the same object for all of them. `is_away`: the store
        is."""
        key = (fmt.cache_name, is_chunked, is_away)
        found = self._pings.get(key)
        if found is None:
            chunk = fmt.ping(Ping(self.head, is_away))
            found = self._pings[key] = frame(chunk) if is_chunked else chunk
        return found

    def _join(self, fmt: Format, cursor: EntryId, is_first: bool) -> tuple[bytes, EntryId, int]:
        start = bisect_right(self._ids, cursor)
        parts: list[bytes] = []
        size = 0
        for at in range(start, min(start + STEP_ENTRIES, len(self._ids))):
            part = self._encode(fmt, at)
            size += len(part)
            if parts and size > SLICE_BYTES:
                break
            parts.append(part)
        if not parts:
            return b"", self.head, 0
        if is_first:
            parts[0] = fmt.entry(self._entries[start], None)
        return b"".join(parts), self._ids[start + len(parts) - 1], len(parts)

    def _encode(self, fmt: Format, at: int) -> bytes:
        """One entry: a window at once would hold everybody up where nearly all of it is new."""
        encoded = self._encoded.setdefault(fmt.cache_name, [])
        if at >= len(encoded):
            encoded.extend([None] * (len(self._ids) - len(encoded)))
        found = encoded[at]
        if found is None:
            previous = self._ids[at - 1] if at else self.base
            found = encoded[at] = fmt.entry(self._entries[at], previous)
        return found


def _without_quote(entry: Entry) -> Entry:
    return replace(entry, quote=None)
