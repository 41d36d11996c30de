"""What a message said, before each of its edits."""

import asyncio

from sse_chat.events import Entry
from sse_chat.ids import EntryId
from sse_chat.store.keys import Keys
from sse_chat.store.links import SlotPipelines
from sse_chat.store.pipeline import Pipeline
from sse_chat.store.rendered import to_entries

# Of the edits of one message.
_MAX_EDITS = 50


async def read_versions(
    reads: Pipeline | SlotPipelines, keys: Keys, room: str, target: EntryId
) -> list[Entry]:
    """The message as it was first, and its edits, at most 50, oldest first; those that are still
    kept. A message that is gone has none."""
    edits = await reads.call("HGET", keys.edits(room), str(target)) or ""
    wanted = [str(target), *edits.split()[-_MAX_EDITS:]]
    key = keys.room(room)
    found = await asyncio.gather(*(reads.call("XRANGE", key, each, each) for each in wanted))
    return await to_entries(room, [entry for each in found for entry in each])
