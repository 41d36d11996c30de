"""World: one run of a schedule: the core over the model of the store, its readers, its rests."""

import random
from collections import Counter
from collections.abc import Callable

from sse_chat.feed.hub import Hub
from sse_chat.feed.tail import Tail
from sse_chat.ids import EntryId
from sse_chat.store.appending import Appending
from sse_chat.store.keys import partition_of
from sse_chat.store.live import LiveReader
from sse_chat.store.pipeline import Pipeline
from sse_chat.store.rooms import RoomStore
from tests.simulation.link import ModelLink, Network
from tests.simulation.loop import ShuffledLoop
from tests.simulation.operations import OPERATIONS
from tests.simulation.reader import Reader
from tests.simulation.schedule import Op, Schedule
from tests.simulation.store import KEYS, ModelStore

# How long all may take to be well again: reads and rests of the tail, its backing off, time-outs.
_AFTER_TROUBLE_S = 40.0
# A worker whose connections hold learns of a reset when it looks.
_LOOKS_WITHIN_S = 10.0
_CALM_S = 0.25
_TRIPS = 40
# How long one entry of many may take: some reads, each of which is there for many of them.
_BUSY_S = 0.05
_BUSY_TRIPS = 40
# A clock of a slow machine goes on with each look at it.
_BUSY_LOOKS = 150


