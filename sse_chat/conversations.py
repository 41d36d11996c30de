"""A direct conversation as one of its two sides sees it, and the feeds that show it so. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sse_chat.events import Author, Bye, Entry, EphemeralEvent, Gap, Hello, Ping, to_dm
from sse_chat.formats import Format, to_json
from sse_chat.ids import EntryId
from sse_chat.room_names import LABEL, room_path
from sse_chat.visible import make_terminal_safe


@dataclass(frozen=True, slots=True)
class Conversation:
    """`room`: as stored; `other`: who is on the other side, oneself in notes to oneself."""

    room: str
    other: Author

    @property
    def called(self) -> str:
        """The other's name, or their id where the name can stand in no path or list."""
        name = self.other.name
        is_plain = name not in (".", "..") and name == make_terminal_safe(name)
        is_plain = is_plain and not any(char in name for char in "/\\,")
        return name if is_plain else self.other.author_id

    @property
    def label(self) -> str:
        return LABEL + self.called

    @property
    def path(self) -> str:
        return room_path(self.label)

    def rename_json(self, encoded: bytes) -> bytes:
        """With the label as `room`. A text cannot be taken for that: its quotes are escaped."""
        stored = b'"room":%b' % to_json(self.room)
        shown = b'"room":%b,"dm":%b' % (to_json(self.label), to_json(self.called))
        return encoded.replace(stored, shown)

    def rename_paths(self, encoded: bytes) -> bytes:
        return encoded.replace(f"/chat/{self.room}".encode(), self.path.encode())

    def rename_detail(self, detail: str) -> str:
        return detail.replace(self.room, self.label)


class LabelFormat:
    """A format for one reader, in which conversations have the labels that this reader sees."""

    def __init__(self, inner: Format, conversations: Mapping[str, Conversation]) -> None:
        self.name = inner.name
        self.media_type = inner.media_type
        self.content_type = inner.content_type
        self.is_rotated = inner.is_rotated
        self.shows_days = inner.shows_days
        self.has_ids = inner.has_ids
        # Keeps what is encoded for one side apart from the other's.
        labels = sorted(conversation.label for conversation in conversations.values())
        self.cache_name = " ".join((inner.cache_name, *labels))
        self._inner = inner
        self._conversations = conversations

    def _label(self, room: str) -> str:
        found = self._conversations.get(room)
        return room if found is None else found.label

    def prelude(self) -> bytes:
        return self._inner.prelude()

    def hello(self, hello: Hello) -> bytes:
        rooms = tuple(map(self._label, hello.rooms))
        return self._inner.hello(replace(hello, room=self._label(hello.room), rooms=rooms))

    def entry(self, entry: Entry, previous: EntryId | None) -> bytes:
        return self._inner.entry(replace(entry, room=self._label(entry.room)), previous)

    def in_many(self, encoded: bytes, room: str, cursor: str) -> bytes:
        return self._inner.in_many(encoded, self._label(room), cursor)

    def ephemeral(self, event: EphemeralEvent) -> bytes:
        # What is heard of other conversations has their labels already.
        label, data = self._label(event.room), event.data
        if "room" in data and event.room in self._conversations:
            data = {**data, "room": label, **to_dm(label)}
        return self._inner.ephemeral(EphemeralEvent(label, event.kind, data))

    def ping(self, ping: Ping) -> bytes:
        return self._inner.ping(ping)

    def gap(self, gap: Gap) -> bytes:
        return self._inner.gap(replace(gap, room=self._label(gap.room)))

    def bye(self, bye: Bye) -> bytes:
        return self._inner.bye(bye)
