"""The rooms that a request for many names, conversations among them, and where it goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from starlette.requests import Request

from sse_chat.conversations import Conversation, LabelFormat
from sse_chat.errors import Malformed, NotFound
from sse_chat.events import Entry, parse_room
from sse_chat.feed.cursor_token import CursorToken
from sse_chat.feed.many import MAX_ROOMS
from sse_chat.feed.many_open import find_beginning
from sse_chat.feed.pages import Pages
from sse_chat.formats import Format
from sse_chat.ids import ZERO, EntryId, parse_id
from sse_chat.people.direct import DirectMessages
from sse_chat.people.roles import Person
from sse_chat.room_names import LABEL, is_direct
from sse_chat.web.http.requests import services_of
from sse_chat.web.rooms.rooms import readable_rooms

ALL = "*"


class NamedRooms:
    """`rooms`: as stored; conversations are shown by their labels."""

    def __init__(self, person: Person, direct: DirectMessages) -> None:
        self.rooms: list[str] = []
        self._person = person
        self._direct = direct
        self._conversations: dict[str, Conversation] = {}

    def add(self, room: str | Conversation) -> None:
        if isinstance(room, Conversation):
            self._conversations[room.room] = room
            room = room.room
        if room not in self.rooms:
            self.rooms.append(room)

    async def learn(self, room: str) -> None:
        """A room that was made later."""
        if is_direct(room):
            author_id = self._person.author.author_id
            self._conversations[room] = await self._direct.describe(author_id, room)

    def label_of(self, room: str) -> str:
        found = self._conversations.get(room)
        return room if found is None else found.label

    def show(self, entry: Entry) -> Entry:
        return replace(entry, room=self.label_of(entry.room)) if is_direct(entry.room) else entry

    def format_in(self, room: str, fmt: Format) -> Format:
        found = self._conversations.get(room)
        return fmt if found is None else LabelFormat(fmt, {room: found})

    def format_of_all(self, fmt: Format) -> Format:
        """For what the feed says of its rooms, those too that it learns of later."""
        return LabelFormat(fmt, self._conversations) if self._person.is_account else fmt


async def rooms_of(request: Request, person: Person, params: Mapping[str, str]) -> NamedRooms:
    """Those that are named, or all that this person may read; raises Malformed, NotFound."""
    direct = services_of(request).direct
    found, named = NamedRooms(person, direct), params.get("rooms", "")
    if named == ALL:
        for room in await readable_rooms(request, person):
            found.add(room.room)
        for dm in await direct.list_all(person):
            found.add(dm.conversation)
        if len(found.rooms) > MAX_ROOMS:
            raise Malformed(f"rooms=* is {len(found.rooms)} rooms; name up to {MAX_ROOMS} of them")
        if not found.rooms:
            raise NotFound("there is no room here that you may read; sign in, or name one")
        return found
    parts = [part.strip() for part in named.split(",", MAX_ROOMS)] if named else []
    if not 1 <= len(parts) <= MAX_ROOMS:
        raise Malformed(f"rooms is 1 to {MAX_ROOMS} names, as in rooms=lobby,team, or *")
    for part in parts:
        is_label = part.startswith(LABEL)
        found.add(await direct.find_label(person, part) if is_label else parse_room(part))
    return found


@dataclass(frozen=True, slots=True)
class Given:
    """Where to go on: by a token, by the ids of some rooms, which win over it, or in all from the
    oldest kept. `ids`: by the labels of conversations."""

    token: CursorToken | None = None
    ids: Mapping[str, EntryId] = field(default_factory=dict)
    is_oldest: bool = False

    def position_in(self, room: str, label: str) -> EntryId | None:
        if label in self.ids:
            return self.ids[label]
        if self.is_oldest:
            return ZERO
        return self.token.position_in(room) if self.token else None

    async def find_positions(
        self, store: Pages, named: NamedRooms, *, is_all: bool
    ) -> dict[str, EntryId | None]:
        """None: now. Of all rooms, one that was made since the token begins with its first entry.

        Raises StoreUnavailable.
        """
        listed_ms = self.token.listed_ms if self.token and is_all else None
        positions = {}
        for room in named.rooms:
            position = self.position_in(room, named.label_of(room))
            if position is None and listed_ms is not None:
                position = await find_beginning(store, room, listed_ms)
            positions[room] = position
        return positions


def parse_after(value: str) -> Given:
    """`TOKEN`, `0`, `a:ID,b:ID`, or one of the first two with the last; raises BadId, Malformed."""
    head, *rest = value.split(",", MAX_ROOMS)
    if ":" in head:
        return Given(ids=_parse_ids([head, *rest]))
    ids = _parse_ids(rest)
    return Given(ids=ids, is_oldest=True) if head == "0" else Given(CursorToken(head), ids)


def _parse_ids(parts: Sequence[str]) -> dict[str, EntryId]:
    ids = {}
    for part in parts:
        room, _, entry_id = part.strip().rpartition(":")
        if not room.startswith(LABEL):
            parse_room(room)
        ids[room] = ZERO if entry_id == "0" else parse_id(entry_id)
    return ids
