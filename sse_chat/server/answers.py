"""Answers as bytes."""

from collections.abc import Iterable

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

CHUNKED = b"transfer-encoding: chunked\r\n\r\n"
LAST = b"\r\n"
LAST_AND_CLOSE = b"connection: close\r\n\r\n"


def head_bytes(status: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The status line and headers, without the blank line at the end."""
    lines = [STATUS_LINE[status], *(b"%b: %b\r\n" % each for each in headers)]
    head = b"".join(lines)
    if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines):
        raise RuntimeError("a header's value has a line break")
    return head
