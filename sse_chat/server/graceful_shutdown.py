"""A shutdown in two steps: announce it, and stop once proxies have seen that."""

import asyncio
import signal
from collections.abc import Callable
from types import FrameType


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
