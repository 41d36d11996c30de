"""The fast path: posts to a room and reads of it go straight to their handlers.

They are nearly all that a busy server is asked for. Where the server has such a request whole, it
asks here, past ASGI's messages, Starlette's layers and its router, which together cost as much
as the rest of a post. The routes stay for all that comes otherwise, and are held to the same
answers by the same tests.
"""

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol

from starlette.applications import Starlette
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from sse_chat.errors import ChatError, Failure
from sse_chat.web.http.access_log import ACCESS, Access
from sse_chat.web.http.edge import Edge
from sse_chat.web.http.queries import check_query_of, parse_query
from sse_chat.web.http.request_ids import request_id
from sse_chat.web.http.requests import WHOLE_BODY
from sse_chat.web.http.responses import error_response
from sse_chat.web.messages.feeds import get_feed, get_room
from sse_chat.web.messages.history import get_messages
from sse_chat.web.messages.long_poll import LongPoll
from sse_chat.web.messages.post import post_message

_log = logging.getLogger("sse_chat.server")
_PATH = re.compile(rb"/chat/([a-z0-9][a-z0-9_-]{0,63})(/feed|/messages)?/?")
_PIPED = b"application/x-ndjson"
_POST, _GET, _CONTENT_TYPE = b"POST", b"GET", b"content-type"
# A member of the scope: the request's.
_NAME = "sse_chat.name"

Handler = Callable[[Request], Awaitable[Response]]
_ROOM = "/chat/{room}"
_READS: dict[bytes | None, tuple[Handler, str]] = {
    None: (get_room, _ROOM),
    b"/feed": (get_feed, "/chat/{room}/feed"),
    b"/messages": (get_messages, "/chat/{room}/messages"),
}


class _Headers(Headers):
    """Looked up in a dict: Starlette's are searched through, once for each look."""

    def __init__(self, scope: Scope) -> None:
        self._list = scope["headers"]
        # Of repeated headers the first counts.
        self._found = dict(reversed(self._list))

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower().encode("latin-1") in self._found

    def __getitem__(self, key: str) -> str:
        return self._found[key.lower().encode("latin-1")].decode("latin-1")

    def get(self, key: str, default: Any = None) -> Any:
        value = self._found.get(key.lower().encode("latin-1"))
        return default if value is None else value.decode("latin-1")


class _Request(Request):
    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self._quick_headers = _Headers(scope)

    @property
    def headers(self) -> Headers:
        return self._quick_headers

    @property
    def query_params(self) -> QueryParams:
        return parse_query(self.scope["query_string"])


class Head(Protocol):
    """Of a request, as it came."""

    @property
    def method(self) -> bytes: ...
    @property
    def raw_path(self) -> bytes: ...
    @property
    def http_version(self) -> str: ...
    @property
    def headers(self) -> list[tuple[bytes, bytes]]: ...


class RouteMatch(NamedTuple):
    handler: Handler
    room: str
    route: str


class FastPath:
    """`logs_access`: each request has a line in the access log."""

    def __init__(
        self, app: Starlette, edge: Edge, *, root: str, has_feeds: bool, logs_access: bool
    ) -> None:
        self._app = app
        self._edge = edge
        self._root = root.encode()
        self._has_feeds = has_feeds
        self._logs_access = logs_access

    def find(self, head: Head) -> RouteMatch | None:
        """What a request asks for, if it is of the kind that is answered here."""
        method = head.method
        if method not in (_POST, _GET) or head.http_version != "1.1":
            return None
        found = _PATH.fullmatch(head.raw_path.removeprefix(self._root))
        if found is None:
            return None
        room, below = found.groups()
        if method == _GET:
            if not self._has_feeds:
                return None
            handler, route = _READS[below]
            return RouteMatch(handler, room.decode(), route)
        if below is not None:
            return None
        for name, value in head.headers:
            if name == _CONTENT_TYPE and _PIPED in value.lower():
                return None
        return RouteMatch(post_message, room.decode(), _ROOM)

    async def answer(self, match: RouteMatch, scope: Scope, body: bytes) -> Response:
        """Of a request that is whole. The answer has all its headers, whatever goes wrong; but a
        LongPoll comes as it is, and ends with `finish`."""
        scope["app"] = self._app
        self._name(scope, self._edge.on_request(scope))
        scope["path_params"] = {"room": match.room}
        scope[WHOLE_BODY] = body
        request = _Request(scope)
        try:
            self._edge.check(request)
            if scope["query_string"]:
                check_query_of(request, match.route)
            response = await match.handler(request)
        except Exception as exc:
            response = _describe(request, exc)
        return response if isinstance(response, LongPoll) else self.finish(scope, response)

    def _name(self, scope: Scope, name: bytes) -> None:
        scope[_NAME] = name
        if self._logs_access:
            scope[ACCESS] = Access(scope, name)

    def ask_again(self, poll: LongPoll, query: bytes) -> bool:
        """For one that was answered, and a request with the same path and headers: whether it can
        begin again."""
        if not poll.ask_again(query):
            return False
        scope = poll.request.scope
        self._name(scope, self._edge.name_again(scope))
        return True

    async def read(self, poll: LongPoll) -> Response:
        """What the poll could not find."""
        # This task was started by a broadcast, or by another request's time being over.
        request_id.set(poll.request.scope[_NAME].decode())
        try:
            response = await poll.read()
        except Exception as exc:
            response = _describe(poll.request, exc)
        return self.finish(poll.request.scope, response)

    def finish(self, scope: Scope, response: Response) -> Response:
        """The same, as it goes out."""
        response.raw_headers = self._edge.on_response(scope, scope[_NAME], response.raw_headers)
        if ACCESS in scope:
            scope[ACCESS].start(response.status_code, response.raw_headers)
        return response


def _describe(request: Request, problem: Exception) -> Response:
    if isinstance(problem, ChatError):
        return error_response(request, problem)
    scope = request.scope
    _log.error("%s %r failed", scope["method"], scope["path"], exc_info=problem)
    return error_response(request, Failure())
