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
        if entry.html is None and kind_of(entry.kind).has_markup:
            rendered.append(replace(entry, html=render_bounded(entry.text)))
            await turn.give_way()
        else:
            rendered.append(entry)
    return rendered
