"""Answers as bytes."""

from collections.abc import Iterable
from http import HTTPStatus

MAX_HEADER_BYTES = 32_768
_STATUS_LINES = {
    each.value: b"HTTP/1.1 %d %b\r\n" % (each.value, each.phrase.encode()) for each in HTTPStatus
}


def _last_answer(status: int, code: str, detail: str) -> bytes:
    """An error before there is a request that could be asked for its format."""
    body = b'{"error":"%b","detail":"%b"}\n' % (code.encode(), detail.encode())
    return (
        _STATUS_LINES[status] + b"content-type: application/json\r\ncache-control: no-store\r\n"
        b"x-content-type-options: nosniff\r\nreferrer-policy: same-origin\r\n"
        b"content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n"
        b"connection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
    )


ANSWER_400 = _last_answer(
    400, "malformed", "this is not HTTP/1.1: the method, the path, a header or a chunk is invalid"
)
ANSWER_408 = _last_answer(408, "head_timeout", "the head of the request did not come in time")
ANSWER_431 = _last_answer(
    431, "headers_too_large", "the request line and headers are over 32,768 bytes together"
)


def head_bytes(status: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The status line and headers, without the blank line at the end."""
    lines = [b"%b: %b\r\n" % header for header in headers]
    head = _STATUS_LINES[status] + b"".join(lines)
    if head.count(b"\n") != len(lines) + 1 or head.count(b"\r") != len(lines) + 1:
        raise RuntimeError("a header's value has a line break")
    return head
