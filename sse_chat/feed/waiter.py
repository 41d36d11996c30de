"""Waiters: for what comes next in a room, without a task or a timer for each."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Protocol

from sse_chat.feed.channel import Channel
from sse_chat.feed.deadlines import Deadlines
from sse_chat.feed.feed import Feed
from sse_chat.ids import EntryId

_log = logging.getLogger("sse_chat.feed")


class Place(Protocol):
    """Where one waits: the hub."""

    deadlines: Deadlines
    is_draining: asyncio.Event
    clock: Callable[[], float]


class Waiter:
    """Until the room's newest id is another than this one: there is an entry after it, or the store
    has lost it. Or until the time is over, or the hub drains.
    """

    __slots__ = ("_after", "_channel", "_deadline", "_hub", "_on_end")

    def __init__(self, hub: Place, channel: Channel[Feed], after: EntryId) -> None:
        self._hub = hub
        self._channel = channel
        self._after = after
        self._deadline = 0
        self._on_end: Callable[[], None] | None = None

    def begin(self, timeout_s: float, on_end: Callable[[], None]) -> None:
        """Calls back once, in a later turn of the loop, unless it ends before; what that raises is
        logged."""
        self._on_end = on_end
        self._channel.waiters[self] = None
        self._deadline = self._hub.deadlines.add(self, timeout_s)
        if self._is_over():
            asyncio.get_running_loop().call_soon(self.wake)

    def end(self) -> None:
        """Nobody waits any more. May be called again."""
        if self._on_end is not None:
            self._on_end = None
            self._channel.waiters.pop(self, None)
            self._hub.deadlines.discard(self, self._deadline)
            self._channel.used_at_s = self._hub.clock()

    async def wait(self, timeout_s: float) -> None:
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.begin(timeout_s, partial(_settle, ended))
        try:
            await ended
        finally:
            self.end()

    def wake(self) -> None:
        """The channel has changed, and forgotten who waits."""
        if self._on_end is None:
            return
        if self._is_over():
            self.expire()
        else:
            self._channel.waiters[self] = None

    def expire(self) -> None:
        on_end = self._on_end
        self.end()
        try:
            if on_end is not None:
                on_end()
        except Exception:
            # Others are woken in the same turn.
            _log.exception("one who waited in %r failed", self._channel)

    def _is_over(self) -> bool:
        return self._channel.window.head != self._after or self._hub.is_draining.is_set()


def _settle(ended: "asyncio.Future[None]") -> None:
    if not ended.done():
        ended.set_result(None)
