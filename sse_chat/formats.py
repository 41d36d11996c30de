"""How an entry becomes bytes: one encoder a format, in the table FORMATS. No I/O.

To add a format, write an encoder with the methods of `Format` and give it a row in FORMATS.
"""

import re
from typing import Any, Protocol

import orjson

from sse_chat.events import Bye, Entry, EphemeralEvent, Gap, Hello, Ping
from sse_chat.ids import EntryId, format_ms
from sse_chat.kinds import kind_of
from sse_chat.visible import escape_name, make_terminal_safe

# Antivirus previews and some proxies hold the first kilobytes of an answer back.
PRELUDE_BYTES = 4096

# A client that was told to stay away for long must come back fast after the next plain cut.
_RETRY_MS = 1500


class Format(Protocol):
    """Encoders of one feed; each gives the bytes of one whole event."""

    name: str
    cache_name: str
    """Entries that are encoded under one of these are the same for all who read them."""
    media_type: str
    content_type: str
    is_rotated: bool
    shows_days: bool
    """Whether an entry's bytes depend on the entry before it."""
    has_ids: bool
    """Whether an entry's bytes begin with the position behind it."""

    def prelude(self) -> bytes: ...
    def hello(self, hello: Hello) -> bytes: ...
    def entry(self, entry: Entry, previous: EntryId | None) -> bytes:
        """`previous` is the id of the entry before it on this feed, None for the first."""

    def in_many(self, encoded: bytes, room: str, cursor: str) -> bytes:
        """An entry's bytes, as `entry` made them, on a feed of many rooms; without its day."""

    def ephemeral(self, event: EphemeralEvent) -> bytes:
        """b"" in a format that leaves it out."""

    def ping(self, ping: Ping) -> bytes: ...
    def gap(self, gap: Gap) -> bytes: ...
    def bye(self, bye: Bye) -> bytes: ...


def to_json(payload: Any) -> bytes:
    """One line to whoever reads lines, and without what a terminal obeys: curl shows JSON too."""
    line = orjson.dumps(payload)
    if line.isascii():
        return line
    text = line.decode()
    # Looking is fast where there is none, and translating where there are thousands.
    return text.translate(_ESCAPES).encode() if _ESCAPED.search(text) else line


