"""Pins: which messages of a room are pinned, by whom and since when.

The room's meta has the list; what it names is read whenever the list is. So a message that was
deleted, or that retention took, is not in the list, and its place is free.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from sse_chat.errors import Full
from sse_chat.events import Author, Draft, Entry
from sse_chat.extras import Extra
from sse_chat.ids import EntryId, format_ms
from sse_chat.store.records import read_id
from sse_chat.store.rooms import RoomStore
from sse_chat.store.scripts import load_script

_PIN = load_script("pin")

MAX_PINS = 20
FIELD = "pins"


@dataclass(frozen=True, slots=True)
class Pin:
    entry: Entry
    by: str
    pinned_at_ms: int

    def as_json(self) -> dict[str, Any]:
        at = format_ms(self.pinned_at_ms)
        return {**self.entry.as_json(), "pinned_by": self.by, "pinned_at": at}


async def pin(
    store: RoomStore, room: str, author: Author, target: EntryId, *, is_removed: bool
) -> Entry | None:
    """Pins a message, or takes its pin away; None when that changes nothing.

    Raises NotFound, Full, StoreUnavailable, Busy.
    """
    draft = Draft(room, author, "", kind="pin", target=target, extra=Extra(removed=is_removed))
    what = (FIELD, int(is_removed), author.name, author.author_id, MAX_PINS)
    full = Full(f"{room} has {MAX_PINS} pinned messages, the most allowed; unpin one first")
    return await store.change(_PIN, draft, *what, refusals={"full": full})


async def list_pins(store: RoomStore, room: str) -> list[Pin]:
    """The pinned messages that are kept, the newest pin first. Raises StoreUnavailable, Busy."""
    records = json.loads(await store.read_meta(room, FIELD) or "[]")
    # Side by side they leave in one write.
    entries = await asyncio.gather(
        *(store.read_entry(room, read_id(record["target"])) for record in records)
    )
    return [
        Pin(entry, each["author"], read_id(each["id"]).ms)
        for entry, each in zip(entries, records, strict=True)
        if entry is not None
    ]
