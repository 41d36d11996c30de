"""Chunked transfer coding, done once per shared chunk. Source: RFC 9112, section 7.1."""

LAST_CHUNK = b"0\r\n\r\n"


# nginx (1.22, proxy_buffering on) passes on the last part of a chunk that it read in parts only
# with four more bytes behind it. So that nothing waits for the next event, a chunk too large for
# one of its buffers is followed by a small one.
_LARGE = 1024


def frame(chunk: bytes) -> bytes:
    """As HTTP chunks; an empty one would end the body, so it stays empty."""
    if len(chunk) < _LARGE:
        return _frame(chunk) if chunk else b""
    return _frame(chunk[:-1]) + _frame(chunk[-1:])


def _frame(chunk: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(chunk), chunk)
