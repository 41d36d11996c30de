"""`/metrics`, for Prometheus."""

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.metrics.exposition import expose
from sse_chat.metrics.peers import Peers
from sse_chat.web.responses import NO_STORE


async def metrics(request: Request) -> Response:
    peers: Peers = request.app.state.peers
    body, content_type = expose(await peers.gather(), request.headers.get("accept", ""))
    return Response(body, headers={**NO_STORE, "Content-Type": content_type})
