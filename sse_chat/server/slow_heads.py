"""Connections that wait for a request, and for how long each may: for one that has not begun or not
got past its head, and for the next one after an answer."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

_log = logging.getLogger("sse_chat.server")
_LOOK_S = 2.0
_KEEP_ALIVE_S = 75.0


class PendingHead(Protocol):
    def end_slow_head(self) -> None:
        """Cut the connection."""


class Idle(Protocol):
    def end_idle(self) -> None:
        """Close the connection."""


Of = TypeVar("Of")


class _Overdue(Generic[Of]):
    """One look every 2 s in place of a timer for each connection."""

    def __init__(self, most_s: float, end: Callable[[Of], None]) -> None:
        self._most_s = most_s
        self._end = end
        # The oldest first.
        self._since_s: dict[Of, float] = {}

    def add(self, waiting: Of) -> None:
        self._since_s.pop(waiting, None)
        self._since_s[waiting] = time.monotonic()

    def discard(self, waiting: Of) -> None:
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
                self._end(waiting)
            except Exception:
                _log.exception("%r failed to end", waiting)


class SlowHeads(_Overdue[PendingHead]):
    def __init__(self, most_s: float) -> None:
        super().__init__(most_s, lambda pending: pending.end_slow_head())


class IdleConnections(_Overdue[Idle]):
    """Those whose last answer is out."""

    def __init__(self) -> None:
        super().__init__(_KEEP_ALIVE_S, lambda idle: idle.end_idle())
