"""`since`: a moment instead of an id, wherever `after` is understood."""

import time
from collections.abc import Mapping

from sse_chat.ids import ZERO, EntryId
from sse_chat.moments import parse_since
from sse_chat.store.rooms import RoomStore


def read_since(params: Mapping[str, str]) -> int | None:
    """Milliseconds since 1970, None where the query has none; raises Malformed."""
    value = params.get("since")
    return None if value is None else parse_since(value, int(time.time() * 1000))


async def find_moment(store: RoomStore, room: str, since_ms: int) -> tuple[EntryId, bool]:
    """The id before the first entry of that moment or later, and whether nothing is missed there.

    A real id: one that was made up could be taken for that of another store, or of the future.
    """
    page = await store.read_before(room, EntryId(since_ms, 0), 1)
    if page.entries:
        return page.entries[0].id, False
    return ZERO, not page.ends.trimmed
