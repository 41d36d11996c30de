"""TransportSink: a feed that writes to the connection's transport itself; no task of its own."""

import asyncio
import logging
import random
from typing import Any, cast

from sse_chat.errors import Unavailable
from sse_chat.feed.feed import Feed
from sse_chat.feed.framing import LAST_CHUNK
from sse_chat.feed.hub import Hub

_log = logging.getLogger("sse_chat.feed")
NEVER = float("inf")
_LINGER_S = 30.0


class TransportSink(asyncio.Protocol):
    """The protocol of a connection once the head of its answer was sent."""

    __slots__ = (
        "_connections", "_feed", "_hub", "_linger", "_reading", "_transport", "blocked_since_s",
    )  # fmt: skip

    def __init__(self, feed: Feed, hub: Hub) -> None:
        self._feed = feed
        self._hub = hub
        self._connections: set[Any] = set()
        self._transport: asyncio.Transport | None = None
        self._reading: asyncio.Task[None] | None = None
        self._linger: asyncio.TimerHandle | None = None
        self.blocked_since_s = NEVER

    def __repr__(self) -> str:
        return f"<TransportSink {self._feed!r}>"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not derive from asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        # Paused as soon as the kernel takes no more: a slow reader holds one slice, not many.
        # Not 0: the transports of TLS are paused when what they hold is *at* the mark.
        self._transport.set_write_buffer_limits(high=1, low=0)

    def begin(self, connections: set[Any], head: bytes = b"") -> None:
        """Send the head, if it was not sent yet, with what there is.

        In the end it takes itself out of the server's `connections`.
        """
        self._connections = connections
        first = head + self._feed.take()
        if self._transport is None:
            return
        if self._feed.is_over:
            self._finish(first)
        else:
            self._take_part()
            self._transport.write(first)
            if not self._feed.is_at_head:
                self.wake()

    def data_received(self, data: bytes) -> None:
        """A client has nothing to say on a feed; what it pipelines is dropped."""

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._reading is not None:
            self._reading.cancel()
        if self._linger is not None:
            self._linger.cancel()
        self._connections.discard(self)
        self._hub.leave(self._feed)

    def _take_part(self) -> None:
        """In cohorts, until the reader takes no more, or the feed ends."""
        if (
            self._transport is not None
            and self.blocked_since_s is NEVER
            and self._feed.is_plain
            and not self._feed.is_over
        ):
            self._feed.write = self._transport.write

    def pause_writing(self) -> None:
        self.blocked_since_s = self._hub.clock()
        self._feed.write = None

    def resume_writing(self) -> None:
        self.blocked_since_s = NEVER
        self._take_part()
        self.wake()

    def shutdown(self) -> None:
        """What uvicorn calls on every connection when the server stops."""
        self._hub.drain()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def wake(self) -> None:
        feed = self._feed
        if self.blocked_since_s is not NEVER or self._transport is None or feed.is_over:
            return
        chunk = feed.take()
        if feed.is_over:
            self._finish(chunk)
            return
        if chunk:
            self._transport.write(chunk)
        if feed.is_at_head or self.blocked_since_s is not NEVER:
            return
        if feed.is_ready:
            # Others have their turn between two steps, however much this reader is owed.
            asyncio.get_running_loop().call_soon(self.wake)
        elif self._reading is None and feed.is_behind:
            self._reading = asyncio.create_task(self._catch_up(), name="catch up")
            self._reading.add_done_callback(self._caught_up)

    def _finish(self, chunk: bytes) -> None:
        """The last of this feed; a reader that does not take it in time is cut."""
        assert self._transport is not None
        self._feed.write = None
        self._transport.write(chunk + LAST_CHUNK if self._feed.is_chunked else chunk)
        self._transport.close()
        self._hub.leave(self._feed)
        self._linger = asyncio.get_running_loop().call_later(_LINGER_S, self.abort)

    async def _catch_up(self) -> None:
        """Pages from the store until the cursor is in the window or the reader is full."""
        while self._feed.is_behind and self.blocked_since_s is NEVER:
            await read_page(self._feed)
            self.wake()

    def _caught_up(self, task: asyncio.Task[None]) -> None:
        self._reading = None
        if task.cancelled():
            return
        if exc := task.exception():
            _log.error("%r failed and is closed", self._feed, exc_info=exc)
            self.abort()
        else:
            self.wake()


async def read_page(feed: Feed) -> None:
    """What the feed misses, from the store; a store that is away is waited for a while."""
    try:
        await feed.read_page()
    except Unavailable as exc:
        _log.debug("%r waits for the store: %s", feed, exc.detail)
        await asyncio.sleep(random.uniform(0.2, 0.6))
