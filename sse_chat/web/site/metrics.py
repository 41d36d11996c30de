"""`/metrics`, for Prometheus: not for everybody, whatever a proxy in front lets through."""

import hmac

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Forbidden
from sse_chat.metrics.exposition import expose
from sse_chat.metrics.peers import Peers
from sse_chat.web.http.forwarded import is_trusted, parse_networks
from sse_chat.web.http.proxied import client_address, is_behind_untrusted
from sse_chat.web.http.requests import services_of
from sse_chat.web.http.responses import NO_STORE


async def metrics(request: Request) -> Response:
    if not (_has_token(request) or _is_near(request)):
        raise Forbidden(
            "/metrics is for the addresses of --metrics-from, and for who sends --metrics-token"
        )
    peers: Peers = request.app.state.peers
    body, content_type = expose(await peers.gather(), request.headers.get("accept", ""))
    return Response(body, headers={**NO_STORE, "Content-Type": content_type})


def _has_token(request: Request) -> bool:
    token = services_of(request).settings.metrics_token
    sent = request.headers.get("authorization", "").removeprefix("Bearer ")
    return bool(token) and hmac.compare_digest(sent.encode(), token.encode())


def _is_near(request: Request) -> bool:
    # Through a proxy that is not trusted anybody comes from the proxy's own address.
    if is_behind_untrusted(request):
        return False
    networks = parse_networks(services_of(request).settings.metrics_from)
    return is_trusted(client_address(request), networks)
