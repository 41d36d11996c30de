"""LiveReader: what happens in all rooms, as it happens, by one blocking XREAD."""

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sse_chat.errors import StoreFull
from sse_chat.events import Entry, EphemeralEvent
from sse_chat.ids import EntryId
from sse_chat.store.keys import PARTITIONS, Keys
from sse_chat.store.link import Link
from sse_chat.store.records import EPHEMERAL, PROBE, pair, read_id, to_entry
from sse_chat.store.rendered import with_html
from sse_chat.store.resp import Command, Packed

_BLOCK_S = 3
_COUNT = 2000
_LOOK_S = 3.0


@dataclass(frozen=True, slots=True)
class LiveEntry:
    """An entry with the id of the one before it in its room: a hole shows."""

    entry: Entry
    before: EntryId


class LiveReader:
    """Follows the live streams of these partitions from the moment of `start`.

    It names positions, never `$`: between two reads `$` would skip.
    """

    def __init__(
        self, link: Link, keys: Keys, partitions: Sequence[int] = range(PARTITIONS)
    ) -> None:
        self.partitions = partitions
        self._link = link
        self._keys = [Packed(keys.changes(partition)) for partition in partitions]
        self._epoch_keys = [keys.epoch(each) for each in partitions]
        self._positions: dict[str, str] = {}
        self._epochs: list[str | None] = []
        self._looked_at_s = 0.0
        self.round_trips = 0
        self._probes: dict[str, asyncio.Future[None]] = {}

    async def await_probe(self, token: str, send: Callable[[], Awaitable[None]]) -> None:
        """Until what `send` writes has come out of a read again. Raises what `send` does."""
        came = self._probes[token] = asyncio.get_running_loop().create_future()
        try:
            await send()
            await came
        finally:
            del self._probes[token]

    def _finish_probe(self, token: str) -> None:
        waiting = self._probes.get(token)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def start(self) -> None:
        """Take the end of each live stream as the position; raises StoreUnavailable."""
        # A full store refuses the mark: then there is none, and that stays as it is, too.
        await self._ask([("SET", key, secrets.token_hex(8), "NX") for key in self._epoch_keys])
        self._epochs, ends = await self._look()
        self._positions = dict(zip(self._keys, ends, strict=True))

    async def _look(self) -> tuple[list[str | None], list[str]]:
        """The mark of each partition, and the end of its live stream."""
        self._looked_at_s = time.monotonic()
        marks = await self._ask([("GET", key) for key in self._epoch_keys])
        newest = await self._ask([("XREVRANGE", key, "+", "-", "COUNT", 1) for key in self._keys])
        return marks, [rows[0][0] if rows else "0-0" for rows in newest]

    async def _ask(self, commands: list[Command]) -> list[Any]:
        replies = await self._link.call_many(commands)
        for reply in replies:
            if isinstance(reply, Exception) and not isinstance(reply, StoreFull):
                raise reply
        return replies

    async def read(self, rooms: Container[str]) -> tuple[list[LiveEntry | EphemeralEvent], bool]:
        """What came in these rooms, oldest first in each; waits up to 3 s, [] when nothing came.

        The second value is true when entries may have been missed: the reader lagged behind
        what is kept for it, or the store was emptied or went back in time. Rooms must then be
        read from the store. Raises StoreUnavailable.
        """
        reply = await self._link.call(
            "XREAD", "BLOCK", _BLOCK_S * 1000, "COUNT", _COUNT,
            "STREAMS", *self._positions, *self._positions.values(),
            timeout_s=_BLOCK_S + 5,
        )  # fmt: skip
        self.round_trips += 1
        lagging = [key for key, rows in reply or [] if len(rows) >= _COUNT]
        has_hole = bool(lagging) and await self._was_trimmed(lagging)
        batch = list(self._take(reply or [], rooms))
        if time.monotonic() - self._looked_at_s > _LOOK_S and await self._has_jumped():
            await self.start()
            has_hole = True
        return batch, has_hole

    async def _has_jumped(self) -> bool:
        """An emptied store says nothing to a blocked XREAD: it must be asked."""
        epochs, ends = await self._look()
        is_back = any(
            read_id(end) < read_id(position)
            for end, position in zip(ends, self._positions.values(), strict=True)
        )
        return is_back or epochs != self._epochs

    async def _was_trimmed(self, keys: list[str]) -> bool:
        oldest = await self._link.call_many([("XRANGE", key, "-", "+", "COUNT", 1) for key in keys])
        return any(
            bool(rows) and read_id(self._positions[key]) < read_id(rows[0][0])
            for key, rows in zip(keys, oldest, strict=True)
        )

    def _take(
        self, reply: list[Any], rooms: Container[str]
    ) -> Iterator[LiveEntry | EphemeralEvent]:
        for key, rows in reply:
            for _, flat in rows:
                # The script writes the room first: what nobody here reads costs no more than this.
                if flat[0] == PROBE:
                    self._finish_probe(flat[1])
                elif flat[1] not in rooms:
                    continue
                elif flat[2] == EPHEMERAL:
                    yield EphemeralEvent(flat[1], flat[3], json.loads(flat[5]))
                else:
                    fields = pair(flat)
                    entry = to_entry(fields["room"], fields["id"], fields)
                    yield LiveEntry(with_html(entry), read_id(fields["before"]))
            if rows:
                self._positions[key] = rows[-1][0]
