"""ChatProtocol: uvicorn's HTTP protocol, with a limit on headers and a way to give a connection up.

What `Direct` answers is held back until its body is there; if the body came with the head, the
request goes there, else on to uvicorn's own cycle.

An application finds `TAKE_OVER` among the extensions of its scope: once the head of an answer
is sent, it hands the connection to a protocol of its own, and uvicorn's objects for the
connection are freed.
"""

import asyncio
from functools import partial
from typing import Any

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import is_ssl

from sse_chat.server.answers import ANSWER_400, ANSWER_408, ANSWER_431, MAX_HEADER_BYTES
from sse_chat.server.one_write import OneWrite
from sse_chat.server.slow_heads import SlowHeads
from sse_chat.server.unframed import Unframed
from sse_chat.server.whole import WholeRequest
from sse_chat.web.direct import Asked, Direct
from sse_chat.web.transport import TAKE_OVER

# A member of the scope: what runs the application for this request.
_RUNNER = "sse_chat.runner"
_INVALID = "Invalid HTTP request received."
_OFFERS = {b"upgrade", b"http2-settings", b"connection"}


class _HeadersTooLarge(Exception):
    """Ends the parser from within its callback."""


def _address(transport: Any, name: str) -> tuple[str, int] | None:
    """None for what is no TCP socket."""
    found = transport.get_extra_info(name)
    if not isinstance(found, tuple):
        return None
    # As a listener for both kinds of addresses tells those of IPv4.
    return str(found[0]).removeprefix("::ffff:"), int(found[1])


async def _run(scope: Any, receive: Any, send: Any) -> None:
    """To uvicorn, the application."""
    await scope.pop(_RUNNER)(scope, receive, send)


