"""Exchange: one request and its answer, which one writer frames and writes."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, NamedTuple, Protocol

from sse_chat.feed.framing import LAST_CHUNK, frame
from sse_chat.server.answers import head_bytes
from sse_chat.server.flow import Flow
from sse_chat.server.state import ServerState

_MAX_BODY_BYTES = 65_536
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_WITHOUT_BODY = {204, 304}
Headers = Iterable[tuple[bytes, bytes]]
Detached = tuple[set[Any], bytes]
"""The server's set of open connections, out of which a protocol that was given one takes itself
in the end; and the head of the answer, which goes out with what follows it."""


class Head(NamedTuple):
    """Of a request. Names of headers are in lower case."""

    method: bytes
    path: str
    raw_path: bytes
    """As it came; `path` without its escapes."""
    query: bytes
    http_version: str
    headers: list[tuple[bytes, bytes]]


class Framing(NamedTuple):
    """How the end of an answer's body is known. `header` is a line, or none."""

    header: bytes
    frame: Callable[[bytes], bytes]
    last: bytes
    ends_connection: bool = False


def _as_it_is(data: bytes) -> bytes:
    return data


def _in_lower_case(headers: Headers) -> Headers:
    return ((name, value.lower()) for name, value in headers)


def _nothing(data: bytes) -> bytes:
    return b""


# Source: RFC 9112, section 6.3.
_FRAMINGS = {
    "none": Framing(b"", _nothing, b""),
    "length": Framing(b"", _as_it_is, b""),
    "chunked": Framing(b"transfer-encoding: chunked\r\n", frame, LAST_CHUNK),
    "until-close": Framing(b"", _as_it_is, b"", ends_connection=True),
}


class Carrier(Protocol):
    """The connection, as far as its exchanges know it. Of the event loop's thread."""

    transport: asyncio.Transport
    flow: Flow
    client: tuple[str, int] | None
    server: tuple[str, int] | None
    scheme: str
    state: ServerState

    def read_on(self) -> None:
        """More of the body is wanted. May be called again."""

    def serve(self, exchange: "Exchange", work: Coroutine[Any, Any, None]) -> None:
        """In a task, which ends with the answer, or with its being deferred."""

    def answered(self, exchange: "Exchange") -> None:
        """The answer is written to its end. Once an exchange."""

    def detach(self, protocol: asyncio.Protocol, head: bytes) -> Detached:
        """From now on the transport is the protocol's. Once, in place of `answered`."""


class Repeated(Protocol):
    """The headers of a request, which its connection has sent before."""

    def remember(self, again: "Callable[[Exchange], bool]") -> None:
        """Of whoever has answered them: defers the next such exchange as it did that one; false
        where all must be looked at anew. Until other headers come."""

    def defer(self, exchange: "Exchange") -> bool:
        """By who was remembered last; false where nobody was, or all must be looked at anew."""


