"""Position: one cursor for all the ways in which entries arrive. No I/O."""

from typing import Any

from sse_chat.ids import ZERO, EntryId, parse_id


class Position:
    """Says of each entry whether it is new; polls and a feed may bring the same one."""

    def __init__(self, cursor: EntryId = ZERO) -> None:
        self.cursor = cursor
        self._gap: dict[str, Any] | None = None

    @property
    def after(self) -> str:
        """For the query: from the very start there is no gap to be told of."""
        return "0" if self.cursor == ZERO else str(self.cursor)

    def take(self, entry: dict[str, Any]) -> bool:
        entry_id = parse_id(entry["id"])
        if entry_id <= self.cursor:
            return False
        self.cursor = entry_id
        return True

    def move(self, cursor: str) -> None:
        """Past what was left out."""
        self.cursor = max(self.cursor, parse_id(cursor))

    def take_gap(self, gap: dict[str, Any]) -> bool:
        """True when this gap was not told yet. After a reset ids start anew."""
        if gap == self._gap:
            return False
        self._gap = gap
        if gap["reason"] == "reset":
            self.cursor = ZERO
        return True
