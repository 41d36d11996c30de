"""Moments as people write them in `since`: `10m`, `2026-11-23T09:41`, milliseconds. No I/O."""

import re
from datetime import UTC, datetime

from sse_chat.durations import parse_duration
from sse_chat.errors import Malformed

# What `date +%s%3N`, JavaScript and our own ids count in, and what `date +%s` does.
_EPOCH_MS = re.compile(r"\d{13}", re.ASCII)
_EPOCH_S = re.compile(r"\d{10}", re.ASCII)
_AGO = re.compile(r"\d{1,9}[smhdw]", re.ASCII)
_MAX_MS = 253_402_300_799_000  # The end of the year 9999.


def parse_since(value: str, now_ms: int) -> int:
    """Milliseconds since 1970; a time without a zone is UTC. Raises Malformed."""
    if _EPOCH_MS.fullmatch(value):
        return int(value)
    if _EPOCH_S.fullmatch(value):
        return int(value) * 1000
    if _AGO.fullmatch(value):
        return max(now_ms - parse_duration(value) * 1000, 0)
    try:
        # A "+" that was not escaped in a query is a blank by now.
        at = datetime.fromisoformat(value.replace(" ", "+") if "T" in value else value)
        at_ms = int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        at_ms = -1
    if not 0 <= at_ms <= _MAX_MS or not value.isascii():
        raise Malformed(
            f"since={value[:40]!r}: allowed are 30s, 10m, 2h, 7d, a time as 2026-11-23T09:41:00Z, "
            "or milliseconds since 1970"
        )
    return at_ms
