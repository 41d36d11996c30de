"""Hub: all channels and feeds of one worker: opening, waking, heartbeats, rotation, drain."""

import asyncio
import heapq
import itertools
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass

from sse_chat.events import Bye, Hello
from sse_chat.feed.channel import Channel, Pages
from sse_chat.feed.feed import Feed
from sse_chat.formats import Format
from sse_chat.ids import ZERO, EntryId
from sse_chat.store.live import LiveEntry

_TICK_S = 0.25
_IDLE_CHANNEL_S = 60.0
_REFRESH_AT_ONCE = 50
# Proxies that let the first bytes through and hold the rest are found by a second event.
_FIRST_PING_S = (1.0, 1.6)
_RETRY_MS = {
    "rotate": (50, 1000),
    "drain": (500, 5000),
    "busy": (10_000, 30_000),
    "revoked": (1000, 3000),
}


def make_bye(reason: str) -> Bye:
    """With a `retry_ms` of its own, so that many do not come back at once."""
    return Bye(reason, random.randint(*_RETRY_MS[reason]))


@dataclass(frozen=True, slots=True)
class Start:
    """Where a feed begins: after an id, with the newest `last` entries, or at now.

    `may_skip_gap`: `after=0`, everything that is kept.
    """

    after: EntryId | None = None
    last: int = 0
    may_skip_gap: bool = False


@dataclass(slots=True)
class Schedule:
    """When a feed must be looked at again, in the loop's seconds."""

    heartbeat_s: float
    rotate_at_s: float
    sent_at_s: float
    has_pinged: bool = False


class Hub:
    def __init__(self, store: Pages, *, server: str, rotate_s: int, max_feeds: int) -> None:
        self.channels: dict[str, Channel] = {}
        self.feed_count = 0
        self.is_draining = asyncio.Event()
        self.store_is_away = False
        self._store = store
        self._server = server
        self._rotate_s = rotate_s
        self._max_feeds = max_feeds
        self._due: list[tuple[float, int, Feed]] = []
        self._tie = itertools.count()

    def channel(self, room: str) -> Channel:
        """The room's channel, made when there is none; not yet loaded."""
        found = self.channels.get(room)
        if found is None:
            found = self.channels[room] = Channel(room, self._store)
            found.store_is_away = self.store_is_away
        return found

    async def open(
        self, room: str, fmt: Format, start: Start, *, heartbeat_s: int, follow: bool
    ) -> Feed:
        """A feed at its start, not yet joined; raises StoreUnavailable."""
        channel = self.channel(room)
        await channel.load(is_fresh=not follow)
        cursor, may_skip_gap = await self._locate(channel, start)
        now_ms = int(time.time() * 1000)
        hello = Hello(room, cursor, heartbeat_s, self._server, now_ms)
        until = None if follow else channel.window.head
        return Feed(channel, fmt, hello, until=until, may_skip_gap=may_skip_gap)

    async def _locate(self, channel: Channel, start: Start) -> tuple[EntryId, bool]:
        if start.after is not None:
            return start.after, start.may_skip_gap
        if start.last == 0:
            return channel.window.head, False
        page = await self._store.read_before(channel.room, None, start.last + 1)
        if len(page.entries) <= start.last:
            return ZERO, True
        return page.entries[0].id, False

    def join(self, feed: Feed) -> None:
        """The feed has a sink: wake it from now on, keep its heartbeat, rotate it."""
        now_s = time.monotonic()
        rotate_s = self._rotate_s * random.uniform(0.8, 1.2) if self._rotate_s else float("inf")
        schedule = Schedule(
            heartbeat_s=feed.hello.heartbeat_s,
            rotate_at_s=now_s + rotate_s if feed.fmt.is_rotated else float("inf"),
            sent_at_s=now_s,
        )
        feed.schedule = schedule
        feed.channel.feeds.add(feed)
        self.feed_count += 1
        self._push(now_s + random.uniform(*_FIRST_PING_S), feed)
        if self.is_draining.is_set():
            feed.end(make_bye("drain"))
        elif self.feed_count > self._max_feeds:
            feed.end(make_bye("busy"))

    def leave(self, feed: Feed) -> None:
        if feed in feed.channel.feeds:
            feed.channel.feeds.discard(feed)
            feed.channel.used_at_s = time.monotonic()
            feed.schedule = None
            self.feed_count -= 1

    def _push(self, due_s: float, feed: Feed) -> None:
        heapq.heappush(self._due, (due_s, next(self._tie), feed))

    def sent(self, feed: Feed) -> None:
        """Bytes of this feed went out: its silence begins anew."""
        if isinstance(feed.schedule, Schedule):
            feed.schedule.sent_at_s = time.monotonic()

    def deliver(self, batch: Iterable[LiveEntry]) -> None:
        """What the tail has read: into the windows, and wake whom it concerns."""
        grown: dict[str, Channel] = {}
        for live in batch:
            channel = self.channels.get(live.entry.room)
            if channel is not None and channel.take_live(live.entry, live.before):
                grown[channel.room] = channel
        for channel in grown.values():
            channel.wake()

    async def wait_beyond(self, room: str, cursor: EntryId, timeout_s: float) -> None:
        """Until the room has an entry after the cursor, the time is over, or the hub drains.

        Raises StoreUnavailable.
        """
        channel = self.channel(room)
        await channel.load()
        deadline_s = time.monotonic() + timeout_s
        while channel.window.head <= cursor and not self.is_draining.is_set():
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                return
            await channel.wait(left_s)

    async def refresh_all(self) -> None:
        """Read every followed room again; raises StoreUnavailable."""
        rooms = iter(tuple(self.channels.values()))
        while part := list(itertools.islice(rooms, _REFRESH_AT_ONCE)):
            results = await asyncio.gather(
                *(channel.load(is_fresh=True) for channel in part), return_exceptions=True
            )
            for result in results:
                if isinstance(result, BaseException):
                    raise result

    def mark_store(self, *, is_away: bool) -> None:
        self.store_is_away = is_away
        for channel in self.channels.values():
            channel.store_is_away = is_away

    async def tick_forever(self) -> None:
        """Heartbeats, rotation, and forgetting rooms that nobody reads."""
        while True:
            await asyncio.sleep(_TICK_S)
            self._tick(time.monotonic())

    def _tick(self, now_s: float) -> None:
        while self._due and self._due[0][0] <= now_s:
            _, _, feed = heapq.heappop(self._due)
            if isinstance(feed.schedule, Schedule):
                self._push(self._look_at(feed, feed.schedule, now_s), feed)
        for channel in list(self.channels.values()):
            channel.heal()
            if channel.is_idle and now_s - channel.used_at_s > _IDLE_CHANNEL_S:
                del self.channels[channel.room]

    def _look_at(self, feed: Feed, schedule: Schedule, now_s: float) -> float:
        if now_s >= schedule.rotate_at_s:
            feed.end(make_bye("rotate"))
            return now_s + schedule.heartbeat_s
        if not schedule.has_pinged or now_s - schedule.sent_at_s >= schedule.heartbeat_s:
            schedule.has_pinged = True
            feed.ping()
            return min(now_s + schedule.heartbeat_s, schedule.rotate_at_s)
        return min(schedule.sent_at_s + schedule.heartbeat_s, schedule.rotate_at_s)

    def drain(self) -> None:
        """Say goodbye to every feed; long-polls and pipes watch `is_draining`."""
        if self.is_draining.is_set():
            return
        self.is_draining.set()
        for channel in self.channels.values():
            for feed in tuple(channel.feeds):
                feed.end(make_bye("drain"))
            channel.wake()
