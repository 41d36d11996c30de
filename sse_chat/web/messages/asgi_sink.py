"""AsgiSink: a feed through any ASGI server, by sse-starlette's response."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

from sse_starlette import EventSourceResponse

from sse_chat.feed.feed import Feed
from sse_chat.feed.hub import Hub
from sse_chat.feed.transport_sink import NEVER, read_page

# A reader may pause for minutes; one that takes nothing for this long is gone.
_SEND_TIMEOUT_S = 300
_DRAIN_S = 2.0


class AsgiSink:
    """Wakes the task that carries the feed; that a send takes too long is its response's care."""

    def __init__(self) -> None:
        self.blocked_since_s = NEVER
        self._event = asyncio.Event()
        self._task = asyncio.current_task()

    def wake(self) -> None:
        self._event.set()

    def abort(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def wait(self) -> None:
        await self._event.wait()
        self._event.clear()


class _Drain:
    """What sse-starlette sets when the server stops: here, all feeds are told at once."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def set(self) -> None:
        self._hub.drain()


def asgi_response(hub: Hub, feed: Feed, headers: Mapping[str, str]) -> EventSourceResponse:
    response = EventSourceResponse(
        _stream(hub, feed),
        headers=headers,
        media_type=feed.fmt.media_type,
        ping=0,
        send_timeout=_SEND_TIMEOUT_S,
        # It is only ever set.
        shutdown_event=cast(Any, _Drain(hub)),
        shutdown_grace_period=_DRAIN_S,
    )
    # It says keep-alive, to HTTP/1.0 too, whose answer ends with the connection: the server knows.
    del response.headers["Connection"]
    return response


async def _stream(hub: Hub, feed: Feed) -> AsyncIterator[bytes]:
    sink = AsgiSink()
    hub.join(feed, sink)
    reading: asyncio.Task[None] | None = None
    try:
        while not feed.is_over:
            chunk = feed.take()
            if chunk:
                yield chunk
            if feed.is_ready:
                # Others have their turn between two steps, however much this reader is owed.
                await asyncio.sleep(0)
            elif chunk:
                continue
            elif feed.is_behind and (reading is None or reading.done()):
                if reading is not None:
                    reading.result()
                # Beside the feed: the window may come to cover it before the store answers.
                reading = asyncio.create_task(read_page(feed), name="catch up")
                reading.add_done_callback(lambda _: sink.wake())
            elif not feed.is_over:
                await sink.wait()
    finally:
        if reading is not None:
            reading.cancel()
        hub.leave(feed)
