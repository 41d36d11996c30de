"""Streams as Redis keeps them, in memory."""

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from sse_chat.ids import ZERO, EntryId


class Row(NamedTuple):
    id: EntryId
    stored_id: str
    fields: list[str]


class Stream:
    """As Redis keeps one: rows in order, and what XINFO says of them."""

    __slots__ = ("added", "ids", "last", "rows")

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.ids: list[EntryId] = []
        self.last = ZERO
        self.added = 0

    def copy(self) -> "Stream":
        other = Stream()
        other.rows, other.ids = self.rows[:], self.ids[:]
        other.last, other.added = self.last, self.added
        return other

    def add(self, row: Row) -> None:
        self.rows.append(row)
        self.ids.append(row.id)
        self.last = row.id
        self.added += 1

    def drop_oldest(self, count: int) -> list[EntryId]:
        dropped = self.ids[:count]
        del self.rows[:count], self.ids[:count]
        return dropped

    def find(self, entry_id: EntryId) -> Row | None:
        at = bisect_left(self.ids, entry_id)
        return self.rows[at] if at < len(self.ids) and self.ids[at] == entry_id else None

    def drop(self, entry_id: EntryId) -> bool:
        at = bisect_left(self.ids, entry_id)
        is_here = at < len(self.ids) and self.ids[at] == entry_id
        if is_here:
            del self.rows[at], self.ids[at]
        return is_here

    def of_ms(self, ms: int) -> list[Row]:
        first = bisect_left(self.ids, EntryId(ms, 0))
        return self.rows[first : bisect_left(self.ids, EntryId(ms + 1, 0))]

    def after(self, entry_id: EntryId) -> list[Row]:
        return self.rows[bisect_right(self.ids, entry_id) :]
