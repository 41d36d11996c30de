"""Is it alive, and does delivery work."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Draining, StoreUnavailable
from sse_chat.web.requests import services_of
from sse_chat.web.responses import json_response

_TIMEOUT_S = 3


async def healthz(request: Request) -> Response:
    return json_response({"status": "alive"})


async def readyz(request: Request) -> Response:
    services = services_of(request)
    if services.hub.is_draining.is_set():
        raise Draining("the server is stopping")
    if not services.tail.is_running:
        raise StoreUnavailable(f"the tail is not running: {services.tail.problem}")
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            await services.store.ping()
    except TimeoutError as exc:
        raise StoreUnavailable(f"the store did not answer within {_TIMEOUT_S} s") from exc
    return json_response({"status": "ready"})