class World:
    def __init__(
        self,
        schedule: Schedule,
        loop: ShuffledLoop,
        chance: random.Random,
        clock: Callable[[], float],
    ) -> None:
        self.loop = loop
        self.met: Counter[str] = Counter()
        self.objection = ""
        self.settled = 0
        """The number of the store's changes at the last rest."""
        self.is_resting = False
        self.buried: dict[str, set[EntryId]] = {}
        """By room, messages whose delete all had been shown at a rest."""
        self.readers: list[Reader] = []
        c = self.constants = schedule.constants
        self.slice_bytes = c.slice_bytes
        self.chance = chance
        self.is_troubled = False
        self.names = ("a", "b")[: c.rooms]
        self.buried.update((each, set()) for each in self.names)
        self.network = Network(chance, self.met, delay_ms=c.delay_ms)
        self.store = ModelStore(
            loop.time,
            chance,
            self.met,
            retention=c.retention,
            slack=c.slack,
            keep_ms=c.keep_s * 1000,
            keep_live=c.live,
        )
        self._make_worker(clock)

    def _make_worker(self, clock: Callable[[], float]) -> None:
        c = self.constants
        link, reads_link = (ModelLink(self.store, self.network, self.met) for _ in range(2))
        self._links = (link, reads_link)
        reads = Pipeline(reads_link)
        self.rooms = RoomStore(
            posts=reads,
            reads=reads,
            keys=KEYS,
            appending=Appending(KEYS, retention=c.retention, retention_age_s=c.keep_s),
        )
        self.hub = Hub(
            self.rooms,
            server="s",
            rotate_s=c.rotate_s,
            max_feeds=1000,
            retention=c.retention,
            retention_age_s=c.keep_s,
            clock=clock,
            used_s=lambda: self.loop.now_s * c.busy / 100,
        )
        partitions = sorted({partition_of(each) for each in self.names})
        tail = self._tail = Tail(LiveReader(link, KEYS, partitions), self.hub)
        self.store.on_append = link.wake
        work = (reads.serve(), tail.run(), self.hub.schedule.run(), self.hub.sweep())
        self._tasks = [self.loop.create_task(each) for each in work]

    def object(self, text: str) -> None:
        """The first is what counts."""
        if not self.objection:
            at_ms = round((self.loop.now_s - 1000) * 1000)
            self.objection = f"at {at_ms} ms: {text}"
            self.loop.problem = self.loop.problem or text

    def run(self, schedule: Schedule) -> None:
        for op in schedule.ops:
            if self.loop.problem:
                break
            self.met[f"op {op.name}"] += 1
            self._wait_and_do(op)
        if not self.loop.problem:
            self._rest()
        if not self.loop.problem:
            self._end()
        if self.loop.problem:
            self.object(self.loop.problem)
        self._stop()

    def _wait_and_do(self, op: Op) -> None:
        if op.name == "rest":
            self._rest()
        elif op.name == "busy":
            self._busy(op)
        else:
            if op.after_ms:
                self.loop.run_until(self.loop.now_s + op.after_ms / 1000)
            # A turn among the others that are ready.
            self.loop.call_soon(self._do, op)

    def _do(self, op: Op) -> None:
        room = self.names[op.b % len(self.names)]
        OPERATIONS[op.name](self, room, op.a, op.b >> 4)

    def _busy(self, op: Op) -> None:
        """Replies, one after the other, for longer than anyone may wait for one of them; no faster
        than they can be read."""
        self._rest()
        c = self.constants
        room = self.names[op.b % len(self.names)]
        trip_ms = 4 * (c.delay_ms + 1)
        every_s = max(1 + op.a % 3, trip_ms / min(c.page, c.live_count)) / 1000
        readers = [each for each in self.readers if not (each.plan.slow_ms or each.problem())]
        bound_s = _BUSY_S + _BUSY_TRIPS * (c.delay_ms + 1) / 1000 + _BUSY_LOOKS * c.tick_us / 1e6
        began_s = self.loop.now_s
        until_s = began_s + 3 * bound_s
        while self.loop.now_s < until_s and not self.loop.problem:
            for _ in range(8):
                self.loop.run_until(self.loop.now_s + every_s)
                self.loop.call_soon(OPERATIONS["reply"], self, room, 0, 0)
            self._judge_late(readers, began_s, self.loop.now_s - bound_s)

    def _judge_late(self, readers: list[Reader], began_s: float, due_s: float) -> None:
        """While nothing troubles the store, nobody waits long, whatever else goes on.

        `readers`: those who lacked nothing when it began. Who took the head only after that has
        all to read that came before it, page by page.
        """
        if self.is_troubled or self.network.mode != "calm":
            return
        for reader in readers:
            if reader.opening_since_s < due_s and not reader.is_finished:
                self.object(f"{reader.name} waits for its feed while the room is busy")
            elif reader.ready_since_s < began_s and reader.plan.follow:
                problem = reader.problem(due_s=due_s)
                if problem:
                    self.object(f"{problem} while the room is busy")

    def _bound_s(self) -> float:
        """How long an entry may take to a reader that takes all at once."""
        c = self.constants
        longest = max((len(self.store.room(each).ids) for each in self.names), default=0)
        pages = longest / min(c.page, max(1, c.slice_bytes // 60))
        return _CALM_S + (_TRIPS + 3 * pages) * (c.delay_ms + 1) / 1000

    def _rest(self) -> None:
        """Nothing more happens: in bounded time all is well. Then on with the next."""
        self.is_resting = True
        # What was to be done now is done before.
        self.loop.run_until(self.loop.now_s)
        self.network.mode = "calm"
        bound_s = _AFTER_TROUBLE_S if self.is_troubled else self._bound_s()
        deadline_s = self.loop.now_s + bound_s
        earliest_s = 0.0
        if self.store.changes > self.settled:
            earliest_s = self.loop.now_s + _LOOKS_WITHIN_S
        step_s = 0.005
        problem = "not looked"
        while problem and not self.loop.problem:
            if self.loop.now_s >= deadline_s:
                self.object(f"{problem} after {bound_s:.2f} s of rest")
                break
            self.loop.run_until(min(self.loop.now_s + step_s, deadline_s))
            step_s *= 1.5
            with self.loop.running():
                for reader in self.readers:
                    reader.quicken()
            problem = self._problem()
            if not problem and self.loop.now_s < earliest_s:
                problem = "the worker may not have looked"
        self._settle()
        self.is_resting = False

    def _problem(self) -> str:
        if self.network.hanging:
            return "the store does not answer"
        if not self._tail.is_running:
            return "the tail does not run"
        live, reads = self._links
        if not (live.is_waiting and reads.is_quiet):
            return "the worker reads on and on"
        return next(filter(None, (each.problem() for each in self.readers)), "")

    def _settle(self) -> None:
        self.met["rests"] += 1
        self.is_troubled = False
        self.settled = self.store.changes
        for reader in self.readers:
            if reader.track is not None and not reader.is_stalled:
                reader.track.settled = self.settled
        for room, records in self.store.records.items():
            buried = self.buried[room]
            buried.clear()
            buried.update(record.root for record in records if record.gone == "deleted")

    def _end(self) -> None:
        """All leave; nothing of them may stay."""
        with self.loop.running():
            for reader in self.readers:
                reader.leave()
        self.loop.run_until(self.loop.now_s + 2)
        for channel in self.hub.channels.values():
            if not channel.is_idle:
                self.object(f"{channel!r} is not idle after all have left")
        if self.hub.feed_count:
            self.object(f"{self.hub.feed_count} feeds are counted after all have left")
        self._count()

    def _count(self) -> None:
        counts = self.hub.counts
        self.met["pages"] += counts.pages
        self.met["opens from the store"] += counts.opens_from_store
        self.met["failures of the tail"] += counts.tail_failures
        self.met["rotations"] += counts.byes["rotate"]
        self.met["gaps, trimmed"] += counts.gaps["trimmed"]
        self.met["gaps, reset"] += counts.gaps["reset"]
        self.met["deliveries"] += counts.deliveries

    def _stop(self) -> None:
        """Every task comes to its end, whatever has happened before."""
        objection = self.objection
        for _ in range(3):
            self.loop.problem = ""
            with self.loop.running():
                for reader in self.readers:
                    reader.is_finished = True
                    reader.task.cancel()
                for task in self._tasks:
                    task.cancel()
            self.loop.run_until(self.loop.now_s + 10)
        self.objection = objection
