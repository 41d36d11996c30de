"""Broadcast: who is woken when rooms have grown, and how often."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator

from sse_chat.feed.channel import Channel
from sse_chat.feed.cohort import fail, write_next, write_steps
from sse_chat.feed.cpu_load import CpuLoad
from sse_chat.feed.feed import Feed

_log = logging.getLogger("sse_chat.feed")
# Between two slices of a broadcast, posts and health checks are answered.
_SLICE = 250
# What comes during a cooldown leaves in one write with what follows. Under full load it lasts as
# long as so many broadcasts as the last one, at most 20 ms: a few feeds wait a millisecond, a
# thousand 20, and writing to a few is a small part of what posting to them costs.
_MAX_COOLDOWN_S = 0.020
_COOLDOWN_PER_ROUND = 16
_Part = tuple[Channel[Feed], tuple[Feed, ...]]


class Broadcast:
    """Wakes every feed of the rooms that have grown; one broadcast at a time, with a cooldown under
    load."""

    def __init__(self, clock: Callable[[], float], load: CpuLoad) -> None:
        self._clock = clock
        self._load = load
        self._grown: dict[Channel[Feed], None] = {}
        self._parts: Iterator[_Part] = iter(())
        self._is_under_way = False
        self._cooldown_until_s = 0.0
        self._spent_s = 0.0

    def start(self, *channels: Channel[Feed]) -> None:
        """Wake their feeds: at once when nothing is under way, else with the next broadcast."""
        self._grown.update(dict.fromkeys(channels))
        if self._grown and not self._is_under_way:
            self._is_under_way = True
            self._begin_after_cooldown()

    def _begin_after_cooldown(self) -> None:
        cooldown_s = self._cooldown_until_s - self._clock()
        if cooldown_s > 0:
            asyncio.get_running_loop().call_later(cooldown_s, self._begin)
        else:
            self._begin()

    def _begin(self) -> None:
        grown, self._grown = self._grown, {}
        self._spent_s = 0.0
        for channel in grown:
            channel.wake_waiters()
        self._parts = _parts_of(grown)
        self._go_on()

    def _go_on(self) -> None:
        began_s = self._clock()
        count = 0
        for channel, feeds in self._parts:
            self._write(channel, feeds)
            count += len(feeds)
            if count >= _SLICE:
                break
        now_s = self._clock()
        self._spent_s += now_s - began_s
        if count >= _SLICE:
            asyncio.get_running_loop().call_soon(self._go_on)
        else:
            self._end(now_s)

    def _write(self, channel: Channel[Feed], feeds: tuple[Feed, ...]) -> None:
        try:
            for feed in write_steps(channel, write_next(channel, feeds)):
                wake(feed)
        except Exception:
            # Without its end no broadcast would begin again.
            _log.exception("a broadcast to feeds of %r failed", channel)

    def _end(self, now_s: float) -> None:
        most_s = min(_COOLDOWN_PER_ROUND * self._spent_s, _MAX_COOLDOWN_S)
        self._cooldown_until_s = now_s + self._load.cooldown_s(most_s)
        if self._grown:
            self._begin_after_cooldown()
        else:
            self._is_under_way = False


def _parts_of(channels: Iterable[Channel[Feed]]) -> Iterator[_Part]:
    """Their feeds, at most a slice of one room at once."""
    for channel in channels:
        feeds = tuple(channel.feeds)
        for at in range(0, len(feeds), _SLICE):
            yield channel, feeds[at : at + _SLICE]


def wake(feed: Feed) -> None:
    try:
        if feed.sink is not None:
            feed.sink.wake()
    except Exception:
        fail(feed)