class Exchange:
    """Of the event loop's thread. The head of the answer waits for the first of its body, so that
    both are one write.

    `take`, `finish` and `lose` are its connection's, `finish` once, the others as often as they
    happen. What answers calls `start` once, then `write` up to `is_last`, or `respond`, or `detach`
    once; one task does, and another may wait for `arrival` meanwhile.
    """

    def __init__(self, connection: Carrier, head: Head, *, keep_alive: bool) -> None:
        self.head = head
        self.keep_alive = keep_alive
        self.client = connection.client
        self.server = connection.server
        self.scheme = connection.scheme
        self.is_complete = False
        """Whether the body of the request is all here."""
        self.is_gone = False
        """The client has gone, or the connection was given away."""
        self.has_started = self.is_answered = False
        self.repeated: Repeated | None = None
        self._connection = connection
        self._body = bytearray()
        self._arrival: asyncio.Event | None = None
        self._may_continue = True
        self._on_lost: Callable[[], None] | None = None
        self._framing = _FRAMINGS["none"]
        self._pending = b""
        """The head, until the first of the body."""
        self._left: int | None = None
        """Bytes that the answer's length still promises."""

    def __repr__(self) -> str:
        return f"<Exchange {self.head.method.decode()} {self.head.path!r}>"

    # The request's body.

    def take(self, data: bytes) -> None:
        """More of the body has come; what nobody will read any more is dropped."""
        if self.is_answered:
            return
        self._may_continue = False
        self._body += data
        if len(self._body) > _MAX_BODY_BYTES:
            self._connection.flow.pause_reading()
        self._wake()

    def finish(self) -> None:
        self.is_complete = True
        self._wake()

    def lose(self) -> None:
        self.is_gone = True
        self._wake()
        on_lost, self._on_lost = self._on_lost, None
        if on_lost is not None:
            on_lost()

    def _wake(self) -> None:
        if self._arrival is not None:
            self._arrival.set()
            self._arrival = None

    @property
    def has_body(self) -> bool:
        """Whether some of it is here that was not taken."""
        return bool(self._body)

    def take_body(self) -> bytes:
        """What is here of it."""
        body = bytes(self._body)
        self._body.clear()
        return body

    async def arrival(self) -> None:
        """Until more of the body is here, or its end, or the client is gone."""
        if self._may_continue and not self.is_complete:
            self._may_continue = False
            if (b"expect", b"100-continue") in _in_lower_case(self.head.headers):
                self._connection.transport.write(_CONTINUE)
        self._connection.read_on()
        arrival = self._arrival = self._arrival or asyncio.Event()
        await arrival.wait()

    # The answer.

    def start(self, status: int, headers: Headers) -> None:
        """Its head, with a `content-length` or none. Once; raises RuntimeError for a second."""
        if self.has_started:
            raise RuntimeError("the answer has a head already")
        self.has_started = True
        self._may_continue = False
        length: bytes | None = None
        closes = False
        all_headers = [*self._connection.state.default_headers, *headers]
        for name, value in all_headers:
            if name == b"content-length":
                length = value
            elif name == b"connection" and value.lower() == b"close":
                closes = True
        framing = self._framing = _FRAMINGS[self._choose_framing(status, length)]
        self._left = int(length) if length is not None and framing.frame is _as_it_is else None
        self.keep_alive &= not (closes or framing.ends_connection)
        last = b"\r\n" if self.keep_alive or closes else b"connection: close\r\n\r\n"
        self._pending = head_bytes(status, all_headers) + framing.header + last

    def _choose_framing(self, status: int, length: bytes | None) -> str:
        if self.head.method == b"HEAD" or status in _WITHOUT_BODY:
            return "none"
        if length is not None:
            return "length"
        return "until-close" if self.head.http_version == "1.0" else "chunked"

    async def write(self, data: bytes, *, is_last: bool = False) -> None:
        """More of its body; waits while the client takes nothing. To a client that is gone it does
        nothing. Raises RuntimeError where the body is not as long as its head said."""
        if self.is_write_paused:
            await self._connection.flow.drain()
        self._write(data, is_last=is_last)

    @property
    def is_write_paused(self) -> bool:
        """The client takes nothing more just now."""
        return self._connection.flow.is_write_paused and not self.is_gone

    def _write(self, data: bytes, *, is_last: bool) -> None:
        if self.is_gone:
            self.is_answered |= is_last
            return
        if not self.has_started or self.is_answered:
            raise RuntimeError("a body without a head, or after its end")
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0 or (is_last and self._left):
                raise RuntimeError("the body is not as long as the answer's head says")
        framing = self._framing
        head, self._pending = self._pending, b""
        framed = framing.frame(data) if data else b""
        if out := head + framed + (framing.last if is_last else b""):
            self._connection.transport.write(out)
        if is_last:
            self.is_answered = True
            self._wake()
            self._connection.answered(self)

    async def respond(self, status: int, headers: Headers, body: bytes) -> None:
        """A whole answer, whose headers give its length."""
        self.start(status, headers)
        await self.write(body, is_last=True)

    # An answer that is made later.

    @property
    def is_deferred(self) -> bool:
        return self._on_lost is not None

    def defer(self, on_lost: Callable[[], None]) -> None:
        """Nothing is done for it until `respond_now` or `go_on` is called; `on_lost`, when the
        client goes before."""
        self._on_lost = on_lost

    def respond_now(self, status: int, headers: Headers, body: bytes) -> None:
        """As `respond`, while `is_write_paused` is false."""
        self._on_lost = None
        try:
            self.start(status, headers)
            self._write(body, is_last=True)
        except Exception:
            # There is no task whose end would close it.
            self._connection.transport.close()
            raise

    def go_on(self, work: Coroutine[Any, Any, None]) -> None:
        """The answer is made in a task after all."""
        self._on_lost = None
        self._connection.serve(self, work)

    def detach(self, protocol: asyncio.Protocol) -> Detached | None:
        """After `start`: gives the connection to a protocol, which sends the head and frames the
        rest itself, by chunks but for HTTP/1.0. None when the client is gone."""
        if self.is_gone or self._connection.transport.is_closing():
            self.is_answered = True
            return None
        head, self._pending = self._pending, b""
        self.is_answered = True
        # To whoever still looks the client is gone: nothing more is expected of the application.
        self.lose()
        return self._connection.detach(protocol, head)
