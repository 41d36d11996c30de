"""Answers as bytes."""

from collections.abc import Iterable

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

CHUNKED = b"transfer-encoding: chunked\r\n\r\n"
LAST = b"\r\n"
LAST_AND_CLOSE = b"connection: close\r\n\r\n"


def head_bytes(status: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The status line and headers, without the blank line at the end."""
    parts = [STATUS_LINE[status]]
    for name, value in headers:
        if b"\n" in value or b"\r" in value:
            raise RuntimeError("a header's value has a line break")
        parts += (name, b": ", value, b"\r\n")
    return b"".join(parts)
