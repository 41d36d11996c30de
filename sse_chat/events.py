"""What can happen in a room, and what a feed says about itself. Values only, no I/O."""

from dataclasses import dataclass
from typing import Any

from sse_chat.author_ids import AuthorId, is_hook
from sse_chat.extras import NOTHING_MORE, Extra, Quote, Reaction
from sse_chat.ids import ZERO, EntryId, format_ms
from sse_chat.kinds import kind_of
from sse_chat.questions import Answer
from sse_chat.room_names import LABEL
from sse_chat.room_names import parse_room as parse_room


@dataclass(frozen=True, slots=True)
class Author:
    """Who speaks. `author_id` stays the same while the name may change."""

    name: str
    author_id: AuthorId
    guest: bool = True


@dataclass(frozen=True, slots=True)
class Draft:
    """An event on its way into the store; the store gives it its id."""

    room: str
    author: Author
    text: str
    key: str | None = None
    kind: str = "message"
    target: EntryId | None = None
    extra: Extra = NOTHING_MORE


@dataclass(frozen=True, slots=True)
class Entry:
    """An event with the id that the store gave it.

    `html`: the text with its markup, "" where there is none; None in an entry from before it was
    kept, until the store's `with_html` has rendered it. `is_damaged`: not as it was written.
    """

    id: EntryId
    room: str
    author: Author
    text: str
    key: str | None = None
    kind: str = "message"
    target: EntryId | None = None
    extra: Extra = NOTHING_MORE
    is_edited: bool = False
    reactions: tuple[Reaction, ...] = ()
    quote: Quote | None = None
    html: str | None = None
    is_damaged: bool = False
    answer: Answer | None = None

    @property
    def text_bytes(self) -> int:
        """Of the text as UTF-8."""
        return len(self.text) if self.text.isascii() else len(self.text.encode(errors="replace"))

    @property
    def edited_id(self) -> EntryId | None:
        """The message that has the text of this entry from now on."""
        return self.target if kind_of(self.kind).edits_target else None

    @property
    def deleted_id(self) -> EntryId | None:
        """The message that is gone from now on."""
        return self.target if kind_of(self.kind).deletes_target else None

    def as_json(self) -> dict[str, Any]:
        payload: dict[str, Any] = {
            "id": str(self.id),
            "kind": self.kind,
            "room": self.room,
            "author": self.author.name,
            "author_id": self.author.author_id,
            "text": self.text,
            "at": format_ms(self.id.ms),
            "key": self.key,
            "guest": self.author.guest,
        }
        if self.room.startswith(LABEL):
            payload |= to_dm(self.room)
        if is_hook(self.author.author_id):
            payload["bot"] = True
        if self.target is not None:
            payload["target"] = str(self.target)
        if self.extra is not NOTHING_MORE or kind_of(self.kind).is_undoable:
            payload |= self.extra.as_json(is_undoable=kind_of(self.kind).is_undoable)
        if self.extra.ask is not None:
            answer = self.answer.as_json() if self.answer else None
            payload["ask"] = {**self.extra.ask.as_json(), "answer": answer}
            if self.answer and not answer:
                payload["ask"]["withdrawn"] = True
        if self.quote is not None:
            payload["quote"] = {"author": self.quote.author, "text": self.quote.text}
        if self.is_edited:
            payload["edited"] = True
        if self.reactions:
            payload["reactions"] = [reaction.as_json() for reaction in self.reactions]
        if self.is_damaged:
            payload["damaged"] = True
        if self.html:
            payload["html"] = self.html
        return payload


def to_dm(room: str) -> dict[str, str]:
    """Whom a conversation is with, by its label; nothing for a room."""
    return {"dm": room.removeprefix(LABEL)} if room.startswith(LABEL) else {}


@dataclass(frozen=True, slots=True)
class Hello:
    """The first thing that a feed says. `cursor` is the position before its first entry."""

    room: str
    cursor: EntryId
    heartbeat_s: int
    server: str
    now_ms: int
    rooms: tuple[str, ...] = ()
    """Of a feed of many rooms, whose cursor is a token."""
    token: str = ""

    @property
    def position(self) -> str:
        return self.token or str(self.cursor)

    def as_json(self) -> dict[str, Any]:
        return {
            **({"rooms": list(self.rooms)} if self.token else {"room": self.room}),
            **({} if self.token else to_dm(self.room)),
            "cursor": self.position,
            "heartbeat": self.heartbeat_s,
            "server": self.server,
            "now": format_ms(self.now_ms),
        }


@dataclass(frozen=True, slots=True)
class EphemeralEvent:
    """Something that passes: it has no id, and is neither kept nor told again.

    `kind` is `typing`, `presence` or `activity`; `data` its members as JSON has them.
    """

    room: str
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ping:
    cursor: EntryId | str
    store_is_away: bool = False

    def as_json(self) -> dict[str, Any]:
        payload: dict[str, Any] = {"cursor": str(self.cursor)}
        if self.store_is_away:
            payload["store"] = "away"
        return payload


@dataclass(frozen=True, slots=True)
class Gap:
    """Entries after `after` are gone. `oldest` is the oldest kept, None in an empty room.

    `room`: which, on a feed of many.
    """

    after: EntryId
    oldest: EntryId | None
    reason: str
    room: str = ""

    def as_json(self) -> dict[str, Any]:
        oldest = None if self.oldest is None else str(self.oldest)
        room = {"room": self.room} if self.room else {}
        return {**room, "after": str(self.after), "oldest": oldest, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Bye:
    reason: str
    retry_ms: int
    detail: str = ""

    def as_json(self) -> dict[str, Any]:
        detail = {"detail": self.detail} if self.detail else {}
        return {"reason": self.reason, "retry_ms": self.retry_ms, **detail}


@dataclass(frozen=True, slots=True)
class StreamEnds:
    """Both ends of a room as the store has them.

    `newest` is the last id ever given, `first` the first; `trimmed` counts the entries that
    retention took away, the last of which was `newest_trimmed`, None when that is not known.
    """

    oldest: EntryId | None
    newest: EntryId
    trimmed: int
    first: EntryId = ZERO
    newest_trimmed: EntryId | None = None


def find_gap(cursor: EntryId, ends: StreamEnds) -> Gap | None:
    """The gap that a reader at `cursor` must be told of, or None.

    XREAD says nothing of either case: from a trimmed id it starts at the oldest entry,
    from an id beyond the newest it waits for ever.
    """
    if cursor > ends.newest:
        return Gap(cursor, ends.oldest, "reset")
    if ends.trimmed and cursor < (ends.newest_trimmed or ends.oldest or ends.newest):
        return Gap(cursor, ends.oldest, "trimmed")
    # A real cursor from before all that this store ever had is of an earlier store.
    if cursor.ms >= _EARLIEST_MS and cursor < ends.first:
        return Gap(cursor, ends.oldest, "trimmed")
    return None


# No store is older than Redis Streams are: smaller ids were made up, not given.
_EARLIEST_MS = 1_514_764_800_000  # 2018-01-01
