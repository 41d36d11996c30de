"""Entry ids: Redis stream ids, which are also the cursor. No I/O.

Source: https://redis.io/docs/latest/develop/data-types/streams/#entry-ids
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from sse_chat.errors import BadId

_MAX_PART = 2**64 - 1
_ID = re.compile(r"(0|[1-9][0-9]{0,19})-(0|[1-9][0-9]{0,19})", re.ASCII)
# Ids go further than the calendar: up to 2**64 - 1.
_LAST_MS = 253_402_300_799_999
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class EntryId(NamedTuple):
    """`ms` is milliseconds since 1970 by the store's clock; `seq` counts within one."""

    ms: int
    seq: int

    def __str__(self) -> str:
        return f"{self.ms}-{self.seq}"


ZERO = EntryId(0, 0)


def parse_id(text: str) -> EntryId:
    """Both parts in decimal, without leading zeros; raises BadId."""
    match = _ID.fullmatch(text)
    if match:
        entry_id = EntryId(int(match[1]), int(match[2]))
        if max(entry_id) <= _MAX_PART:
            return entry_id
    raise BadId(
        f"{text[:60]!r} is not an id; an id is <milliseconds>-<sequence>, as in 1700000000000-0"
    )


def next_id(entry_id: EntryId) -> EntryId | None:
    """The smallest id above it; None above the greatest."""
    ms, seq = entry_id
    if seq < _MAX_PART:
        return EntryId(ms, seq + 1)
    return EntryId(ms + 1, 0) if ms < _MAX_PART else None


def id_before(entry_id: EntryId) -> EntryId:
    """The greatest id below it; of the smallest the same."""
    ms, seq = entry_id
    if seq:
        return EntryId(ms, seq - 1)
    return EntryId(ms - 1, _MAX_PART) if ms else entry_id


def format_ms(ms: int) -> str:
    """RFC 3339 in UTC with milliseconds: 2026-11-23T09:41:00.000Z; at most the year 9999."""
    ms = min(ms, _LAST_MS)
    return f"{_format_s(ms // 1000)}.{ms % 1000:03d}Z"


# What happens in one second is written by the hundred.
@lru_cache(maxsize=64)
def _format_s(s: int) -> str:
    return (_EPOCH + timedelta(seconds=s)).strftime("%Y-%m-%dT%H:%M:%S")
