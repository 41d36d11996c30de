"""LiveReader: what happens in all rooms, as it happens, by one blocking XREAD."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any

from sse_chat.events import Entry
from sse_chat.ids import EntryId
from sse_chat.store.keys import PARTITIONS, Keys
from sse_chat.store.link import Link
from sse_chat.store.records import pair, read_id, to_entry

_BLOCK_S = 5
_COUNT = 2000


@dataclass(frozen=True, slots=True)
class LiveEntry:
    """An entry with the id of the one before it in its room: a hole shows."""

    entry: Entry
    before: EntryId


class LiveReader:
    """Follows the live stream of every partition from the moment of `start`.

    It names positions, never `$`: between two reads `$` would skip.
    """

    def __init__(self, link: Link, keys: Keys) -> None:
        self._link = link
        self._keys = [keys.live(each) for each in range(PARTITIONS)]
        self._positions: dict[str, str] = {}
        self.round_trips = 0

    async def start(self) -> None:
        """Take the end of each live stream as the position; raises StoreUnavailable."""
        newest = await self._link.call_many(
            [("XREVRANGE", key, "+", "-", "COUNT", 1) for key in self._keys]
        )
        self._positions = {
            key: rows[0][0] if rows else "0-0" for key, rows in zip(self._keys, newest, strict=True)
        }

    async def read(self, rooms: Container[str]) -> tuple[list[LiveEntry], bool]:
        """What came in these rooms, oldest first in each; waits up to 5 s, [] when nothing came.

        The second value is true when the reader lagged so far that entries may have been
        trimmed unread: rooms must then be read from the store. Raises StoreUnavailable.
        """
        reply = await self._link.call(
            "XREAD", "BLOCK", _BLOCK_S * 1000, "COUNT", _COUNT,
            "STREAMS", *self._positions, *self._positions.values(),
            timeout_s=_BLOCK_S + 5,
        )  # fmt: skip
        self.round_trips += 1
        lagging = [key for key, rows in reply or [] if len(rows) >= _COUNT]
        has_hole = bool(lagging) and await self._was_trimmed(lagging)
        return list(self._take(reply or [], rooms)), has_hole

    async def _was_trimmed(self, keys: list[str]) -> bool:
        oldest = await self._link.call_many([("XRANGE", key, "-", "+", "COUNT", 1) for key in keys])
        return any(
            bool(rows) and read_id(self._positions[key]) < read_id(rows[0][0])
            for key, rows in zip(keys, oldest, strict=True)
        )

    def _take(self, reply: list[Any], rooms: Container[str]) -> Iterator[LiveEntry]:
        for key, rows in reply:
            for _, flat in rows:
                # The script writes the room first: what nobody here reads costs no more than this.
                if flat[1] in rooms:
                    fields = pair(flat)
                    entry = to_entry(fields["room"], fields["id"], fields)
                    yield LiveEntry(entry, read_id(fields["before"]))
            if rows:
                self._positions[key] = rows[-1][0]

    async def close(self) -> None:
        await self._link.close()
