"""PollReader: a client that asks for what is new, again and again, and waits where nothing is."""

import asyncio

from sse_chat.feed.parked import EncodedEntries, Parked, park
from sse_chat.ids import ZERO, EntryId
from sse_chat.store.rooms import Page
from tests.simulation.laws import Track
from tests.simulation.lines import FORMATS, entry_line, gap_line
from tests.simulation.reader import Reader


class PollReader(Reader):
    async def _read_once(self) -> None:
        """As web/messages/history.py answers one long-poll after the other."""
        world, room = self._world, self.plan.room
        after, is_from_oldest = await self._poll_start()
        track = self._track_of(room)
        track.begin(after)
        self.track = track
        limit = 20
        self.ready_since_s = min(self.ready_since_s, world.loop.time())
        parked = park(world.hub, room, after)
        found = None
        if parked is not None:
            found = await _find_once_ended(parked, limit)
            self._met["parked polls"] += found is not None
        if found is not None:
            for line in found.encoded.decode().splitlines():
                track.take(line)
            track.move_to(found.cursor)
        else:
            page = await world.rooms.read_after(room, after, limit)
            if not (parked or page.entries or page.gap):
                self._met["long-polls"] += 1
                await world.hub.wait_beyond(room, after, 25)
                page = await world.rooms.read_after(room, after, limit)
            self._take_page(track, page, is_from_oldest)
        await self._resumed_after_stall()
        self._position = track.last_position

    async def _poll_start(self) -> tuple[EntryId, bool]:
        start = self._start()
        if start.after is not None:
            return start.after, start.may_skip_gap
        page = await self._world.rooms.read_before(self.plan.room, None, 1)
        return (page.entries[-1].id if page.entries else ZERO), False

    def _take_page(self, track: Track, page: Page, is_from_oldest: bool) -> None:
        if page.gap and not is_from_oldest:
            track.take(gap_line(page.gap).rstrip("\n"))
        for entry in page.entries:
            track.take(entry_line(entry).rstrip("\n"))
        if page.gap and not page.entries:
            track.move_to(page.ends.newest)


async def _find_once_ended(parked: Parked, limit: int) -> EncodedEntries | None:
    """In the very turn in which it ends, as the server does."""
    found: asyncio.Future[EncodedEntries | None] = asyncio.get_running_loop().create_future()

    def find() -> None:
        if not found.done():
            found.set_result(parked.find(FORMATS[0], limit))

    parked.begin(25, find)
    try:
        return await found
    finally:
        parked.end()
