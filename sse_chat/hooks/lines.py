"""Lines of a rendering: short, few, and each from anyone's JSON. No I/O."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

MAX_LINES = 10
_MAX_CHARS = 300
# Of a body, which may consist of nothing but small parts; no more of them is read.
_MAX_PARTS = 2000


def text_of(payload: object, *path: str | int) -> str:
    """The string or number at the end of the path, on one line; "" where there is none."""
    for name in path:
        if isinstance(payload, Mapping) and isinstance(name, str):
            payload = payload.get(name)
        elif isinstance(payload, list) and isinstance(name, int) and len(payload) > name:
            payload = payload[name]
        else:
            return ""
    if isinstance(payload, bool) or not isinstance(payload, str | int | float):
        return ""
    return " ".join(str(payload).split())


def body_of(payload: object, name: str) -> str:
    """As `text_of`, with its line ends."""
    value = payload.get(name) if isinstance(payload, Mapping) else None
    return value.strip() if isinstance(value, str) else ""


def list_of(payload: object, name: str) -> list[Any]:
    value = payload.get(name) if isinstance(payload, Mapping) else None
    return value if isinstance(value, list) else []


def object_of(payload: object, name: str) -> Mapping[str, Any]:
    value = payload.get(name) if isinstance(payload, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def join(*parts: str, by: str = " ") -> str:
    """Those that say something."""
    return by.join(part for part in parts if part)


def compose(lines: Iterable[str], max_bytes: int) -> str:
    """At most ten lines, none long, none blank, within the limit of a message."""
    parts, flat, count, link = iter(lines), list[str](), 0, ""
    for line in islice(parts, _MAX_PARTS):
        for part in line.splitlines():
            if part.strip():
                count += 1
                flat += [part] if count <= MAX_LINES else []
                link = part if count >= MAX_LINES and "://" in part else link
    if count > MAX_LINES:
        # Where it leads stands at the end of most.
        shown = [*flat[: MAX_LINES - 2], link] if link else flat[: MAX_LINES - 1]
        over = "over " if next(parts, None) is not None else ""
        more = f"… and {over}{count - len(shown)} more lines"
        flat = [*shown[: MAX_LINES - 2], more, link] if link else [*shown, more]
    short = [line if len(line) <= _MAX_CHARS else line[: _MAX_CHARS - 1] + "…" for line in flat]
    return cut("\n".join(short), max_bytes)


def cut(text: str, max_bytes: int) -> str:
    raw = text.encode(errors="replace")
    if len(raw) <= max_bytes:
        return raw.decode()
    return raw[: max_bytes - 3].decode(errors="ignore") + "…"
