"""From the bytes of a feed to its events. No I/O.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

_MAX_LINE_BYTES = 1_048_576


class Event(NamedTuple):
    """`kind`: as `hello` or `message`. `cursor`: where to go on after it, as far as it says so."""

    kind: str
    payload: dict[str, Any]
    cursor: str = ""


class NotAFeed(Exception):
    """What arrives is no feed of ours."""


class Frames(Protocol):
    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that this chunk completes; raises NotAFeed."""


class _Lines:
    def __init__(self) -> None:
        self._rest = bytearray()

    def split(self, chunk: bytes) -> list[bytes]:
        self._rest += chunk
        if len(self._rest) > _MAX_LINE_BYTES + len(chunk):
            raise NotAFeed("a line does not end")
        if b"\n" not in chunk:
            return []
        *whole, rest = bytes(self._rest).split(b"\n")
        self._rest = bytearray(rest)
        return whole


class SseFrames:
    """Our own server's framing: LF line ends, one data line, the kind as the event's name."""

    def __init__(self) -> None:
        self._lines = _Lines()
        self._event, self._data, self._id = "", b"", ""

    def feed(self, chunk: bytes) -> Iterator[Event]:
        for line in self._lines.split(chunk):
            name, _, value = line.removesuffix(b"\r").partition(b":")
            value = value.removeprefix(b" ")
            if name == b"event":
                self._event = value.decode(errors="replace")
            elif name == b"id":
                self._id = value.decode(errors="replace")
            elif name == b"data":
                self._data += value
                if len(self._data) > _MAX_LINE_BYTES:
                    raise NotAFeed("an event does not end")
            elif not line.strip():
                if self._data:
                    payload = _parse(self._data)
                    kind = self._event or payload.get("kind", "message")
                    yield Event(kind, payload, self._id)
                self._event, self._data, self._id = "", b"", ""


class NdjsonFrames:
    def __init__(self) -> None:
        self._lines = _Lines()

    def feed(self, chunk: bytes) -> Iterator[Event]:
        for line in self._lines.split(chunk):
            if line.strip():
                payload = _parse(line)
                kind = payload.pop("kind", "") if "id" not in payload else payload.get("kind", "")
                cursor = payload.get("cursor", "")
                yield Event(kind, payload, cursor if isinstance(cursor, str) else "")


def _parse(line: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(line)
    except (ValueError, RecursionError) as exc:
        raise NotAFeed(f"no JSON: {line[:60]!r}") from exc
    if not isinstance(payload, dict):
        raise NotAFeed("no JSON object")
    return payload
