"""What the client writes: entries on stdout, notices on stderr. Nothing that a terminal obeys."""

import asyncio
import json
import os
import re
import select
import stat
import sys
from typing import Any, BinaryIO

from sse_chat.author_ids import AuthorId
from sse_chat.events import Author, Entry, EphemeralEvent, Gap
from sse_chat.extras import Extra
from sse_chat.formats import Text
from sse_chat.ids import EntryId, format_ms, parse_id
from sse_chat.visible import make_terminal_safe

_LOOK_EVERY_S = 0.5
# JSON escapes C0 by itself. C1, DEL and what overrides the direction of text it would let through.
_UNSAFE = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class NdjsonOutput:
    def entry(self, payload: dict[str, Any]) -> bytes:
        return to_safe_json(payload)

    def gap(self, payload: dict[str, Any]) -> bytes:
        return to_safe_json({"kind": "gap", **payload})

    def left(self, payload: dict[str, Any]) -> bytes:
        return to_safe_json({"kind": "left", **payload})


class TextOutput:
    """Like the server's own text format."""

    def __init__(self) -> None:
        self._text = Text()
        self._previous: EntryId | None = None
        self._day = ""

    def entry(self, payload: dict[str, Any]) -> bytes:
        entry = _entry_of(payload)
        written = self._text.entry(entry, self._previous)
        self._previous = entry.id
        return written

    def gap(self, payload: dict[str, Any]) -> bytes:
        oldest = payload.get("oldest")
        gap = Gap(
            parse_id(payload["after"]),
            parse_id(oldest) if oldest else None,
            make_terminal_safe(str(payload["reason"])),
            room=make_terminal_safe(str(payload.get("room", ""))),
        )
        return self._text.gap(gap)

    def left(self, payload: dict[str, Any]) -> bytes:
        reason = make_terminal_safe(str(payload.get("reason")))
        return self._text.ephemeral(EphemeralEvent(payload["room"], "left", {"reason": reason}))


class TextOfRooms(TextOutput):
    """Each line with its room, as the server's text of many rooms."""

    def entry(self, payload: dict[str, Any]) -> bytes:
        entry, day = _entry_of(payload), format_ms(parse_id(payload["id"]).ms)[:10]
        written = self._text.in_many(self._text.entry(entry, None), entry.room, "")
        if day == self._day:
            return written
        self._day = day
        return f"* {day}\n".encode() + written


OUTPUTS: dict[str, type[NdjsonOutput] | type[TextOutput]] = {
    "text": TextOutput,
    "ndjson": NdjsonOutput,
}
OUTPUTS_OF_ROOMS = {**OUTPUTS, "text": TextOfRooms}


def to_safe_json(payload: Any) -> bytes:
    line = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", line).encode() + b"\n"


def _entry_of(payload: dict[str, Any]) -> Entry:
    target = payload.get("target")
    return Entry(
        parse_id(payload["id"]),
        str(payload.get("room", "")),
        Author(str(payload.get("author") or ""), AuthorId(str(payload.get("author_id") or ""))),
        str(payload.get("text") or ""),
        kind=str(payload.get("kind", "message")),
        target=parse_id(target) if target else None,
        extra=Extra(
            removed=payload.get("removed") is True, unfinished=payload.get("unfinished") is True
        ),
        is_edited=payload.get("edited") is True,
    )


class Printer:
    """stdout, flushed at each write."""

    def __init__(self, form: NdjsonOutput | TextOutput, out: BinaryIO | None = None) -> None:
        self._form = form
        self._out = out or sys.stdout.buffer

    def entry(self, payload: dict[str, Any]) -> None:
        self._write(self._form.entry(payload))

    def gap(self, payload: dict[str, Any]) -> None:
        self._write(self._form.gap(payload))

    def left(self, payload: dict[str, Any]) -> None:
        self._write(self._form.left(payload))

    def _write(self, line: bytes) -> None:
        self._out.write(line)
        self._out.flush()


async def watch_reader() -> None:
    """Runs while somebody may read stdout: a pipe whose other end has gone raises BrokenPipeError,
    in a silent room too."""
    descriptor = sys.stdout.fileno()
    # Windows has none, and knows of it at the next write.
    if not hasattr(select, "poll") or not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        await asyncio.Event().wait()
    watch = select.poll()
    watch.register(descriptor, select.POLLERR)
    while True:
        if watch.poll(0):
            raise BrokenPipeError
        await asyncio.sleep(_LOOK_EVERY_S)


class Notices:
    """One line on stderr for each change of state, said once."""

    def __init__(self, *, is_quiet: bool) -> None:
        self._is_quiet = is_quiet
        self._last = ""
        self.is_away = False

    def say(self, notice: str) -> None:
        if notice != self._last and not self._is_quiet:
            print(f"sse-chat: {make_terminal_safe(notice)}", file=sys.stderr, flush=True)
        self._last = notice