class ChatProtocol(HttpToolsProtocol):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._application, self.app = self.app, _run
        self._is_in_headers = True
        self._header_bytes = 0
        self._raw_bytes = 0
        self._slow_heads: SlowHeads = self.app_state["slow_heads"]
        self._direct: Direct = self.app_state["direct"]
        self._asked: Asked | None = None
        self._offers_upgrade = False
        self._body = b""

    def connection_made(self, transport: Any) -> None:
        """As uvicorn's, but that the addresses are asked without making a socket object."""
        self.connections.add(self)
        self.transport = transport
        self.flow = FlowControl(transport)
        self.server = _address(transport, "sockname")
        self.client = _address(transport, "peername")
        self.scheme = "https" if is_ssl(transport) else "http"
        self._slow_heads.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._slow_heads.discard(self)
        super().connection_lost(exc)

    def end_slow_head(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            # The request before is being answered: a 408 now would be taken for its answer.
            self._slow_heads.add(self)
            return
        # A browser opens connections ahead: one that has sent nothing is owed no answer.
        if self._raw_bytes:
            self._refuse(ANSWER_408)
        else:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        self._end_keep_alive()
        try:
            self._parse(data)
        except httptools.HttpParserError:
            self.logger.warning(_INVALID)
            self.send_400_response(_INVALID)
            return
        if self._is_in_headers:
            # What comes whole is never slow.
            if not self._raw_bytes:
                self._slow_heads.add(self)
            # One header that does not end gives no callback: count what came in.
            self._raw_bytes += len(data)
            if self._raw_bytes > 2 * MAX_HEADER_BYTES and not self.transport.is_closing():
                self._refuse()
        if self._asked is not None:
            self._go_on()

    def _parse(self, data: bytes) -> None:
        # Hundreds of offers may come in one piece: a loop, and no copies of the rest.
        rest = memoryview(data)
        while True:
            try:
                self.parser.feed_data(rest)
                return
            except httptools.HttpParserUpgrade as exc:
                rest = rest[exc.args[0] :]
                if not self._offers_upgrade:
                    # CONNECT: it was answered, and what follows is not for us.
                    return
                self._decline_upgrade()

    def on_message_begin(self) -> None:
        self._is_in_headers = True
        self._header_bytes = self._raw_bytes = 0
        # The scope that uvicorn makes here is made once it is known that it is needed.
        self.url, self.headers, self.expect_100_continue = b"", [], False

    def on_url(self, url: bytes) -> None:
        self._header_bytes += len(url)
        if self._header_bytes > MAX_HEADER_BYTES:
            raise _HeadersTooLarge
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_bytes += len(name) + len(value) + 4
        if self._header_bytes > MAX_HEADER_BYTES:
            raise _HeadersTooLarge
        if not self._is_in_headers:
            # A trailer: it could name an address or a password past a proxy that checks the head.
            # Source: RFC 9110, section 6.5.1.
            return
        # As uvicorn's, without the call.
        # The parser leaves blanks at the end. Source: RFC 9110, section 5.5.
        name, value = name.lower(), value.rstrip(b" \t")
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def _decline_upgrade(self) -> None:
        """Reads the request again as one that does not offer another protocol.

        The parser takes what follows such a head for that protocol, as if the request had no body.
        Java's client and `curl --http2` offer h2c with each first request, posts too.
        """
        self._offers_upgrade = False
        method = self.parser.get_method()
        is_last = any(n == b"connection" and b"close" in v.lower() for n, v in self.headers)
        headers = [each for each in self.headers if each[0] not in _OFFERS]
        if is_last:
            headers.append((b"connection", b"close"))
        lines = [b"%b: %b\r\n" % each for each in headers]
        head = b"%b %b HTTP/1.1\r\n%b\r\n" % (method, self.url, b"".join(lines))
        self.parser = httptools.HttpRequestParser(self)
        self.parser.feed_data(head)

    def on_headers_complete(self) -> None:
        self._is_in_headers = False
        self._slow_heads.discard(self)
        parser = self.parser
        self._offers_upgrade = parser.should_upgrade() and parser.get_method() != b"CONNECT"
        if self._offers_upgrade:
            return
        self._asked = self._find_direct()
        if self._asked is None:
            self._begin_cycle()

    def _begin_cycle(self) -> None:
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        # The scope has the list.
        self.headers += headers
        super().on_headers_complete()
        # Its task has not begun, or waits for the request before.
        cycle = self.cycle
        wrap = Unframed if cycle.scope["http_version"] == "1.0" else OneWrite
        # uvicorn's own type of a scope names the members of its own choice only.
        scope: dict[str, Any] = cycle.scope  # type: ignore[assignment]
        runner = scope[_RUNNER] = wrap(self._application, cycle)
        scope["extensions"] = {TAKE_OVER: {"hand": partial(self.hand_over, runner)}}

    def _end_keep_alive(self) -> None:
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
            self.timeout_keep_alive_task = None

    def _find_direct(self) -> Asked | None:
        is_busy = self.cycle is not None and not self.cycle.response_complete
        if is_busy or self.access_log or self.expect_100_continue:
            return None
        parser = self.parser
        if parser.get_http_version() != "1.1":
            return None
        return self._direct.find(parser.get_method(), self.url, self.headers)

    def on_body(self, body: bytes) -> None:
        if self._asked is None:
            super().on_body(body)
        else:
            self._body += body

    def on_message_complete(self) -> None:
        if self._offers_upgrade:
            return
        if self._asked is None:
            super().on_message_complete()
            return
        # uvicorn's type of a cycle is its own class, of which this has what is asked of it.
        self.cycle = WholeRequest(  # type: ignore[assignment]
            self, self._direct, self._asked, self._body
        )
        self._asked, self._body = None, b""

    def _go_on(self) -> None:
        """The body is not all here: uvicorn waits for the rest."""
        body, self._body = self._body, b""
        self._asked = None
        if not self.transport.is_closing():
            self._begin_cycle()
            super().on_body(body)

    def send_400_response(self, msg: str) -> None:
        if self._header_bytes > MAX_HEADER_BYTES:
            self._refuse()
        else:
            self._refuse(ANSWER_400)

    def _refuse(self, answer: bytes = ANSWER_431) -> None:
        self.transport.write(answer)
        self.transport.close()

    def hand_over(
        self, wrapped: Unframed | OneWrite | WholeRequest, protocol: asyncio.Protocol
    ) -> tuple[set[Any], bytes] | None:
        """The connection is the protocol's from now on; None when the client is gone already.

        The set is the server's of all open connections: the protocol takes itself out in the end.
        The bytes are the head, where it was held back for what follows.
        """
        # What was sent behind this request without waiting has a cycle already: `self.cycle`.
        cycle = wrapped if isinstance(wrapped, WholeRequest) else wrapped.cycle
        if cycle.disconnected or self.transport.is_closing():
            return None
        head = wrapped.take_head()
        self._end_keep_alive()
        # The head of a request that was sent behind this one without waiting may be incomplete.
        self._slow_heads.discard(self)
        self.flow.resume_reading()
        self.server_state.total_requests += 1
        self.connections.discard(self)
        self.connections.add(protocol)  # type: ignore[arg-type]
        # To uvicorn the client is gone: it then expects nothing more of the application.
        cycle.disconnected = True
        # The parser and the cycle lead back here: cut by hand, they are freed without a collection.
        self.parser = self.scope = self.cycle = None  # type: ignore[assignment]
        self.pipeline.clear()
        self.transport.set_protocol(protocol)
        protocol.connection_made(self.transport)
        if self.flow.write_paused:
            # By an answer before this one, which the client does not read. It is told only once.
            protocol.pause_writing()
        return self.connections, head

    def shutdown(self) -> None:
        self.app_state["drain"]()
        super().shutdown()
