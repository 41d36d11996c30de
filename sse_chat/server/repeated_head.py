"""RepeatedHead: what a connection has sent before, but for the target of the request. No I/O.

Whoever polls sends the same headers each time; reading them again would take longer than all that
is decided about the answer.
"""

import re
from collections.abc import Callable

from sse_chat.server.exchange import Carrier, Exchange, Head

# A target that needs no decoding, and can be read in one way only.
_LINE = re.compile(rb"GET ((?:/[a-z0-9][a-z0-9_-]*)+)(?:\?([A-Za-z0-9=&_.-]*))? HTTP/1\.1\r\n")
_MAX_LINE_BYTES = 512
_END = b"\r\n\r\n"
_WITH_BODY = {b"content-length", b"transfer-encoding"}


class RepeatedHead:
    """Of one connection. The parser has read these very headers, as those of a whole request."""

    __slots__ = ("_again", "_block", "_headers")

    def __init__(self) -> None:
        self._block = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._again: Callable[[Exchange], bool] | None = None

    def remember(self, again: Callable[[Exchange], bool]) -> None:
        self._again = again

    def defer(self, exchange: Exchange) -> bool:
        return self._again is not None and self._again(exchange)

    def forget(self) -> None:
        self._again = None

    def note(self, data: bytes, exchange: Exchange) -> None:
        """`data`: all that the parser was given for it, and nothing else."""
        head = exchange.head
        line = _LINE.match(data)
        is_plain = line is not None and exchange.keep_alive and not exchange.has_body
        if line is None or not is_plain or data.find(_END) != len(data) - len(_END):
            return
        if _WITH_BODY.isdisjoint(name for name, _ in head.headers):
            self._block, self._headers = data[line.end() :], head.headers
            self.forget()
            exchange.repeated = self

    def read(self, connection: Carrier, data: bytes) -> Exchange | None:
        """None for what only the parser can read."""
        if not self._block or not data.endswith(self._block):
            return None
        line = _LINE.fullmatch(data, 0, len(data) - len(self._block))
        if line is None or line.end() > _MAX_LINE_BYTES:
            return None
        path, query = line.groups()
        head = Head(b"GET", path.decode(), path, query or b"", "1.1", list(self._headers))
        exchange = Exchange(connection, head, keep_alive=True)
        exchange.repeated = self
        exchange.finish()
        return exchange
