"""AccessLog: one line for each request that was answered, when its answer has ended.

Probes of health are left out. What opens something never stands in a line.
"""

import asyncio
import logging
import re
import time
from typing import Any, cast

from starlette.types import Message, Scope

from sse_chat.feed.feed import Feed
from sse_chat.feed.hub import Hub
from sse_chat.feed.transport_sink import TransportSink
from sse_chat.people.roles import Person
from sse_chat.visible import quote
from sse_chat.web.http.request_ids import request_id

_log = logging.getLogger("sse_chat.access")
# Members of the scope: what is logged of its request; who asks, once that is known.
ACCESS = "sse_chat.access"
PERSON = "sse_chat.person"
_PROBES = {"/healthz", "/readyz"}
_CLIENT_WENT = 499
_FAILED = 500
_MAX_PATH = 2000
_SECRET_QUERY = re.compile(
    r"(?i)((?:^|&)(?:invitation|code|secret|password|authorization|[a-z_-]*token|[a-z_-]*key)=)[^&]+"
)
# Source: the ladder of the page; a request that is no feed has none.
_STEPS = {b"text/event-stream": 1, b"application/x-ndjson": 2}
_POLL_STEP = 3


class Access:
    """One request, from its head to the end of its answer."""

    def __init__(self, scope: Scope, name: bytes) -> None:
        self._scope = scope
        self._name = name.decode()
        self._began_s = time.monotonic()
        self._status = 0
        self._content_type = b""
        self._bytes = 0
        self.is_detached = False

    def detach(self) -> None:
        """Its end is said by who has the connection now."""
        self.is_detached = True

    def take(self, message: Message) -> None:
        """A message of the answer."""
        if message["type"] == "http.response.start":
            self.start(message["status"], message.get("headers", ()))
        else:
            self.add(len(message.get("body", b"")))

    def start(self, status: int, headers: Any) -> None:
        self._status = status
        self._content_type = dict(headers).get(b"content-type", b"").partition(b";")[0]

    def add(self, count: int) -> None:
        """Bytes of the body."""
        self._bytes += count

    def end(self, *, has_failed: bool = False) -> None:
        """Logs it, but for what the connection of a feed ends later."""
        if self._scope["path"] in _PROBES:
            return
        fields = self._fields(has_failed=has_failed)
        token = request_id.set(self._name)
        try:
            _log.info(
                '%s %s "%s %s" %d %dB %.3fs step=%s',
                fields["client"],
                quote(fields["person"]) if fields["person"] else "-",
                fields["method"],
                fields["path"],
                fields["status"],
                fields["bytes"],
                fields["duration_s"],
                fields["step"] or "-",
                extra={"fields": fields},
            )
        finally:
            request_id.reset(token)

    def _fields(self, *, has_failed: bool) -> dict[str, Any]:
        scope = self._scope
        person = cast("Person | None", scope.get(PERSON))
        query = scope["query_string"].decode("latin-1")
        path = quote(scope["path"] + (f"?{_hide(query)}" if query else ""), _MAX_PATH)[1:-1]
        return {
            "client": (scope.get("client") or ("",))[0] or "-",
            "person": person.author.name if person else "",
            "author_id": person.author.author_id if person else "",
            "method": scope["method"],
            "path": path,
            "status": self._status or (_FAILED if has_failed else _CLIENT_WENT),
            "bytes": self._bytes,
            "duration_s": round(time.monotonic() - self._began_s, 3),
            "step": self._step(query),
        }

    def _step(self, query: str) -> int | None:
        """Of the ladder: server-sent events, ndjson, long-polls."""
        path = self._scope["path"]
        if path.endswith("/feed") or self._content_type in _STEPS:
            return _STEPS.get(self._content_type)
        return _POLL_STEP if path.endswith("/messages") and "wait=" in query else None


def _hide(query: str) -> str:
    return _SECRET_QUERY.sub(r"\1…", query)


class LoggedSink(TransportSink):
    """A feed's sink that counts what it writes, and logs its request in the end."""

    __slots__ = ("_access",)

    def __init__(self, feed: Feed, hub: Hub, access: Access) -> None:
        super().__init__(feed, hub)
        self._access = access

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        counted = _CountedTransport(cast(asyncio.Transport, transport), self._access)
        super().connection_made(cast(asyncio.BaseTransport, counted))

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._access.end()


class _CountedTransport:
    """What a sink asks of its transport."""

    def __init__(self, transport: asyncio.Transport, access: Access) -> None:
        self._transport = transport
        self._access = access
        self.close = transport.close
        self.abort = transport.abort
        self.set_write_buffer_limits = transport.set_write_buffer_limits

    def write(self, data: bytes) -> None:
        self._access.add(len(data))
        self._transport.write(data)
