"""Chunked transfer coding, done once per shared chunk. Source: RFC 9112, section 7.1."""

LAST_CHUNK = b"0\r\n\r\n"


def frame(chunk: bytes) -> bytes:
    """One HTTP chunk; an empty one would end the body, so it stays empty."""
    return b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunk else b""