# C1, what overrides the direction of text, and the line breaks that JSON may have as they are while
# many readers of lines, Python's and httpx's too, end a line there. JSON escapes C0 by itself.
_ESCAPED = re.compile("[\x80-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_ESCAPES = {code: f"\\u{code:04x}" for code in range(0x2070) if _ESCAPED.match(chr(code))}


class Sse:
    """Server-sent events. Source: https://html.spec.whatwg.org/multipage/server-sent-events.html"""

    name = cache_name = "sse"
    media_type = "text/event-stream"
    content_type = "text/event-stream; charset=utf-8"
    is_rotated = True
    shows_days = False
    has_ids = True

    # Without a blank line: it stands in the block of `hello`. Some clients hand a block of comments
    # alone on as an event without data, which their applications then parse as JSON.
    _prelude = b":" + b" " * PRELUDE_BYTES + b"\n"

    def prelude(self) -> bytes:
        return self._prelude

    def hello(self, hello: Hello) -> bytes:
        begin = f"retry: {_RETRY_MS}\nevent: hello\nid: {hello.position}\n"
        return _event(begin, hello.as_json())

    def entry(self, entry: Entry, previous: EntryId | None) -> bytes:
        event = "" if entry.kind == "message" else f"event: {entry.kind}\n"
        return _event(f"id: {entry.id}\n{event}", entry.as_json())

    def in_many(self, encoded: bytes, room: str, cursor: str) -> bytes:
        return b"id: %b%b" % (cursor.encode(), encoded[encoded.index(b"\n") :])

    def ephemeral(self, event: EphemeralEvent) -> bytes:
        return _event(f"event: {event.kind}\n", event.data)

    def ping(self, ping: Ping) -> bytes:
        return _event(f"event: ping\nid: {ping.cursor}\n", ping.as_json())

    def gap(self, gap: Gap) -> bytes:
        return _event("event: gap\n", gap.as_json())

    def bye(self, bye: Bye) -> bytes:
        return _event(f"retry: {bye.retry_ms}\nevent: bye\n", bye.as_json())


def _event(begin: str, payload: dict[str, Any]) -> bytes:
    return b"%bdata: %b\n\n" % (begin.encode(), to_json(payload))


class Ndjson:
    """One JSON object a line; what is not an entry has its word as `kind`."""

    name = cache_name = "ndjson"
    media_type = "application/x-ndjson"
    content_type = "application/x-ndjson"
    is_rotated = True
    shows_days = False
    has_ids = False

    def _line(self, kind: str, payload: dict[str, Any]) -> bytes:
        return to_json({"kind": kind, **payload}) + b"\n"

    def prelude(self) -> bytes:
        return self._line("prelude", {"padding": " " * PRELUDE_BYTES})

    def hello(self, hello: Hello) -> bytes:
        return self._line("hello", hello.as_json())

    def entry(self, entry: Entry, previous: EntryId | None) -> bytes:
        return to_json(entry.as_json()) + b"\n"

    def in_many(self, encoded: bytes, room: str, cursor: str) -> bytes:
        return encoded

    def ephemeral(self, event: EphemeralEvent) -> bytes:
        return self._line(event.kind, event.data)

    def ping(self, ping: Ping) -> bytes:
        return self._line("ping", ping.as_json())

    def gap(self, gap: Gap) -> bytes:
        return self._line("gap", gap.as_json())

    def bye(self, bye: Bye) -> bytes:
        return self._line("bye", bye.as_json())


class Text:
    """For a terminal: `[09:41] ann: hello`; all else on lines that start with `*`."""

    name = cache_name = "text"
    media_type = "text/plain"
    content_type = "text/plain; charset=utf-8"
    is_rotated = False
    shows_days = True
    has_ids = False

    def prelude(self) -> bytes:
        return b""

    def hello(self, hello: Hello) -> bytes:
        rooms = f"rooms {', '.join(hello.rooms)}" if hello.token else f"room {hello.room}"
        return (
            f"* hello: {rooms}, cursor {hello.position}, heartbeat {hello.heartbeat_s} s, "
            f"server {hello.server}, now {format_ms(hello.now_ms)}\n"
        ).encode()

    def entry(self, entry: Entry, previous: EntryId | None) -> bytes:
        at = format_ms(entry.id.ms)
        is_new_day = previous is None or format_ms(previous.ms)[:10] != at[:10]
        day = f"* {at[:10]}\n" if is_new_day else ""
        lines = [
            make_terminal_safe(line)
            for line in _LINE_BREAK.split(kind_of(entry.kind).describe(entry))
        ]
        body = "\n        ".join(lines)
        name = escape_name(make_terminal_safe(entry.author.name))
        return f"{day}[{at[11:16]}] {name}{body}\n".encode()

    def in_many(self, encoded: bytes, room: str, cursor: str) -> bytes:
        if encoded.startswith(b"*"):
            encoded = encoded[encoded.index(b"\n") + 1 :]
        time, _, rest = encoded.partition(b" ")
        return b"%b #%b %b" % (time, room.encode(), rest)

    def ephemeral(self, event: EphemeralEvent) -> bytes:
        if event.kind == "left":
            return f"* left #{event.room}: {event.data['reason']}\n".encode()
        if event.kind in ("muted", "unmuted"):
            return f"* {make_terminal_safe(event.data['detail'])}\n".encode()
        return b""

    def ping(self, ping: Ping) -> bytes:
        return b"* store away\n" if ping.store_is_away else b"*\n"

    def gap(self, gap: Gap) -> bytes:
        kept = "nothing older is kept" if gap.oldest is None else f"the oldest kept is {gap.oldest}"
        where = f" of #{gap.room}" if gap.room else ""
        missing = f"entries{where} after {gap.after} are missing ({gap.reason})"
        return f"* gap: {missing}; {kept}\n".encode()

    def bye(self, bye: Bye) -> bytes:
        if bye.detail:
            return f"* bye: {bye.detail}\n".encode()
        return f"* bye: {bye.reason}, come back in {bye.retry_ms / 1000:.1f} s\n".encode()


_LINE_BREAK = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")

FORMATS: dict[str, Format] = {each.name: each for each in (Sse(), Ndjson(), Text())}
