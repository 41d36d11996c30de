"""ChatProtocol: uvicorn's HTTP protocol with a limit on headers, and the drain of feeds."""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEADER_BYTES = 32_768

_TOO_LARGE = (
    b'{"error":"headers_too_large","detail":"the request line and headers are over '
    b'32,768 bytes together"}\n'
)
_ANSWER_431 = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: application/json\r\ncache-control: no-store\r\nconnection: close\r\n"
    b"content-length: " + str(len(_TOO_LARGE)).encode() + b"\r\n\r\n" + _TOO_LARGE
)


class _HeadersTooLarge(Exception):
    """Ends the parser from within its callback."""


class ChatProtocol(HttpToolsProtocol):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_in_headers = True
        self._header_bytes = 0
        self._raw_bytes = 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_in_headers:
            # One header that does not end gives no callback: count what came in.
            self._raw_bytes += len(data)
            if self._raw_bytes > 2 * MAX_HEADER_BYTES and not self.transport.is_closing():
                self._refuse()

    def on_message_begin(self) -> None:
        self._is_in_headers = True
        self._header_bytes = self._raw_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + 4)
        super().on_header(name, value)

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > MAX_HEADER_BYTES:
            raise _HeadersTooLarge

    def on_headers_complete(self) -> None:
        self._is_in_headers = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        if self._header_bytes > MAX_HEADER_BYTES:
            self._refuse()
        else:
            super().send_400_response(msg)

    def _refuse(self) -> None:
        self.transport.write(_ANSWER_431)
        self.transport.close()

    def shutdown(self) -> None:
        self.app_state["drain"]()
        super().shutdown()
