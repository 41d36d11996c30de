"""The naive design, for comparison: one blocking XREAD per connection inside sse-starlette."""

import os
import sys
from collections.abc import AsyncIterator

import redis.asyncio as redis
import uvicorn
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

# Every reader holds a connection to Redis while it waits.
store = redis.Redis.from_url(
    os.environ["BENCH_REDIS"], decode_responses=True, max_connections=20_000, socket_timeout=None
)


async def follow(room: str, cursor: str) -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(event="hello", id=cursor, data="{}")
    while True:
        for _, entries in await store.xread({room: cursor}, count=1000, block=15_000):
            for cursor, fields in entries:
                yield ServerSentEvent(id=cursor, data=fields["text"])


async def read(request: Request) -> EventSourceResponse:
    room = request.path_params["room"]
    cursor = request.headers.get("last-event-id")
    if cursor is None:
        newest = await store.xrevrange(room, count=1)
        cursor = newest[0][0] if newest else "0-0"
    return EventSourceResponse(follow(room, cursor))


async def post(request: Request) -> JSONResponse:
    """Also the bare route that a POST is measured against: Starlette and one XADD of redis-py."""
    text = (await request.body()).decode()
    fields = {"text": text}
    entry_id = await store.xadd(request.path_params["room"], fields, maxlen=10_000)
    return JSONResponse({"id": entry_id}, 201)


app = Starlette(
    routes=[
        Route("/chat/{room}", read, methods=["GET"]),
        Route("/chat/{room}", post, methods=["POST"]),
    ]
)

if __name__ == "__main__":
    port = int(sys.argv[1])
    uvicorn.run(
        app,
        port=port,
        backlog=4096,
        log_level="error",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
