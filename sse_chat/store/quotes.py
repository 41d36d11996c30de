"""Quotes: what a reply answers, looked up whenever the reply is read.

A reply keeps only the id, so that a message that was deleted is quoted nowhere.
"""

from collections.abc import Sequence
from dataclasses import replace

from sse_chat.events import Entry
from sse_chat.extras import Quote
from sse_chat.rendering import begin_plain
from sse_chat.store.keys import Keys
from sse_chat.store.links import SlotPipelines
from sse_chat.store.pipeline import Pipeline
from sse_chat.store.records import pair, to_entry
from sse_chat.store.scripts import load_script
from sse_chat.turns import Turn

_QUOTED = load_script("read_quoted")

_MAX_CHARS = 140


class Quotes:
    def __init__(self, reads: Pipeline | SlotPipelines, keys: Keys) -> None:
        self._reads = reads
        self._keys = keys

    async def add(self, room: str, entries: list[Entry]) -> list[Entry]:
        """The same, replies with their quotes; asks the store only where there are replies."""
        wanted = {
            str(entry.extra.reply_to) for entry in entries if entry.extra.reply_to is not None
        }
        if not wanted:
            return entries
        keys = [self._keys.room(room), self._keys.edits(room)]
        found = await self._reads.run(_QUOTED, keys, *wanted)
        turn = Turn()
        quotes: dict[str, Quote] = {}
        for stored_id, flat, newest in zip(*[iter(found)] * 3, strict=True):
            await turn.give_way()
            if (quote := _quote_of(room, stored_id, flat, newest)) is not None:
                quotes[stored_id] = quote
        return [replace(each, quote=quotes.get(str(each.extra.reply_to))) for each in entries]


def _quote_of(
    room: str, stored_id: str, flat: Sequence[str], newest: Sequence[str]
) -> Quote | None:
    """None where what would be quoted is damaged."""
    entry, edit = (to_entry(room, stored_id, pair(each)) for each in (flat, newest))
    if entry.is_damaged or edit.is_damaged:
        return None
    return make_quote(entry.author.name, edit.text)


def make_quote(author: str, text: str) -> Quote:
    """The beginning of a text on one line."""
    words = " ".join(begin_plain(text.removeprefix("/me ")).split())
    is_long = len(words) > _MAX_CHARS
    return Quote(author, words[:_MAX_CHARS].rstrip() + "…" if is_long else words)
