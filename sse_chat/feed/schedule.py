"""Schedule: when each feed gets a heartbeat and when it is rotated, without a timer for each."""

import asyncio
import logging
import random
import time
from collections.abc import Callable

from sse_chat.events import Bye
from sse_chat.feed.broadcast import wake
from sse_chat.feed.cohort import write_ping
from sse_chat.feed.feed import Feed

_log = logging.getLogger("sse_chat.feed")
_TICK_S = 0.25
# Feeds that are due within this are kept together: to find the next one in a heap of ten thousand
# takes longer than to write to it.
_BUCKET_S = 0.05
# Between two slices of what is due, posts and broadcasts have their turn.
_SLICE = 200
# Proxies that let the first bytes through and hold the rest are found by a second event.
_FIRST_PING_S = (1.0, 1.6)
# A reader may pause for minutes; one that has taken nothing for this long is gone.
_STUCK_S = 300.0
_NEVER = float("inf")
_RETRY_MS = {
    "rotate": (50, 1000),
    "drain": (500, 5000),
    "busy": (10_000, 30_000),
    "revoked": (1000, 3000),
}


def make_bye(reason: str, detail: str = "") -> Bye:
    """With a `retry_ms` of its own, so that many do not come back at once."""
    return Bye(reason, random.randint(*_RETRY_MS[reason]), detail)


class Schedule:
    """Feeds by what they are due in, of the clock's seconds, looked at four times a second."""

    def __init__(self, rotate_s: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rotate_s = rotate_s
        self._buckets: dict[int, list[Feed]] = {}
        # The first of those that were not looked at to their end.
        self._number = int(clock() / _BUCKET_S)

    def add(self, feed: Feed) -> None:
        now_s = self._clock()
        is_rotated = self._rotate_s and feed.fmt.is_rotated
        life_s = self._rotate_s * random.uniform(0.8, 1.2) if is_rotated else _NEVER
        feed.rotate_at_s = now_s + life_s
        self._push(now_s + random.uniform(*_FIRST_PING_S), feed)

    def _push(self, due_s: float, feed: Feed) -> None:
        """Into the bucket that ends next after that."""
        number = max(int(due_s / _BUCKET_S) + 1, self._number)
        self._buckets.setdefault(number, []).append(feed)

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            has_more = self._look_at_due()
            await asyncio.sleep(0 if has_more else _TICK_S)

    def _look_at_due(self) -> bool:
        """True when more is due than one slice."""
        now_s = self._clock()
        for _ in range(_SLICE):
            feed = self._take_due(now_s)
            if feed is None:
                return False
            if feed.is_joined:
                self._push(self._look_at_safely(feed, now_s), feed)
        return True

    def _take_due(self, now_s: float) -> Feed | None:
        while self._number * _BUCKET_S <= now_s:
            if due := self._buckets.get(self._number):
                return due.pop()
            self._buckets.pop(self._number, None)
            self._number += 1
        return None

    def _look_at_safely(self, feed: Feed, now_s: float) -> float:
        """One feed that fails must not stop the heartbeats of all others."""
        try:
            return self._look_at(feed, now_s)
        except Exception:
            _log.exception("%r failed and is closed", feed)
            if feed.sink is not None:
                feed.sink.abort()
            return now_s + feed.heartbeat_s

    def _look_at(self, feed: Feed, now_s: float) -> float:
        """Does what is due; returns when to look again."""
        if feed.sink is not None and now_s - feed.sink.blocked_since_s > _STUCK_S:
            feed.sink.abort()
            return now_s + _STUCK_S
        if now_s >= feed.rotate_at_s:
            feed.end(make_bye("rotate"))
            wake(feed)
            return now_s + feed.heartbeat_s
        silent_since_s = max(feed.pinged_at_s, feed.grown_at_s)
        if feed.pinged_at_s and now_s - silent_since_s < feed.heartbeat_s:
            return min(silent_since_s + feed.heartbeat_s, feed.rotate_at_s)
        feed.pinged_at_s = now_s
        if not write_ping(feed):
            feed.ping()
            wake(feed)
        return min(now_s + feed.heartbeat_s, feed.rotate_at_s)
