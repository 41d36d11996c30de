"""Quotes: what a reply answers, looked up whenever the reply is read.

A reply keeps only the id, so that a message that was deleted is quoted nowhere.
"""

from dataclasses import replace

from redis.exceptions import ResponseError

from sse_chat.errors import StoreUnavailable
from sse_chat.events import Entry, Quote
from sse_chat.markup import make_plain
from sse_chat.store.keys import Keys
from sse_chat.store.links import SlotPipelines
from sse_chat.store.pipeline import Pipeline
from sse_chat.store.scripts import QUOTED

_MOST_CHARS = 140


class Quotes:
    def __init__(self, reads: Pipeline | SlotPipelines, keys: Keys) -> None:
        self._reads = reads
        self._keys = keys

    async def add(self, room: str, entries: list[Entry]) -> list[Entry]:
        """The same, replies with their quotes; asks the store only where there are replies."""
        wanted = {str(each.extra.reply_to) for each in entries if each.extra.reply_to is not None}
        if not wanted:
            return entries
        keys = [self._keys.room(room), self._keys.edits(room)]
        try:
            found = await self._reads.run(QUOTED, keys, *wanted)
        except ResponseError as exc:
            raise StoreUnavailable(f"the store refused: {exc}") from exc
        quotes = {
            stored_id: make_quote(author, text)
            for stored_id, author, text in zip(*[iter(found)] * 3, strict=True)
        }
        return [replace(each, quote=quotes.get(str(each.extra.reply_to))) for each in entries]


def make_quote(author: str, text: str) -> Quote:
    """The beginning of a text on one line."""
    words = " ".join(make_plain(text.removeprefix("/me ")).split())
    is_long = len(words) > _MOST_CHARS
    return Quote(author, words[:_MOST_CHARS].rstrip() + "…" if is_long else words)
