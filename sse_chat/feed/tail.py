"""Tail: the worker's one blocking read of the store, feeding the hub."""

import asyncio
import logging
import random

from sse_chat.errors import StoreUnavailable
from sse_chat.feed.hub import Hub
from sse_chat.store.live import LiveReader

_log = logging.getLogger("sse_chat.tail")
_BACKOFF_S = (0.05, 2.0)


class Tail:
    """`is_running`: what is appended anywhere reaches this worker's feeds."""

    def __init__(self, live: LiveReader, hub: Hub) -> None:
        self._live = live
        self._hub = hub
        self._failures = 0
        self.is_running = False
        self.problem = "not started yet"

    async def run(self) -> None:
        """Runs until cancelled; while the store is away it tries again and again."""
        while True:
            try:
                await self._follow()
            except StoreUnavailable as exc:
                self._stopped(exc.detail)
                least_s, most_s = _BACKOFF_S
                pause_s = min(least_s * 2 ** min(self._failures, 10), most_s)
                await asyncio.sleep(random.uniform(0.5, 1) * pause_s)
            finally:
                self.is_running = False

    def _stopped(self, problem: str) -> None:
        self._failures += 1
        self.problem = problem
        self._hub.mark_store(is_away=True)
        if self._failures == 1:
            _log.warning("the tail stopped: %s; trying again", problem)

    async def _follow(self) -> None:
        # First the position, then the rooms: what comes in between is in both, and known by its id.
        await self._live.start()
        await self._hub.refresh_all()
        if self._failures:
            _log.warning("the tail runs again after %d failures", self._failures)
        self._failures = 0
        self.is_running = True
        self._hub.mark_store(is_away=False)
        while True:
            batch, has_hole = await self._live.read(self._hub.channels)
            self._hub.deliver(batch)
            if has_hole:
                await self._hub.refresh_all()
