"""Entries as the rows of the first page: days, groups, colours. No I/O.

The page's own modules do the same for what comes later, by local time.
"""

from collections.abc import Iterable
from typing import Any

from sse_chat.author_ids import AuthorId
from sse_chat.events import Entry
from sse_chat.ids import format_ms
from sse_chat.kinds import kind_of

_GROUP_MS = 5 * 60 * 1000
_HUES = 12
# What the template asks of a row; alone, it makes the skeleton that the page clones.
BLANK_ROW: dict[str, Any] = {
    **dict.fromkeys(("id", "author", "author_id", "text", "at", "key", "time", "day", "hue"), ""),
    "notice": "",
    **dict.fromkeys(
        ("reply_to", "quote", "html", "reactions", "edited", "guest", "ask", "room", "bot"), None
    ),
    "unfinished": None,
    "is_mention": False,
    "deleted": None,
    "kind": "message",
    "begins_day": False,
    "continues": False,
}


def to_rows(entries: Iterable[Entry], reader_id: str = "") -> list[dict[str, Any]]:
    """JSON entries with `day`, `time`, `hue`, and whether a day or a group begins with them."""
    rows: list[dict[str, Any]] = []
    last: Entry | None = None
    for entry in entries:
        # Edits, deletions and reactions are already in the rows that they are about.
        if not kind_of(entry.kind).is_row:
            continue
        at = format_ms(entry.id.ms)
        payload = entry.as_json()
        rows.append(
            {
                **BLANK_ROW,
                **payload,
                "notice": kind_of(entry.kind).notice(entry),
                "is_mention": reader_id in payload.get("mentions", ()),
                "day": at[:10],
                "time": at[11:16],
                "hue": hue_of(entry.author.author_id),
                "begins_day": last is None or at[:10] != format_ms(last.id.ms)[:10],
                "continues": last is not None and _continues(last, entry),
            }
        )
        last = entry
    return rows


def _continues(last: Entry, entry: Entry) -> bool:
    return (
        last.kind == entry.kind == "message"
        and last.author == entry.author
        and entry.id.ms - last.id.ms < _GROUP_MS
        and entry.extra.reply_to is None
        and not any(each.text.startswith("/me ") for each in (last, entry))
    )


def hue_of(author_id: AuthorId) -> int:
    """Which of the name colours: the same for a person everywhere. js/log/hue.js agrees."""
    found = 0
    for char in author_id:
        found = (found * 31 + ord(char)) & 0xFFFFFFFF
    return found % _HUES
