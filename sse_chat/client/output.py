"""What the client writes: entries on stdout, notices on stderr. Nothing that a terminal obeys."""

import json
import re
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

from sse_chat.events import Author, Entry, Extra, Gap
from sse_chat.formats import Text
from sse_chat.ids import EntryId, parse_id
from sse_chat.visible import make_terminal_safe

Write = Callable[[dict[str, Any]], bytes]
# JSON escapes C0 by itself. C1, DEL and what overrides the direction of text it would let through.
_UNSAFE = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class NdjsonOutput:
    def entry(self, shape: dict[str, Any]) -> bytes:
        return to_safe_json(shape)

    def gap(self, shape: dict[str, Any]) -> bytes:
        return to_safe_json({"kind": "gap", **shape})


class TextOutput:
    """Like the server's own text format."""

    def __init__(self) -> None:
        self._text = Text()
        self._previous: EntryId | None = None

    def entry(self, shape: dict[str, Any]) -> bytes:
        entry = _entry_of(shape)
        written = self._text.entry(entry, self._previous)
        self._previous = entry.id
        return written

    def gap(self, shape: dict[str, Any]) -> bytes:
        oldest = shape.get("oldest")
        gap = Gap(
            parse_id(shape["after"]), parse_id(oldest) if oldest else None, str(shape["reason"])
        )
        return self._text.gap(gap)


OUTPUTS: dict[str, type[NdjsonOutput] | type[TextOutput]] = {
    "text": TextOutput,
    "ndjson": NdjsonOutput,
}


def to_safe_json(shape: Any) -> bytes:
    line = json.dumps(shape, ensure_ascii=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", line).encode() + b"\n"


def _entry_of(shape: dict[str, Any]) -> Entry:
    target = shape.get("target")
    return Entry(
        parse_id(shape["id"]),
        str(shape.get("room", "")),
        Author(str(shape.get("author") or ""), str(shape.get("author_id") or "")),
        str(shape.get("text") or ""),
        kind=str(shape.get("kind", "message")),
        target=parse_id(target) if target else None,
        extra=Extra(removed=shape.get("removed") is True),
    )


class Printer:
    """stdout, flushed at each write."""

    def __init__(self, form: NdjsonOutput | TextOutput, out: BinaryIO | None = None) -> None:
        self._form = form
        self._out = out or sys.stdout.buffer

    def entry(self, shape: dict[str, Any]) -> None:
        self._write(self._form.entry(shape))

    def gap(self, shape: dict[str, Any]) -> None:
        self._write(self._form.gap(shape))

    def _write(self, line: bytes) -> None:
        self._out.write(line)
        self._out.flush()


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
