"""Leaving in two steps: first say that one is going, then, once proxies have seen it, go; and with
which status."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from types import FrameType

_log = logging.getLogger("sse_chat")


def delay_sigterm(delay_s: float, on_sigterm: Callable[[], None]) -> None:
    """The first SIGTERM calls back at once, and does what it did before `delay_s` later.

    A second one does it at once. Called in the loop of the main thread.
    """
    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGTERM)

    def end() -> None:
        signal.signal(signal.SIGTERM, before)
        signal.raise_signal(signal.SIGTERM)

    def begin() -> None:
        on_sigterm()
        loop.call_later(delay_s, end)

    def handle(signum: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, before)
        # Python runs this between any two instructions: the loop must not be touched here.
        loop.call_soon_threadsafe(begin)

    signal.signal(signal.SIGTERM, handle)


class Status:
    """What the process says as it ends: 0 when it was asked to, 70 after a fault."""

    def __init__(self) -> None:
        self._has_failed = False
        self._has_started = False
        self._reason = "Ctrl-C"

    def fail(self) -> None:
        self._has_failed = True

    def start(self) -> None:
        """From now on there is something that can stop."""
        self._has_started = True

    def note(self, signum: int) -> None:
        """What a signal asks for, when it is not this that takes it."""
        self._reason = signal.Signals(signum).name

    def log_end(self) -> None:
        if not self._has_started:
            return
        reason = "after a fault; see the lines above" if self._has_failed else self._reason
        _log.info("sse-chat stopped: %s", reason)

    def exit(self, signum: int, frame: FrameType | None) -> None:
        """For SIGTERM. uvicorn raises it again once it has stopped; then the store must be."""
        self.note(signum)
        raise SystemExit(os.EX_SOFTWARE if self._has_failed else 0)
