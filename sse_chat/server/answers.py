"""Answers as bytes."""

from collections.abc import Iterable

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

CHUNKED = b"transfer-encoding: chunked\r\n\r\n"
LAST = b"\r\n"
LAST_AND_CLOSE = b"connection: close\r\n\r\n"

MAX_HEADER_BYTES = 32_768

_TOO_LARGE = (
    b'{"error":"headers_too_large","detail":"the request line and headers are over '
    b'32,768 bytes together"}\n'
)
ANSWER_431 = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: application/json\r\ncache-control: no-store\r\nconnection: close\r\n"
    b"content-length: " + str(len(_TOO_LARGE)).encode() + b"\r\n\r\n" + _TOO_LARGE
)
ANSWER_408 = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


def head_bytes(status: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The status line and headers, without the blank line at the end."""
    lines = [STATUS_LINE[status], *(b"%b: %b\r\n" % each for each in headers)]
    head = b"".join(lines)
    if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines):
        raise RuntimeError("a header's value has a line break")
    return head
