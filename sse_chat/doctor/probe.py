"""The probe: a short feed of timed events, and what an echo tells of a request. No I/O."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sse_chat.formats import FORMATS, to_json

# Sent by the doctor to see whether they arrive.
SENT_HEADERS = {
    "Last-Event-ID": "1700000000000-7",
    "Idempotency-Key": "doctor",
    "X-Doctor": "1",
    "Cache-Control": "no-cache",
}
# What an echo shows. Not cookies nor credentials: a page must not learn them from here.
_SHOWN = ("last-event-id", "idempotency-key", "x-doctor", "cache-control", "via", "accept-encoding")
_HIDDEN = ("authorization", "cookie")


@dataclass(frozen=True, slots=True)
class Plan:
    """`events` after the first, one each `interval_ms`, then `idle_s` of silence, then the end."""

    format: str
    events: int
    interval_ms: int
    idle_s: int = 0

    def steps(self) -> Iterator[float]:
        """Seconds from the start at which something is sent: the first event, …, the end."""
        for number in range(self.events + 1):
            yield number * self.interval_ms / 1000
        yield self.events * self.interval_ms / 1000 + self.idle_s


def prelude(plan: Plan) -> bytes:
    return FORMATS[plan.format].prelude()


def probe_event(plan: Plan, number: int, sent_ms: int) -> bytes:
    is_end = number > plan.events
    payload = {"n": number, "sent_ms": sent_ms}
    return _WRITERS[plan.format]("end" if is_end else "probe", payload)


def _sse(kind: str, payload: dict[str, Any]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), to_json(payload))


def _ndjson(kind: str, payload: dict[str, Any]) -> bytes:
    return to_json({"kind": kind, **payload}) + b"\n"


def _text(kind: str, payload: dict[str, Any]) -> bytes:
    if kind == "end":
        return b"* the end\n"
    return (
        f"* line {payload['n']} left the server after {payload['sent_ms'] / 1000:.1f} s\n".encode()
    )


_WRITERS = {"sse": _sse, "ndjson": _ndjson, "text": _text}


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    shown = {name: headers[name][:200] for name in _SHOWN if name in headers}
    return {**shown, **{name: "(not shown)" for name in _HIDDEN if name in headers}}
