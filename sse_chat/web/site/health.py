"""Is it alive, and does delivery work."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Draining, StoreFull, StoreUnavailable
from sse_chat.web.http.requests import services_of
from sse_chat.web.http.responses import json_response

_TIMEOUT_S = 3


async def healthz(request: Request) -> Response:
    return json_response({"status": "alive"})


async def readyz(request: Request) -> Response:
    """Ready is who delivers: something put into the store must come out of the tail."""
    services = services_of(request)
    if services.hub.is_drain_announced or services.hub.is_draining.is_set():
        raise Draining("the server is stopping")
    if not services.tail.is_running:
        raise StoreUnavailable(f"the tail is not running: {services.tail.problem}")
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            await services.tail.probe(services.store.send_probe)
    except TimeoutError as exc:
        raise StoreUnavailable(f"the probe did not come back within {_TIMEOUT_S} s") from exc
    except StoreFull as exc:
        # Feeds and history go on; to take all nodes out of service would help nobody.
        return json_response({"status": "ready", "store": "full", "detail": exc.detail})
    return json_response({"status": "ready"})
