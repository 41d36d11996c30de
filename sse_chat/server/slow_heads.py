"""SlowHeads: connections whose request has not begun or not got past its head, and their end."""

import asyncio
import logging
import time
from typing import Protocol

_log = logging.getLogger("sse_chat.server")
_LOOK_S = 2.0


class Waiting(Protocol):
    def end_slow_head(self) -> None:
        """Cut the connection."""


class SlowHeads:
    """One look every 2 s in place of a timer for each connection."""

    def __init__(self, most_s: float) -> None:
        self._most_s = most_s
        # The oldest first.
        self._since_s: dict[Waiting, float] = {}

    def add(self, waiting: Waiting) -> None:
        self._since_s.pop(waiting, None)
        self._since_s[waiting] = time.monotonic()

    def discard(self, waiting: Waiting) -> None:
        self._since_s.pop(waiting, None)

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_S)
            self.end_old(time.monotonic())

    def end_old(self, now_s: float) -> None:
        while self._since_s:
            waiting, since_s = next(iter(self._since_s.items()))
            if now_s - since_s < self._most_s:
                return
            del self._since_s[waiting]
            try:
                waiting.end_slow_head()
            except Exception:
                _log.exception("%r failed to end", waiting)
