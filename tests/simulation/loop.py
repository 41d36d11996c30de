"""ShuffledLoop: an event loop with virtual time that runs what is ready in seeded random order."""

import asyncio
import contextlib
import itertools
import random
from asyncio.events import _set_running_loop
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

# So many turns without a step of time are an endless loop.
_MAX_TURNS_AT_ONCE = 20_000
# Timers this close to each other are due together.
_RESOLUTION_S = 1e-6
# A callback that takes long makes timers due while others still wait.
_MAX_SLIP_S = 0.005


class NumberedFuture(asyncio.Future[Any]):
    """Its place in a set is the same in every run."""

    _numbers = itertools.count()
    _number = -1

    def __hash__(self) -> int:
        if self._number < 0:
            self._number = next(NumberedFuture._numbers)
        return self._number

    @classmethod
    def restart(cls) -> None:
        cls._numbers = itertools.count()


class ShuffledLoop(asyncio.AbstractEventLoop):
    """`shuffle`: how often the order of registration is left; `slip`: how often time moves on
    while callbacks wait, as it does when one of them takes long."""

    def __init__(self, chance: random.Random, *, shuffle: float = 1.0, slip: float = 0.0) -> None:
        self.now_s = 1000.0
        self.turns = 0
        self.problem = ""
        self._random = chance.random
        self._shuffle = shuffle
        self._slip = slip
        self._ready: list[asyncio.Handle] = []
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._number = itertools.count()

    def time(self) -> float:
        return self.now_s

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: Any = None) -> Any:
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    call_soon_threadsafe = call_soon

    def call_later(
        self, delay: float, callback: Callable[..., Any], *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self.now_s + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., Any], *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        heappush(self._timers, (when, next(self._number), timer))
        return timer

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Asked of every loop; a cancelled timer is dropped when it is due."""

    def create_future(self) -> asyncio.Future[Any]:
        return NumberedFuture(loop=self)

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        return asyncio.Task(coro, loop=self, **options)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.problem = self.problem or f"{context['message']}: {context.get('exception')!r}"

    @contextlib.contextmanager
    def running(self) -> Any:
        """What is called inside finds this loop as the running one."""
        _set_running_loop(self)
        try:
            yield
        finally:
            _set_running_loop(None)

    def run_until(self, deadline_s: float) -> None:
        """Everything that happens up to then, or until there is a `problem`."""
        with self.running():
            while not self.problem:
                self._run_ready()
                if not self._timers or self._timers[0][0] > deadline_s:
                    break
                self._advance()
        self.now_s = max(self.now_s, deadline_s)

    def _advance(self) -> None:
        """To the next timer, and all that are due with it."""
        timers = self._timers
        self.now_s = max(self.now_s, timers[0][0])
        due_s = self.now_s + _RESOLUTION_S
        while timers and timers[0][0] <= due_s:
            self._ready.append(heappop(timers)[2])

    def _run_ready(self) -> None:
        ready, draw = self._ready, self._random
        turns_left = _MAX_TURNS_AT_ONCE
        while ready and not self.problem:
            turns_left -= 1
            if turns_left == 0:
                self.problem = "the loop turns without end while time stands still"
            count = len(ready)
            if count == 1:
                handle = ready.pop()
            elif draw() < self._shuffle:
                at = int(draw() * count)
                handle = ready[at]
                ready[at] = ready[-1]
                ready.pop()
            else:
                handle = ready.pop(0)
            if not handle._cancelled:
                self.turns += 1
                handle._run()
            if self._slip and ready and draw() < self._slip:
                self._slip_on()

    def _slip_on(self) -> None:
        if self._timers and self._timers[0][0] <= self.now_s + _MAX_SLIP_S:
            self._advance()
