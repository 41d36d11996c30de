"""Connection: one TCP connection's requests, in turn. Knows no application."""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from typing import Any, cast
from urllib.parse import unquote

import httptools

from sse_chat.server.addresses import address_of
from sse_chat.server.answers import ANSWER_400, ANSWER_408, ANSWER_431, MAX_HEADER_BYTES
from sse_chat.server.exchange import Detached, Exchange, Head
from sse_chat.server.flow import Flow
from sse_chat.server.raw_targets import with_escaped_target
from sse_chat.server.repeated_head import RepeatedHead
from sse_chat.server.service import Service
from sse_chat.server.state import ServerState
from sse_chat.server.upgrade_offers import head_without_offer

_log = logging.getLogger("sse_chat.server")
# Of one piece that is read, of up to 256 KB; no other is read before these are answered.
_MAX_WAITING = 1000


class _Refused(Exception):
    """Ends the parser from within its callback."""


class Connection(asyncio.Protocol):
    """Requests in turn, of the event loop alone; nothing waits. `on_…` is the parser's to call,
    `shutdown`, also again, the server's, `detach`, at last, that of the exchange whose turn it is.
    """

    def __init__(self, state: ServerState, service: Service) -> None:
        self.state = state
        self._service = service
        self._parser = self._make_parser()
        self._repeated = RepeatedHead()
        self._is_in_headers = True
        self._header_bytes = self._raw_bytes = 0
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._offers_upgrade = False
        # Whose body is coming; who is being answered; who waits for that.
        self._arriving: Exchange | None = None
        self._current: Exchange | None = None
        self._waiting: deque[Exchange] = deque()
        # What is sent in place of more answers, once those before it are out.
        self._refusal = b""

    def _make_parser(self) -> httptools.HttpRequestParser:
        parser = httptools.HttpRequestParser(self)
        # What comes behind a request that was to be the last is dropped with the connection.
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.state.connections.add(self)
        # uvloop's transports do not derive from asyncio's.
        self.transport = cast(asyncio.Transport, transport)
        self.flow = Flow(self.transport)
        self.server = address_of(transport, "sockname")
        self.client = address_of(transport, "peername")
        self.scheme = "http" if transport.get_extra_info("sslcontext") is None else "https"
        self._service.slow_heads.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.state.connections.discard(self)
        self._service.slow_heads.discard(self)
        self._service.idle.discard(self)
        self.flow.resume_writing()
        if self._current is not None:
            self._current.lose()
        self._cut_cycles()

    def _cut_cycles(self) -> None:
        """The parser and the exchanges lead back here: this is freed without a collection."""
        del self._parser
        self._arriving = self._current = None
        self._repeated.forget()
        self._waiting.clear()

    def pause_writing(self) -> None:
        self.flow.pause_writing()

    def resume_writing(self) -> None:
        self.flow.resume_writing()

    def eof_received(self) -> None:
        """No more requests: the transport closes itself."""

    def shutdown(self) -> None:
        """The server stops: what is being answered is the last."""
        self._service.stop()
        if self._current is None:
            self.transport.close()
        else:
            self._current.keep_alive = False

    def end_slow_head(self) -> None:
        if self._current is not None:
            # The request before is being answered.
            self._service.slow_heads.add(self)
        elif self._raw_bytes:
            self._refuse(ANSWER_408)
        else:
            # A browser opens connections ahead: one that has sent nothing is owed no answer.
            self.transport.close()

    def end_idle(self) -> None:
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        if self._refusal or self.transport.is_closing():
            return
        # Nothing of the next request is here yet, and nothing of others is under way.
        is_idle = not (self._is_in_headers or self._arriving or self._current)
        if is_idle and (exchange := self._repeated.read(self, data)) is not None:
            self._begin(exchange)
            return
        try:
            is_start = is_idle or (self._is_in_headers and not self._raw_bytes)
            self._parse(with_escaped_target(data) if is_start else data)
        except httptools.HttpParserError:
            is_large = self._header_bytes > MAX_HEADER_BYTES
            _log.info("refused a request that is not HTTP/1.1, or is too large")
            self._refuse(ANSWER_431 if is_large else ANSWER_400)
        if self._is_in_headers:
            self._watch_head(len(data))
        elif is_idle and len(self._waiting) == 1 and self._waiting[0].is_complete:
            self._repeated.note(data, self._waiting[0])
        self._serve_next()

    def _watch_head(self, more_bytes: int) -> None:
        # What comes whole is never slow.
        if not self._raw_bytes:
            self._service.slow_heads.add(self)
        # One header that does not end gives no callback: count what came in.
        self._raw_bytes += more_bytes
        if self._raw_bytes > 2 * MAX_HEADER_BYTES:
            self._refuse(ANSWER_431)

    def _parse(self, data: bytes) -> None:
        # Hundreds of offers may come in one piece: a loop, and no copies of the rest.
        rest = memoryview(data)
        while True:
            try:
                self._parser.feed_data(rest)
                return
            except httptools.HttpParserUpgrade as exc:
                rest = rest[exc.args[0] :]
                if not self._offers_upgrade:
                    # CONNECT: it is answered, and what follows is not for us.
                    return
                self._decline_upgrade()

    def on_message_begin(self) -> None:
        # Blank lines between requests begin none.
        self._service.idle.discard(self)
        self._is_in_headers = True
        self._header_bytes = self._raw_bytes = 0
        self._url, self._headers = b"", []

    def on_url(self, url: bytes) -> None:
        self._count_header(len(url))
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_header(len(name) + len(value) + 4)
        if not self._is_in_headers:
            # A trailer: it could name an address or a password past a proxy that checks the head.
            # Source: RFC 9110, section 6.5.1.
            return
        # The parser leaves blanks at the end. Source: RFC 9110, section 5.5.
        self._headers.append((name.lower(), value.rstrip(b" \t")))

    def _count_header(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > MAX_HEADER_BYTES:
            raise _Refused

    def _decline_upgrade(self) -> None:
        self._offers_upgrade = False
        head = head_without_offer(self._parser.get_method(), self._url, self._headers)
        self._parser = self._make_parser()
        self._parser.feed_data(head)

    def on_headers_complete(self) -> None:
        self._is_in_headers = False
        self._service.slow_heads.discard(self)
        if len(self._waiting) >= _MAX_WAITING:
            raise _Refused
        parser = self._parser
        method = parser.get_method()
        self._offers_upgrade = parser.should_upgrade() and method != b"CONNECT"
        if self._offers_upgrade:
            return
        version = parser.get_http_version()
        # What is no target raises, and so ends the parser.
        target = httptools.parse_url(self._url)
        raw_path = target.path or b"/"
        path = unquote(raw_path.decode("ascii"))
        head = Head(method, path, raw_path, target.query or b"", version, self._headers)
        keep_alive = version != "1.0" and method != b"CONNECT" and parser.should_keep_alive()
        self._arriving = Exchange(self, head, keep_alive=keep_alive)
        self._waiting.append(self._arriving)

    def on_body(self, body: bytes) -> None:
        if self._arriving is not None:
            self._arriving.take(body)

    def on_message_complete(self) -> None:
        if self._arriving is not None:
            self._arriving.finish()
            self._arriving = None

    def _serve_next(self) -> None:
        if self._current is None and self._waiting:
            self._begin(self._waiting.popleft())
        if self._waiting:
            # Each has its turn, and no more are read until then.
            self.flow.pause_reading()
        elif self._current is None and self._refusal and not self.transport.is_closing():
            self.transport.write(self._refusal)
            self.transport.close()

    def _begin(self, exchange: Exchange) -> None:
        self._service.idle.discard(self)
        self._current = exchange
        if exchange.repeated is None or not exchange.repeated.defer(exchange):
            self.serve(exchange, self._service.answer(exchange))

    def serve(self, exchange: Exchange, work: Coroutine[Any, Any, None]) -> None:
        self.state.tasks.add(asyncio.create_task(self._serve(exchange, work)))

    async def _serve(self, exchange: Exchange, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            _log.exception("%r failed", exchange)
        finally:
            # A callback of the task would be one more turn of the loop.
            if (task := asyncio.current_task()) is not None:
                self.state.tasks.discard(task)
            if not (exchange.is_answered or exchange.is_deferred):
                # Nobody will end what has begun.
                self.transport.close()

    def answered(self, exchange: Exchange) -> None:
        """Of an exchange, whose answer is written to its end."""
        if not exchange.keep_alive:
            self.transport.close()
        if self.transport.is_closing():
            return
        self._current = None
        self.flow.resume_reading()
        self._serve_next()
        if self._current is None:
            self._service.idle.add(self)

    def read_on(self) -> None:
        """More is wanted of the body; but nothing of more requests while some wait."""
        if not self._waiting:
            self.flow.resume_reading()

    def _refuse(self, answer: bytes) -> None:
        """The last that is sent; never in the middle of an answer before it."""
        self._service.slow_heads.discard(self)
        self._refusal = answer
        broken, self._arriving = self._arriving, None
        if broken is not None and broken is self._current:
            # It is its own body that cannot be read.
            if not broken.has_started:
                self.transport.write(answer)
            broken.lose()
            self.transport.close()
        elif self._waiting and self._waiting[-1] is broken:
            self._waiting.pop()
        self._serve_next()

    def detach(self, protocol: asyncio.Protocol, head: bytes) -> Detached:
        """Of the exchange that is being answered: from now on the transport is the protocol's."""
        self._service.idle.discard(self)
        # The head of a request that was sent behind this one without waiting may be incomplete.
        self._service.slow_heads.discard(self)
        self.flow.resume_reading()
        self.state.connections.discard(self)
        self.state.connections.add(protocol)
        self._cut_cycles()
        self.transport.set_protocol(protocol)
        protocol.connection_made(self.transport)
        if self.flow.is_write_paused:
            # By an answer before this one, which the client does not read. It is told only once.
            protocol.pause_writing()
        return self.state.connections, head
