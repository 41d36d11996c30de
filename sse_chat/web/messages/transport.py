"""A feed over the connection's own transport, where the server offers it."""

from collections.abc import Mapping
from functools import lru_cache

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sse_chat.feed.feed import Feed
from sse_chat.feed.hub import Hub
from sse_chat.feed.transport_sink import TransportSink
from sse_chat.web.http.access_log import ACCESS, Access, LoggedSink

# The ASGI scope extension. Once an answer was started, its member "detach" gives the connection to
# an asyncio.Protocol. It returns the set of the server's open connections, out of which the
# protocol takes itself in the end, and the head, to be sent with what follows it; or None when the
# client is gone.
DETACH = "sse_chat.detach"


class TransportResponse(Response):
    """Starts its answer by ASGI, then gives the connection to a TransportSink."""

    def __init__(self, hub: Hub, feed: Feed, headers: Mapping[str, str]) -> None:
        # Without Response.__init__, which would promise a length.
        self.raw_headers = list(_raw(tuple(headers.items()), feed.fmt.content_type))
        self.status_code = 200
        self._hub = hub
        self._feed = feed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        self.detach(scope)

    def detach(self, scope: Scope) -> None:
        """The connection is the feed's from now on, unless the client is gone."""
        access: Access | None = scope.get(ACCESS)
        if access is None:
            sink = TransportSink(self._feed, self._hub)
        else:
            sink = LoggedSink(self._feed, self._hub, access)
        connections = scope["extensions"][DETACH]["detach"](sink)
        if connections is not None:
            if access is not None:
                access.detach()
            is_chunked = scope["http_version"] != "1.0"
            self._hub.join(self._feed, sink, is_chunked=is_chunked)
            sink.begin(*connections)


# The same few for all feeds.
@lru_cache(maxsize=16)
def _raw(
    headers: tuple[tuple[str, str], ...], content_type: str
) -> tuple[tuple[bytes, bytes], ...]:
    """The body ends with its last chunk or with the connection, and the connection with it."""
    own = (("Content-Type", content_type), ("Connection", "close"))
    return tuple(
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in (*headers, *own)
    )
