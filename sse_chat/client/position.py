"""Positions: where a reader is, for all the ways in which entries arrive. No I/O."""

import re
from typing import Any, Protocol

from sse_chat.errors import BadId
from sse_chat.ids import ZERO, EntryId, parse_id
from sse_chat.room_names import LABEL, parse_room
from sse_chat.visible import make_terminal_safe

_TOKEN = re.compile(r"[A-Za-z0-9._-]{1,1500}", re.ASCII)


class Cursor(Protocol):
    """Says of each entry whether it is new; polls and a feed may bring the same one."""

    @property
    def after(self) -> str:
        """For the query."""

    def begin(self, cursor: str) -> None:
        """Where a page ended that was the first."""

    def take(self, entry: dict[str, Any]) -> bool:
        """False for one that was there before; raises ChatError, KeyError for what is no entry."""

    def move(self, cursor: str) -> None:
        """All up to the server's cursor was taken, or left out."""

    def take_gap(self, gap: dict[str, Any]) -> bool:
        """True when this gap was not told yet. After a reset ids start anew."""


class Position:
    """In one room. `is_filtered`: the server's cursor goes further than the entries."""

    def __init__(self, cursor: EntryId = ZERO, *, is_filtered: bool = False) -> None:
        self.cursor = cursor
        self._is_filtered = is_filtered
        self._gap: dict[str, Any] | None = None

    @property
    def after(self) -> str:
        """For the query: from the very start there is no gap to be told of."""
        return "0" if self.cursor == ZERO else str(self.cursor)

    def begin(self, cursor: str) -> None:
        self.cursor = parse_id(cursor)

    def take(self, entry: dict[str, Any]) -> bool:
        entry_id = parse_id(entry["id"])
        if entry_id <= self.cursor:
            return False
        self.cursor = entry_id
        return True

    def move(self, cursor: str) -> None:
        if self._is_filtered:
            self.cursor = max(self.cursor, parse_id(cursor))

    def take_gap(self, gap: dict[str, Any]) -> bool:
        if gap == self._gap:
            return False
        self._gap = gap
        if gap["reason"] == "reset":
            self.cursor = ZERO
        return True


class Positions:
    """In many rooms: the server's token, and the ids that were taken since it came.

    The token is the server's business alone. Whichever of them came last is a place to go on from:
    with an older one some entries come again, and are dropped.
    """

    def __init__(self, after: str = "") -> None:
        self._token, *since = after.split(",")
        if ":" in self._token:
            self._token, since = "", after.split(",")
        if self._token:
            check_token(self._token)
        self._newest: dict[str, EntryId] = {}
        for part in since:
            room, _, entry_id = part.rpartition(":")
            self._newest[parse_label(room)] = parse_id(entry_id)
        self._since = dict(self._newest)
        self._gaps: dict[str, dict[str, Any]] = {}

    @property
    def after(self) -> str:
        return ",".join(
            [
                *filter(None, [self._token]),
                *(f"{room}:{newest}" for room, newest in self._since.items()),
            ]
        )

    def take(self, entry: dict[str, Any]) -> bool:
        room, entry_id = parse_label(entry["room"]), parse_id(entry["id"])
        if entry_id <= self._newest.get(room, ZERO):
            return False
        self._newest[room] = self._since[room] = entry_id
        return True

    def begin(self, cursor: str) -> None:
        self.move(cursor)

    def move(self, cursor: str) -> None:
        self._token = check_token(cursor)
        self._since.clear()

    def take_gap(self, gap: dict[str, Any]) -> bool:
        room = parse_label(gap["room"])
        if gap == self._gaps.get(room):
            return False
        self._gaps[room] = gap
        if gap["reason"] == "reset":
            self._newest.pop(room, None)
            self._since.pop(room, None)
        return True


def parse_label(room: str) -> str:
    """A room's name, or the label of a conversation; raises ChatError."""
    if not isinstance(room, str) or not room.startswith(LABEL):
        return parse_room(room)
    if "," in room or room != make_terminal_safe(room):
        raise BadId(f"{room[:60]!r} is no conversation")
    return room


def check_token(token: str) -> str:
    if not _TOKEN.fullmatch(token):
        raise BadId(f"{token[:60]!r} is not a cursor of many rooms")
    return token
