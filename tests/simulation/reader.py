"""Reader: one client that stalls, leaves, and comes back where it was. How it reads, by a feed or
by polls, is in feed_reader.py and poll_reader.py."""

import asyncio
import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sse_chat.errors import StoreUnavailable
from sse_chat.feed.feed import Feed
from sse_chat.feed.hub import Start
from sse_chat.ids import EntryId
from tests.simulation.laws import Track
from tests.simulation.many import ManyTrack, Positions
from tests.simulation.starts import find_start
from tests.simulation.store import Record
from tests.simulation.transport import ModelTransport

if TYPE_CHECKING:
    from tests.simulation.world import World


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
                await self._read_once()
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

    async def _read_once(self) -> None:
        """One connection, or one poll."""
        raise NotImplementedError

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

    def _start(self) -> Start:
        if isinstance(self._position, EntryId):
            return Start(after=self._position)
        return find_start(self._world.store, self.plan.room, self.plan.start)

    async def _resumed_after_stall(self) -> None:
        if self.plan.slow_ms and not self._world.is_resting:
            await asyncio.sleep(self.plan.slow_ms / 1000)
        while self.is_stalled:
            self._resumed.clear()
            await self._resumed.wait()

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
        """A wake-up too many, as broadcasts give them."""
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
