"""Tail: the worker's one blocking read of the store, feeding the hub.

On a cluster there is one for each partition, as one read cannot span slots."""

import asyncio
import logging
import random
import secrets
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from sse_chat.errors import Unavailable
from sse_chat.feed.hub import Hub
from sse_chat.store.live import LiveReader

_log = logging.getLogger("sse_chat.tail")
_BACKOFF_S = (0.05, 2.0)
# What comes during a cooldown is read at once. For each post the store must wake a blocked read.
_MAX_COOLDOWN_S = 0.002
Send = Callable[[int, str], Awaitable[None]]


class Tail:
    """Reads what is appended anywhere, and gives it to the hub; one task runs it.

    `is_running`: what is appended reaches this worker's feeds. `problem`: why not, else "".
    """

    def __init__(self, live: LiveReader, hub: Hub) -> None:
        self._live = live
        self._hub = hub
        self._failures = 0
        self.is_running = False
        self.problem = "not started yet"

    @property
    def round_trips(self) -> int:
        return self._live.round_trips

    async def probe(self, send: Send) -> None:
        """Until something sent by `send(partition, token)` has come out of the tail again.

        Without a limit of its own: the caller sets one. Raises what `send` does.
        """
        token = secrets.token_hex(8)
        partition = random.choice(self._live.partitions)
        await self._live.await_probe(token, partial(send, partition, token))

    async def run(self) -> None:
        """Runs until cancelled; while the store is away it tries again and again."""
        while True:
            try:
                await self._follow()
            except Unavailable as exc:
                self._stopped(exc.detail)
                await self._back_off()
            except Exception as exc:
                # Such as an entry that someone else wrote there: it must not end the worker, and
                # the next start reads from behind it.
                _log.exception("the tail failed")
                self._stopped(f"it failed: {type(exc).__name__}; see the log")
                await self._back_off()
            finally:
                self.is_running = False

    async def _back_off(self) -> None:
        least_s, most_s = _BACKOFF_S
        pause_s = min(least_s * 2 ** min(self._failures, 10), most_s)
        await asyncio.sleep(random.uniform(0.5, 1) * pause_s)

    def _stopped(self, problem: str) -> None:
        self._failures += 1
        self._hub.counts.tail_failures += 1
        self.problem = problem
        self.is_running = False
        self._hub.mark_store(self._live.partitions, is_away=True)
        if self._failures == 1:
            _log.warning("nothing comes out of the store: %s; trying again", problem)

    async def _follow(self) -> None:
        # First the position, then the rooms: what comes in between is in both, and known by its id.
        await self._live.start()
        await self._hub.refresh_all(self._live.partitions)
        if self._failures:
            _log.warning("the store is back; failures meanwhile: %d", self._failures)
        self._failures = 0
        self.is_running = True
        self._hub.mark_store(self._live.partitions, is_away=False)
        while True:
            batch, has_hole = await self._live.read(self._hub.rooms_of_interest)
            self._hub.deliver(batch)
            if has_hole:
                await self._hub.refresh_all(self._live.partitions)
            await asyncio.sleep(self._hub.core_load.cooldown_s(_MAX_COOLDOWN_S))


class Tails:
    """All tails of a worker: they run and stop together, but each outlives failures alone."""

    def __init__(self, tails: Sequence[Tail]) -> None:
        self._tails = tails

    @property
    def is_running(self) -> bool:
        return all(tail.is_running for tail in self._tails)

    @property
    def problem(self) -> str:
        """Of the first that does not run."""
        return next((tail.problem for tail in self._tails if not tail.is_running), "")

    @property
    def round_trips(self) -> int:
        return sum(tail.round_trips for tail in self._tails)

    async def probe(self, send: Send) -> None:
        await asyncio.gather(*(tail.probe(send) for tail in self._tails))

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for tail in self._tails:
                group.create_task(tail.run())
