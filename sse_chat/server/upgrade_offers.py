"""Offers of another protocol than HTTP/1.1 (`Upgrade`), which are declined."""

from collections.abc import Sequence

_OFFERS = {b"upgrade", b"http2-settings", b"connection"}


def head_without_offer(method: bytes, url: bytes, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The head of the request again, as of one that does not offer another protocol.

    A parser takes what follows such a head for that protocol, as if the request had no body.
    Java's client and `curl --http2` offer h2c with each first request, posts too.
    """
    is_last = any(name == b"connection" and b"close" in value.lower() for name, value in headers)
    kept = [header for header in headers if header[0] not in _OFFERS]
    if is_last:
        kept.append((b"connection", b"close"))
    lines = b"".join(b"%b: %b\r\n" % each for each in kept)
    return b"%b %b HTTP/1.1\r\n%b\r\n" % (method, url, lines)
