"""AsgiSink: a feed through any ASGI server, by sse-starlette's response."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Mapping

from sse_starlette import EventSourceResponse

from sse_chat.errors import StoreUnavailable
from sse_chat.feed.feed import Feed
from sse_chat.feed.hub import Hub

_log = logging.getLogger("sse_chat.feed")
# A reader may pause for minutes; one that takes nothing for this long is gone.
_SEND_TIMEOUT_S = 300
_DRAIN_S = 2.0


class AsgiSink:
    """Wakes the task that carries the feed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def wake(self) -> None:
        self._event.set()

    async def wait(self) -> None:
        await self._event.wait()
        self._event.clear()


class _Drain:
    """What sse-starlette sets when the server stops: here, all feeds are told at once."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def set(self) -> None:
        self._hub.drain()


def feed_response(hub: Hub, feed: Feed, headers: Mapping[str, str]) -> EventSourceResponse:
    return EventSourceResponse(
        _stream(hub, feed),
        headers=headers,
        media_type=feed.fmt.media_type,
        ping=0,
        send_timeout=_SEND_TIMEOUT_S,
        shutdown_event=_Drain(hub),  # type: ignore[arg-type]
        shutdown_grace_period=_DRAIN_S,
    )


async def _stream(hub: Hub, feed: Feed) -> AsyncIterator[bytes]:
    sink = AsgiSink()
    feed.sink = sink
    hub.join(feed)
    try:
        while not feed.is_over:
            chunk = feed.take()
            if chunk:
                yield chunk
                hub.sent(feed)
            elif feed.is_behind:
                await read_page(feed)
            else:
                await sink.wait()
    finally:
        hub.leave(feed)


async def read_page(feed: Feed) -> None:
    """What the feed misses, from the store; a store that is away is waited for a while."""
    try:
        await feed.read_page()
    except StoreUnavailable as exc:
        _log.debug("%r waits for the store: %s", feed, exc.detail)
        await asyncio.sleep(random.uniform(0.2, 0.6))
