"""Targets of requests as curl sends them: letters beyond ASCII are not escaped. No I/O.

`curl '…/chat/lobby?contains=größe'` sends the bytes that were typed. No URI has them (RFC 3986,
section 2), and the parser refuses them; browsers escape them, and most servers take both.
"""

from sse_chat.server.answers import MAX_HEADER_BYTES

_ESCAPED = [bytes([byte]) if byte < 0x80 else b"%%%02X" % byte for byte in range(256)]


def with_escaped_target(data: bytes) -> bytes:
    """The beginning of a request, its first line escaped where that is whole and needs it."""
    if data.isascii():
        return data
    end = max(data.find(b"\r\n", 0, MAX_HEADER_BYTES), 0)
    line = data[:end]
    if line.isascii():
        return data
    return b"".join(map(_ESCAPED.__getitem__, line)) + data[end:]
