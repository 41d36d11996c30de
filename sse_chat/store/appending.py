"""What every script that appends to a room needs: its keys, what is trimmed, what is charged."""

import asyncio
import hashlib
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache, partial
from typing import Any, TypeVar

from sse_chat.errors import StoreUnavailable
from sse_chat.events import Draft, Entry
from sse_chat.kinds import kind_of
from sse_chat.rendering import html_of
from sse_chat.store.charges import pack_charges
from sse_chat.store.keys import Keys, partition_of
from sse_chat.store.links import SlotPipelines
from sse_chat.store.pipeline import Pipeline
from sse_chat.store.records import read_id
from sse_chat.store.resp import Packed
from sse_chat.store.scripts import Script

# A sender may repeat a post with its own key for a day; the server's own retries need minutes.
KEY_S = 24 * 3600
_KEY_S = Packed(str(KEY_S))
_OWN_KEY_S = Packed("300")
_DEADLINE_S = 4.0
# Below this, users count entries by eye; above, many at once are cheaper to trim.
_EXACT_UP_TO, _SLACK = 1000, 100
# How many entries of a partition a tail may lag behind before it must read rooms again: seconds
# of the busiest room that limits allow. The store holds them beside the rooms, for all partitions.
LIVE_ENTRIES = 4_000
_MAX_KNOWN = 8192

T = TypeVar("T")


class Appending:
    def __init__(self, keys: Keys, *, retention: int, retention_age_s: int) -> None:
        self._keys = keys
        self.keep_ms = Packed(str(retention_age_s * 1000))
        self.trim = (
            Packed(str(0 if retention <= _EXACT_UP_TO else _SLACK)),
            Packed(str(retention)),
            self.keep_ms,
            Packed(str(LIVE_ENTRIES)),
        )
        # What most posts share is made once.
        self.keys_of = lru_cache(maxsize=_MAX_KNOWN)(self._make_keys)
        self.pack_charges = lru_cache(maxsize=_MAX_KNOWN)(partial(pack_charges, keys))

    def _make_keys(self, room: str) -> tuple[Packed, ...]:
        partition = partition_of(room)
        return (
            Packed(self._keys.room(room)),
            Packed(self._keys.changes(partition)),
            Packed(self._keys.newest(room)),
            Packed(self._keys.meta(room)),
        )

    def idempotency_of(self, draft: Draft) -> tuple[str, Packed]:
        """The key under which the post is remembered, and for how many seconds."""
        key = draft.key or f"\x00{random.getrandbits(96):x}"
        stored = self._keys.idempotency(draft.room, draft.author.author_id, key)
        return stored, _KEY_S if draft.key else _OWN_KEY_S


def digest_of(draft: Draft) -> str:
    """What must be the same when a key is used again. Not until when a question is open."""
    said = draft.text
    if (ask := draft.extra.ask) is not None:
        said = "\0".join((said, *ask.choices, "", *(person.name for person in ask.who)))
    return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()


async def until_answered(call: Callable[[], Awaitable[T]]) -> T:
    """Asks again where a reply may have been lost: the call must find what it did before."""
    deadline = time.monotonic() + _DEADLINE_S
    tries = 0
    while True:
        try:
            return await call()
        except StoreUnavailable:
            tries += 1
            pause_s = random.uniform(0.5, 1) * min(0.05 * 2**tries, 0.5)
            if time.monotonic() + pause_s > deadline:
                raise
            await asyncio.sleep(pause_s)


async def run(
    pipeline: Pipeline | SlotPipelines, script: Script, keys: Sequence[str], *args: str | int
) -> Any:
    """The script's reply; raises StoreUnavailable, Busy."""
    return await pipeline.run(script, keys, *args)


def entry_of(draft: Draft, stored_id: str) -> Entry:
    d = draft
    html = html_of(d.text) if kind_of(d.kind).has_markup else ""
    return Entry(
        read_id(stored_id), d.room, d.author, d.text, d.key, d.kind, d.target, d.extra, html=html
    )
