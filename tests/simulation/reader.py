"""Reader: one client that opens a feed or polls, stalls, leaves, and comes back where it was."""

import asyncio
import contextlib
import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sse_chat.errors import StoreUnavailable
from sse_chat.feed.feed import Feed
from sse_chat.feed.hub import Start
from sse_chat.feed.many_open import ManyOpener
from sse_chat.feed.parked import park
from sse_chat.feed.transport_sink import TransportSink
from sse_chat.filters import Filter
from sse_chat.ids import ZERO, EntryId
from sse_chat.store.rooms import Page
from sse_chat.web.messages.asgi_sink import _stream
from tests.simulation.laws import Track
from tests.simulation.lines import FORMATS, entry_line, gap_line
from tests.simulation.many import ManyTrack, Positions
from tests.simulation.starts import find_start
from tests.simulation.store import Record
from tests.simulation.transport import ModelTransport

if TYPE_CHECKING:
    from tests.simulation.world import World

# More than this beyond a slice in the buffer of a reader that takes nothing has no bound.
_MOST_BESIDE_SLICE = 1500


class _Anybody:
    counts_for: tuple[str, ...] = ()


_ANYBODY = _Anybody()


@dataclass(frozen=True, slots=True)
class Plan:
    """How this reader reads. `via`: `transport`, `asgi` or `poll`; `slow_ms`: its rest after each
    write that it takes; `is_many`: all rooms on one feed."""

    room: str
    is_many: bool
    via: str
    start: str
    follow: bool
    is_chunked: bool
    slow_ms: int
    head_ms: int
    heartbeat_s: int
    text: bool
    kinds: frozenset[str]


