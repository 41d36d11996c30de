"""Deadlines: when each wait is over, without a timer for each."""

import asyncio
from collections.abc import Callable
from typing import Protocol

# Waits that end within this end together.
_BUCKET_S = 0.05
# Each answers a request: between some of them posts and broadcasts have their turn.
_AT_ONCE = 50


class Expiring(Protocol):
    def expire(self) -> None:
        """Its time is over; must not raise."""


class Deadlines:
    """Of the clock's seconds; up to a twentieth of one late."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        # In the order in which they came, so that a simulation can be repeated.
        self._buckets: dict[int, dict[Expiring, None]] = {}

    def add(self, waiting: Expiring, timeout_s: float) -> int:
        """Returns what `discard` takes."""
        now_s = self._clock()
        number = int((now_s + timeout_s) / _BUCKET_S) + 1
        bucket = self._buckets.get(number)
        if bucket is None:
            bucket = self._buckets[number] = {}
            asyncio.get_running_loop().call_later(number * _BUCKET_S - now_s, self._end, number)
        bucket[waiting] = None
        return number

    def discard(self, waiting: Expiring, number: int) -> None:
        bucket = self._buckets.get(number)
        if bucket is not None:
            bucket.pop(waiting, None)
            if not bucket:
                # It stays until its time: a dict keeps the room of all that were in it.
                bucket.clear()

    def _end(self, number: int) -> None:
        bucket = self._buckets[number]
        for _ in range(min(_AT_ONCE, len(bucket))):
            bucket.popitem()[0].expire()
        if bucket:
            asyncio.get_running_loop().call_soon(self._end, number)
        else:
            del self._buckets[number]
