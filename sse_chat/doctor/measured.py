"""What was measured on a path, by whichever client; read with care, as a browser sends it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
FEEDS = {
    "sse": "event stream by GET",
    "ndjson": "NDJSON by GET",
    "post": "NDJSON by POST",
}
_MAX_EVENTS = 50
_MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class FeedReading:
    """`events`: pairs of milliseconds, when it left by the server's clock and when it came by
    the client's, each from the start of its own side. `end`: whole, cut, silent or refused."""

    events: tuple[tuple[float, float], ...] = ()
    end: str = "refused"
    head_ms: float | None = None
    encoding: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """`problem`: what answered instead of us, or why nothing did; "" when we did."""

    url: str
    problem: str = ""
    reached_ms: float | None = None
    client: str = ""
    scheme: str = ""
    http_version: str = ""
    proxy: str = ""
    certificate: str = ""
    on_the_way: tuple[str, ...] = ()
    has_untrusted_proxy: bool = False
    feeds: Mapping[str, FeedReading] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)
    """What came of each verb: "" when it arrived, else what answered."""
    lost_headers: tuple[str, ...] = ()
    poll_s: float | None = None
    poll_problem: str = ""
    body_sent: int = 0
    body_problem: str = ""
    is_cached: bool = False
    answers_as: str = ""
    """The version of HTTP in which answers come, where the client knows it."""
    serves_one: bool = False
    """The path serves one request at a time."""
    idle_s: int = 0
    idle_cut_s: float | None = None
    problem_code: int = 0
    """The exit code that belongs to the problem, where the client knows it."""


def read_measured(payload: Any) -> Measured:
    """From the JSON that a page sends; what is not as expected is left out."""
    payload = payload if isinstance(payload, dict) else {}
    feeds = payload.get("feeds")
    known = {name: read for name, read in _FIELDS.items() if name in payload}
    values: dict[str, Any] = {name: read(payload[name]) for name, read in known.items()}
    values.setdefault("url", "")
    if isinstance(feeds, dict):
        values["feeds"] = {name: _feed(feeds[name]) for name in FEEDS if name in feeds}
    return Measured(**values)


def _feed(payload: Any) -> FeedReading:
    payload = payload if isinstance(payload, dict) else {}
    events = payload.get("events")
    pairs = [
        (_number(pair[0]), _number(pair[1]))
        for pair in (events if isinstance(events, list) else [])[:_MAX_EVENTS]
        if isinstance(pair, list) and len(pair) == 2
    ]
    end = payload.get("end")
    return FeedReading(
        tuple(pairs),
        end if end in ("whole", "cut", "silent") else "refused",
        _maybe_number(payload.get("head_ms")),
        _text(payload.get("encoding")),
        _text(payload.get("detail")),
    )


def _text(value: Any) -> str:
    return value[:_MAX_TEXT] if isinstance(value, str) else ""


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_text(each) for each in value[:20]) if isinstance(value, list) else ()


def _number(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(min(max(value, 0), 10**9)) if is_number and value == value else 0.0


def _maybe_number(value: Any) -> float | None:
    return None if value is None else _number(value)


def _methods(value: Any) -> dict[str, str]:
    payload = value if isinstance(value, dict) else {}
    return {name: _text(payload[name]) for name in METHODS if name in payload}


_FIELDS: dict[str, Callable[[Any], Any]] = {
    "url": _text,
    "problem": _text,
    "reached_ms": _maybe_number,
    "client": _text,
    "scheme": _text,
    "http_version": _text,
    "proxy": _text,
    "certificate": _text,
    "on_the_way": _texts,
    "has_untrusted_proxy": bool,
    "methods": _methods,
    "lost_headers": _texts,
    "poll_s": _maybe_number,
    "poll_problem": _text,
    "body_sent": lambda value: int(_number(value)),
    "body_problem": _text,
    "is_cached": bool,
    "answers_as": _text,
    "serves_one": bool,
    "idle_s": lambda value: int(_number(value)),
    "idle_cut_s": _maybe_number,
}