class Reader:
    def __init__(self, world: "World", number: int, plan: Plan, chance: random.Random) -> None:
        self.name = f"reader {number} ({plan.via}{'' if plan.follow else ', follow=0'})"
        self.plan = plan
        self.feed: Feed | None = None
        self.track: Track | ManyTrack | None = None
        self.is_stalled = False
        self.is_finished = False
        self._is_head_waiting = False
        self.ready_since_s = float("inf")
        """When the connection was made, or the reader took up again after a stall."""
        self.opening_since_s = float("inf")
        self._world = world
        self._chance = chance
        self._met: Counter[str] = world.met
        self._position: EntryId | Positions | None = None
        self._hidden: defaultdict[str, set[EntryId]] = defaultdict(set)
        self._transport: ModelTransport | None = None
        self._resumed = asyncio.Event()
        self._rest = ""
        self.task = asyncio.get_running_loop().create_task(self._run())
        self.task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self._world.object(f"{self.name} failed: {task.exception()!r}")

    async def _run(self) -> None:
        while not self.is_finished:
            try:
                await (self._poll() if self.plan.via == "poll" else self._connect())
            except StoreUnavailable:
                self.opening_since_s = float("inf")
                await asyncio.sleep(self._chance.uniform(0.05, 0.3))
            except asyncio.CancelledError:
                # A sink that aborts cancels the task that carries it.
                if self.is_finished:
                    raise
            else:
                self.is_finished |= not self.plan.follow or self._world.hub.is_draining.is_set()
                await asyncio.sleep(self._chance.choice((0, 0, 0.002)))

    def _new_track(self) -> Track | ManyTrack:
        if not self.plan.is_many:
            return self._track_of(self.plan.room)
        return ManyTrack({room: self._track_of(room) for room in self._world.names})

    def _track_of(self, room: str) -> Track:
        world = self._world
        return Track(
            world.store,
            room,
            self.name,
            settled=world.settled,
            buried=world.buried[room],
            hidden=self._hidden[room],
            kinds=self.plan.kinds,
            object_to=world.object,
        )

    async def _connect(self) -> None:
        world, plan = self._world, self.plan
        track = self._new_track()
        self.opening_since_s = world.loop.time()
        feed = await self._open()
        self.opening_since_s = float("inf")
        self._met["heads that waited long"] += plan.head_ms > 1000
        if plan.head_ms:
            self._is_head_waiting = True
            await asyncio.sleep(plan.head_ms / 1000)
            self._is_head_waiting = False
        self.feed, self.track, self._rest = feed, track, ""
        self.ready_since_s = world.loop.time()
        try:
            await (self._take_over(feed) if plan.via == "transport" else self._stream(feed))
        finally:
            self.ready_since_s = float("inf")
            self.feed = self._transport = None
        if not plan.follow and feed.is_over and not (track.has_bye or track.has_changed):
            self._met["one-shots"] += 1
            if lacking := track.lacks_known():
                world.object(f"{self.name}: ended without {lacking}, stored before it began")

    async def _open(self) -> Feed:
        hub, plan = self._world.hub, self.plan
        fmt = FORMATS[plan.text]
        wanted = Filter(kinds=plan.kinds) if plan.kinds else None
        self._met["filtered feeds"] += wanted is not None
        if plan.is_many:
            self._met["feeds of many rooms"] += 1
            opener = ManyOpener(hub, fmt, wanted, heartbeat_s=plan.heartbeat_s, follow=plan.follow)
            starts = self._starts()
            return await opener.open(starts, dict.fromkeys(starts, _ANYBODY))
        feed = await hub.open(
            plan.room, fmt, self._start(), heartbeat_s=plan.heartbeat_s, follow=plan.follow
        )
        feed.wanted = wanted
        self._met["readers ahead of the worker"] += feed.cursor > feed.channel.window.head
        return feed

    def _starts(self) -> dict[str, EntryId | None]:
        position, world = self._position, self._world
        if isinstance(position, EntryId):
            raise TypeError("the position of a feed of one room")
        if position is not None:
            return {room: position.position_in(room) for room in world.names}
        return {room: find_start(world.store, room, self.plan.start).after for room in world.names}

    def _start(self) -> Start:
        if isinstance(self._position, EntryId):
            return Start(after=self._position)
        return find_start(self._world.store, self.plan.room, self.plan.start)

    async def _take_over(self, feed: Feed) -> None:
        """As web/messages/transport.py does."""
        self._met["takeovers"] += 1
        self._met["takeovers while stalled"] += self.is_stalled
        lost = asyncio.get_running_loop().create_future()
        sink = TransportSink(feed, self._world.hub)
        transport = ModelTransport(self._written, self._read, lambda: lost.set_result(None))
        self._transport = transport
        if self.is_stalled:
            transport.stall()
        transport.set_protocol(sink)
        sink.connection_made(transport)
        self._world.hub.join(feed, sink, is_chunked=self.plan.is_chunked)
        sink.begin(set())
        await lost

    async def _stream(self, feed: Feed) -> None:
        """As an ASGI server does."""
        async with contextlib.aclosing(_stream(self._world.hub, feed)) as chunks:
            async for chunk in chunks:
                self._written(chunk)
                await self._resumed_after_stall()
                self._read()

    async def _resumed_after_stall(self) -> None:
        if self.plan.slow_ms and not self._world.is_resting:
            await asyncio.sleep(self.plan.slow_ms / 1000)
        while self.is_stalled:
            self._resumed.clear()
            await self._resumed.wait()

    def _written(self, data: bytes) -> None:
        track = self.track
        assert track is not None
        text = data.decode("latin-1")
        if self._transport is not None:
            if self.plan.is_chunked:
                text = self._dechunk(text)
            if self._transport.most_buffered > self._world.slice_bytes + _MOST_BESIDE_SLICE:
                self._world.object(f"{self.name}: {self._transport.most_buffered} bytes wait")
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            track.take(line)

    def _dechunk(self, text: str) -> str:
        parts = []
        while text:
            size, _, text = text.partition("\r\n")
            length = int(size, 16)
            parts.append(text[:length])
            text = text[length + 2 :]
            if length == 0:
                parts.append("end\n")
        return "".join(parts)

    def _read(self) -> None:
        assert self.track is not None
        if self.track.is_started:
            self._position = self.track.last_position
        if self.plan.slow_ms and self._transport is not None and not self._world.is_resting:
            transport = self._transport
            transport.stall()
            later = asyncio.get_running_loop().call_later
            later(self.plan.slow_ms / 1000, lambda: self.is_stalled or transport.resume())

    async def _poll(self) -> None:
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
            await parked.wait(25)
            found = parked.find(FORMATS[0], limit)
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

    def stall(self) -> None:
        self._met["stalls"] += not self.is_stalled
        self.is_stalled = True
        if self._transport is not None:
            self._transport.stall()

    def resume(self) -> None:
        if self.is_stalled:
            self.is_stalled = False
            self.ready_since_s = max(self.ready_since_s, self._world.loop.time())
            self._resumed.set()
            if self._transport is not None:
                self._transport.resume()

    def quicken(self) -> None:
        """A slow reader takes what waits."""
        if not self.is_stalled and self._transport is not None:
            self._transport.resume()

    def cut(self) -> None:
        """The connection breaks; the client comes back."""
        if self._transport is not None:
            self._transport.abort()

    def leave(self) -> None:
        if not self.is_finished:
            self.is_finished = True
            if self._transport is not None:
                self._transport.abort()
            else:
                self.task.cancel()

    def nudge(self) -> None:
        """A wake-up too many, as waves give them."""
        if self.feed is not None and self.feed.sink is not None:
            self.feed.sink.wake()

    def problem(self, *, due_s: float = float("inf")) -> str:
        """What the reader still lacks of what was stored by then; "" when all is well."""
        if self.is_finished or self.is_stalled or self._is_head_waiting:
            return ""
        if self.ready_since_s == float("inf") or self.track is None:
            return f"{self.name} has no connection"
        if not self.plan.follow:
            return f"{self.name} has not ended"

        def is_due(record: Record) -> bool:
            return record.at_s <= due_s

        lacking = self.track.lacks(is_due)
        return f"{self.name} lacks {lacking}" if lacking else ""
