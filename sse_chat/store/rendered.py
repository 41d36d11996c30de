"""Entries of a page, a few milliseconds at a time; those without rendered markup get it here."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sse_chat.events import Entry
from sse_chat.kinds import kind_of
from sse_chat.rendering import render_bounded
from sse_chat.store.records import pair, to_entry
from sse_chat.turns import Turn


async def to_entries(room: str, rows: Iterable[tuple[str, Sequence[str]]]) -> list[Entry]:
    """A page may be megabytes: others have their turn in between."""
    turn = Turn()
    entries = []
    for stored_id, flat in rows:
        entries.append(to_entry(room, stored_id, pair(flat)))
        await turn.give_way()
    return entries


async def with_all_html(entries: list[Entry]) -> list[Entry]:
    """Entries from before markup was kept have none."""
    if all(each.html is not None for each in entries):
        return entries
    turn = Turn()
    rendered = []
    for entry in entries:
        if entry.html is None:
            entry = with_html(entry)
            await turn.give_way()
        rendered.append(entry)
    return rendered


def with_html(entry: Entry) -> Entry:
    """The same, rendered if it is from before markup was kept."""
    if entry.html is not None:
        return entry
    html = render_bounded(entry.text) if kind_of(entry.kind).has_markup else ""
    return replace(entry, html=html)
