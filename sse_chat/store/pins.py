"""Pins: which messages of a room are pinned, by whom and since when.

The room's meta has the list; what it names is read whenever the list is. So a message that was
deleted, or that retention took, is not in the list, and its place is free.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from sse_chat.errors import Full
from sse_chat.events import Author, Draft, Entry, Extra
from sse_chat.ids import EntryId, format_ms
from sse_chat.store.records import read_id
from sse_chat.store.rooms import RoomStore
from sse_chat.store.scripts import APPENDING, FINDING, Script

MAX_PINS = 20
_FIELD = "pins"

# KEYS and ARGV as of every change of a message; then the name of the field, whether the pin is
# taken away, the author's name and id, how many there may be; then the fields of the entry.
# The list is JSON, the newest first, and loses here what is no longer kept.
_PIN = Script(
    APPENDING
    + FINDING
    + """
local field, is_removed, max_pins = ARGV[8], ARGV[9] == '1', tonumber(ARGV[12])
local pins, was_pinned = {}, false
for _, pin in ipairs(cjson.decode(redis.call('HGET', KEYS[4], field) or '[]')) do
  if pin.target == target then
    was_pinned = true
  elseif #redis.call('XRANGE', KEYS[1], pin.target, pin.target) > 0 then
    pins[#pins + 1] = pin
  end
end
if was_pinned ~= is_removed then
  return {2, ''}
end
if not is_removed and #pins >= max_pins then
  return {0, 'full'}
end
local id = append(room, ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], unpack(ARGV, 13))
if not is_removed then
  table.insert(pins, 1, {target = target, id = id, author = ARGV[10], author_id = ARGV[11]})
end
if #pins == 0 then
  redis.call('HDEL', KEYS[4], field)
else
  redis.call('HSET', KEYS[4], field, cjson.encode(pins))
end
return {1, id}
"""
)


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
    what = (_FIELD, int(is_removed), author.name, author.author_id, MAX_PINS)
    full = Full(f"{room} has {MAX_PINS} pinned messages, and can have no more; unpin one first")
    return await store.change(_PIN, draft, *what, refusals={"full": full})


async def list_pins(store: RoomStore, room: str) -> list[Pin]:
    """The pinned messages that are kept, the newest pin first. Raises StoreUnavailable, Busy."""
    records = json.loads(await store.read_meta(room, _FIELD) or "[]")
    # Side by side they leave in one write.
    entries = await asyncio.gather(
        *(store.read_entry(room, read_id(each["target"])) for each in records)
    )
    return [
        Pin(entry, each["author"], read_id(each["id"]).ms)
        for entry, each in zip(entries, records, strict=True)
        if entry is not None
    ]
