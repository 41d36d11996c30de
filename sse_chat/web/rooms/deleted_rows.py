"""Lines of the first page in place of messages that were deleted. No I/O.

js/log/deleted.js does the same for what comes later.
"""

from collections.abc import Sequence
from typing import Any

from sse_chat.events import Entry
from sse_chat.ids import ZERO, EntryId, format_ms, parse_id
from sse_chat.kinds import kind_of
from sse_chat.store.erasing import ERASED

Deleted = tuple[EntryId, str]


def find_deleted(
    entries: Sequence[Entry], *, has_more: bool
) -> tuple[list[Deleted], list[Deleted]]:
    """The ids of messages and who deleted them: within the page in order, and above it."""
    found = sorted(
        (entry.target, "" if entry.author.author_id == ERASED.author_id else entry.author.name)
        for entry in entries
        if kind_of(entry.kind).deletes_target and entry.target is not None
    )
    first = entries[0].id if has_more and entries else ZERO
    return [each for each in found if each[0] >= first], [each for each in found if each[0] < first]


def with_deleted(rows: list[dict[str, Any]], deleted: list[Deleted]) -> list[dict[str, Any]]:
    """Several in a row by one person are one line: `deleted` has their ids, `author` the name."""
    result: list[dict[str, Any]] = []
    waiting = list(deleted)
    for row in rows:
        above = [each for each in waiting if each[0] < parse_id(row["id"])]
        if above:
            _add(result, above, row)
            waiting = waiting[len(above) :]
        result.append(row)
    _add(result, waiting)
    return result


def _add(
    result: list[dict[str, Any]], deleted: list[Deleted], below: dict[str, Any] | None = None
) -> None:
    """They interrupt the group of the row below them, and stand below the line of its day."""
    lines: list[dict[str, Any]] = []
    for entry_id, by in deleted:
        if lines and lines[-1]["author"] == by:
            lines[-1]["deleted"].append(str(entry_id))
            continue
        day = format_ms(entry_id.ms)[:10]
        begins_day = below is not None and below["begins_day"] and below["day"] == day
        if below is not None and begins_day:
            below["begins_day"] = False
        lines.append(
            {"deleted": [str(entry_id)], "author": by, "day": day, "begins_day": begins_day}
        )
    if below is not None:
        below["continues"] = False
    result += lines
