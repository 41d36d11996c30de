"""Turn: long work gives the event loop back every few milliseconds, so that nobody waits for it."""

import asyncio
import time

_MAX_TURN_S = 0.01


class Turn:
    def __init__(self, max_s: float = _MAX_TURN_S) -> None:
        self._max_s = max_s
        self._ends_at_s = time.perf_counter() + max_s

    async def give_way(self) -> None:
        """Between two steps of the work: lets others go first when this turn has lasted."""
        if time.perf_counter() >= self._ends_at_s:
            await asyncio.sleep(0)
            self._ends_at_s = time.perf_counter() + self._max_s
