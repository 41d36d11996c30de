"""LineFormat: one short line an event, so that what a feed sends is cheap to judge."""

from sse_chat.events import Bye, Entry, EphemeralEvent, Gap, Hello, Ping
from sse_chat.ids import EntryId


class LineFormat:
    """The word of the event, then its members, by blanks; `-` where there is none."""

    media_type = content_type = "text/plain"

    def __init__(self, name: str, *, is_rotated: bool, shows_days: bool, has_ids: bool) -> None:
        self.name = self.cache_name = name
        self.has_ids = has_ids
        self.is_rotated = is_rotated
        self.shows_days = shows_days

    def prelude(self) -> bytes:
        return b""

    def hello(self, hello: Hello) -> bytes:
        return f"hello {hello.position}\n".encode()

    def entry(self, entry: Entry, previous: EntryId | None) -> bytes:
        return entry_line(entry).encode()

    def in_many(self, encoded: bytes, room: str, cursor: str) -> bytes:
        return b"in %b %b %b" % (room.encode(), cursor.encode() or b"-", encoded)

    def ephemeral(self, event: EphemeralEvent) -> bytes:
        return b"note\n"

    def ping(self, ping: Ping) -> bytes:
        return f"ping {ping.cursor}\n".encode()

    def gap(self, gap: Gap) -> bytes:
        line = gap_line(gap).encode()
        return self.in_many(line, gap.room, "") if gap.room else line

    def bye(self, bye: Bye) -> bytes:
        return f"bye {bye.reason}\n".encode()


def entry_line(entry: Entry) -> str:
    quote = entry.quote.text if entry.quote else "-"
    return f"{entry.kind} {entry.id} {entry.text or '-'} {entry.target or '-'} {quote}\n"


def gap_line(gap: Gap) -> str:
    return f"gap {gap.reason} {gap.after} {gap.oldest or '-'}\n"


FORMATS = (
    LineFormat("sse", is_rotated=True, shows_days=False, has_ids=True),
    LineFormat("text", is_rotated=False, shows_days=True, has_ids=False),
)
