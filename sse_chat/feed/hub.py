"""Hub: all channels and feeds of one worker: opening, joining, delivering, draining."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sse_chat.counts import Counts
from sse_chat.events import EphemeralEvent, Hello
from sse_chat.feed.activity import Activity, Hear, RoomsOfInterest, hear_nothing
from sse_chat.feed.broadcast import Broadcast
from sse_chat.feed.channel import Channel
from sse_chat.feed.cpu_load import CpuLoad
from sse_chat.feed.deadlines import Deadlines
from sse_chat.feed.feed import Feed
from sse_chat.feed.pages import Pages
from sse_chat.feed.schedule import Schedule, make_bye
from sse_chat.feed.sink import Reader, Sink
from sse_chat.feed.waiter import Waiter
from sse_chat.feed.window import MAX_ENTRIES
from sse_chat.filters import Filter
from sse_chat.formats import Format
from sse_chat.ids import ZERO, EntryId
from sse_chat.store.keys import PARTITIONS, partition_of
from sse_chat.store.live import LiveEntry

_SWEEP_S = 1.0
_IDLE_CHANNEL_S = 60.0
_REFRESH_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Start:
    """Where a feed begins: after an id, with the newest `last` entries, or at now.

    `may_skip_gap`: `after=0`, everything that is kept.
    """

    after: EntryId | None = None
    last: int = 0
    may_skip_gap: bool = False


def keep_as_server(room: str) -> tuple[int, int]:
    """Entries and seconds: no room keeps others of its own."""
    return 0, 0


class Hub:
    """One a worker, used from its event loop alone.

    `clock` gives seconds that only go forward, as time.monotonic does; every `_s` of hub, channels,
    feeds and sinks is of it. `used_s`: as of CpuLoad. `rotate_s` 0: feeds are not rotated. Ids, not
    clocks, decide what is kept: `retention` entries, and those of the last `retention_age_s` (0:
    whatever their age); `retention_of`: the same as a room has it of its own, 0 for none. `hear`:
    as of Activity.
    `deliver`, `join`, `leave` and `drain` do not wait.
    """

    def __init__(
        self,
        store: Pages,
        *,
        server: str,
        rotate_s: int,
        max_feeds: int,
        retention: int = MAX_ENTRIES,
        retention_age_s: int = 0,
        retention_of: Callable[[str], tuple[int, int]] = keep_as_server,
        hear: Hear = hear_nothing,
        counts: Counts | None = None,
        clock: Callable[[], float] = time.monotonic,
        used_s: Callable[[], float] = time.thread_time,
    ) -> None:
        self.clock = clock
        self.core_load = CpuLoad(clock, used_s)
        self.counts = counts or Counts()
        self.channels: dict[str, Channel[Feed]] = {}
        self.feed_count = 0
        self.attached_count = 0
        self.feeds_of: Counter[str] = Counter()
        self.is_drain_announced = False
        self.is_draining = asyncio.Event()
        self.activity = Activity(hear)
        self.rooms_of_interest = RoomsOfInterest(self.channels, self.activity)
        self._away: set[int] = set()
        self._store = store
        self.server = server
        self._max_feeds = max_feeds
        self._retention = retention
        self._retention_age_ms = retention_age_s * 1000
        self._retention_of = retention_of
        self._broadcast = Broadcast(clock, self.core_load)
        self.schedule = Schedule(rotate_s, clock)
        self.deadlines = Deadlines(clock)

    def channel(self, room: str) -> Channel[Feed]:
        """The room's channel, made when there is none; not yet loaded."""
        found = self.channels.get(room)
        if found is None:
            found = self.channels[room] = Channel(
                room,
                self._store,
                on_grown=self._broadcast.start,
                counts=self.counts,
                clock=self.clock,
                store_is_away=partition_of(room) in self._away,
            )
        return found

    async def open(
        self, room: str, fmt: Format, start: Start, *, heartbeat_s: int, follow: bool,
        reader: Reader | None = None, wanted: Filter | None = None, wants_activity: bool = False,
    ) -> Feed:  # fmt: skip
        """A feed at its start, not yet joined; raises StoreUnavailable."""
        channel = await self.load(room, is_fresh=not follow)
        cursor, may_skip_gap = await self._locate(channel, start)
        hello = Hello(room, cursor, heartbeat_s, self.server, int(time.time() * 1000))
        until = None if follow else channel.window.head
        return Feed(
            channel, fmt, hello, until=until, may_skip_gap=may_skip_gap,
            reader=reader, wanted=wanted, wants_activity=wants_activity,
        )  # fmt: skip

    async def load(self, room: str, *, is_fresh: bool = False) -> Channel[Feed]:
        """The room's channel, at the newest entry of the store; raises StoreUnavailable."""
        channel = self.channel(room)
        await channel.load(is_fresh=is_fresh)
        own, own_age_s = self._retention_of(room)
        ages_ms = [each for each in (self._retention_age_ms, own_age_s * 1000) if each]
        oldest_ms = int(time.time() * 1000) - min(ages_ms) if ages_ms else 0
        channel.keep(min(own or self._retention, self._retention), oldest_ms)
        return channel

    async def _locate(self, channel: Channel[Feed], start: Start) -> tuple[EntryId, bool]:
        if start.after is not None:
            return start.after, start.may_skip_gap
        if start.last == 0:
            return channel.window.head, False
        page = await self._store.read_before(channel.room, None, start.last + 1)
        if len(page.entries) <= start.last:
            return ZERO, True
        return page.entries[0].id, False

    def join(self, feed: Feed, sink: Sink, *, is_chunked: bool = False) -> None:
        """The feed has a sink: wake it from now on, keep its heartbeat, rotate it. Once a feed.

        Where the worker drains, or has too many feeds, the feed ends with `bye` instead.
        """
        feed.connect(sink, is_chunked=is_chunked)
        feed.attach(self._attach)
        self.feed_count += 1
        if feed.reader is not None:
            self.count_reader(feed.reader)
        if feed.is_behind:
            self.counts.opens_from_store += 1
        else:
            self.counts.opens_from_window += 1
        if feed.hears_of_rooms:
            self.activity.watch(feed)
        self.schedule.add(feed)
        if self.is_draining.is_set():
            feed.end(make_bye("drain"))
        elif self.feed_count > self._max_feeds:
            feed.end(make_bye("busy"))

    def _attach(self, room: str) -> Channel[Feed]:
        """The channel to which a feed, or one more room of it, is attached."""
        self.attached_count += 1
        return self.channel(room)

    def leave(self, feed: Feed) -> None:
        """The feed's connection is over. A second call, or one of a feed never joined, does
        nothing."""
        if feed.is_joined:
            feed.disconnect()
            feed.detach(self.clock())
            self.activity.forget(feed)
            self.feed_count -= 1
            if feed.reader is not None:
                self.forget_reader(feed.reader)

    def count_reader(self, reader: Reader) -> None:
        for name in reader.counts_for:
            self.feeds_of[name] += 1

    def forget_reader(self, reader: Reader) -> None:
        for name in reader.counts_for:
            self.feeds_of[name] -= 1
            if self.feeds_of[name] <= 0:
                del self.feeds_of[name]

    def deliver(self, batch: Iterable[LiveEntry | EphemeralEvent]) -> None:
        """What the tail has read, in its order: into the windows, and wake whom it concerns.

        An entry that is there already, or that comes again, changes nothing.
        """
        grown: dict[Channel[Feed], None] = {}
        for live in batch:
            if isinstance(live, EphemeralEvent):
                channel = self.channels.get(live.room)
                has_news = channel is not None and channel.take_ephemeral(live)
            else:
                channel = self.channels.get(live.entry.room)
                has_news = channel is not None and channel.take_live(live.entry, live.before)
                if self.activity.is_wanted:
                    self.activity.take(live.entry)
            if channel is not None and has_news:
                grown[channel] = None
        self._broadcast.start(*grown)

    def count_resets(self, room: str) -> int:
        """How often the store was seen to have lost entries of the room, while it is followed."""
        channel = self.channels.get(room)
        return 0 if channel is None else channel.resets

    async def wait_beyond(self, room: str, cursor: EntryId, timeout_s: float) -> None:
        """Until the room's newest id is another than the cursor: there is an entry after it, or
        the store has lost it. Or until the time is over, or the hub drains.

        Raises StoreUnavailable.
        """
        channel = self.channel(room)
        await channel.load()
        if channel.window.head < cursor:
            # Ahead of what this worker has seen, or of a past that the store has lost.
            await channel.load(is_fresh=True)
        await Waiter(self, channel, cursor).wait(timeout_s)

    async def refresh_all(self, partitions: Sequence[int] = range(PARTITIONS)) -> None:
        """Read every followed room of these again; raises StoreUnavailable."""
        rooms = iter(self._channels_of(partitions))
        while part := list(itertools.islice(rooms, _REFRESH_AT_ONCE)):
            results = await asyncio.gather(
                *(channel.load(is_fresh=True) for channel in part), return_exceptions=True
            )
            for result in results:
                if isinstance(result, BaseException):
                    raise result

    def mark_store(self, partitions: Sequence[int], *, is_away: bool) -> None:
        if is_away:
            self._away.update(partitions)
        else:
            self._away.difference_update(partitions)
        for channel in self._channels_of(partitions):
            channel.store_is_away = is_away

    @property
    def store_is_away(self) -> bool:
        """Whether any part of it is."""
        return bool(self._away)

    def _channels_of(self, partitions: Sequence[int]) -> list[Channel[Feed]]:
        return [
            channel for room, channel in self.channels.items() if partition_of(room) in partitions
        ]

    async def sweep(self) -> None:
        """Runs until cancelled."""
        while True:
            await asyncio.sleep(_SWEEP_S)
            self.sweep_once()

    def sweep_once(self) -> None:
        """Load again what failed, and forget rooms that nobody reads."""
        now_s = self.clock()
        for channel in list(self.channels.values()):
            channel.heal()
            if channel.is_idle and now_s - channel.used_at_s > _IDLE_CHANNEL_S:
                del self.channels[channel.room]

    def announce_drain(self) -> None:
        """Say to whoever asks for readiness that this worker is about to drain."""
        self.is_drain_announced = True

    def drain(self) -> None:
        """Say goodbye to every feed; long-polls and pipes watch `is_draining`. For good; may be
        called again."""
        if self.is_draining.is_set():
            return
        self.is_draining.set()
        for channel in self.channels.values():
            for feed in channel.feeds:
                feed.end(make_bye("drain"))
        self._broadcast.start(*self.channels.values())
