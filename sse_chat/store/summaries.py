"""What is said of rooms, of people in them, and of what is unread. Values only."""

from dataclasses import dataclass

from sse_chat.events import Author
from sse_chat.ids import EntryId


@dataclass(frozen=True, slots=True)
class RoomSummary:
    room: str
    last_id: EntryId
    present: int
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """`seen_s`: the second of the last sign."""

    author: Author
    seen_s: int
    is_here: bool


@dataclass(frozen=True, slots=True)
class Unread:
    """`unread` and `mentions` count up to 100."""

    room: str
    read: EntryId
    last_id: EntryId
    unread: int
    mentions: int
