"""A request that was read whole, and an answer whose body is still to come."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from tests.proxies.bodies import once

Headers = list[tuple[bytes, bytes]]

_PAGES = (b"document", b"script", b"style", b"image", b"manifest", b"serviceworker", b"font")
_KNOWN = frozenset(
    b"host accept accept-encoding accept-language authorization cookie content-type content-length "
    b"user-agent cache-control referer origin date server location set-cookie vary "
    b"last-event-id transfer-encoding content-encoding".split()
)
_HTML = b"<html><head><title>Network sign-in</title></head><body>Please sign in.</body></html>"


def find(headers: Headers, name: bytes) -> bytes:
    return next((value for key, value in headers if key == name), b"")


@dataclass
class Asked:
    method: bytes
    target: bytes
    headers: Headers
    body: bytes

    @property
    def media_type(self) -> bytes:
        return find(self.headers, b"content-type")

    @property
    def is_page(self) -> bool:
        """A page, what it is made of, and signing in."""
        is_static = b"/static/" in self.target or self.target.startswith(b"/session")
        return is_static or find(self.headers, b"sec-fetch-dest") in _PAGES


@dataclass
class Answer:
    status: int
    headers: Headers
    body: AsyncIterator[bytes]
    is_chunked: bool = False

    @property
    def media_type(self) -> bytes:
        return find(self.headers, b"content-type")


def in_scope(scope: str, asked: Asked, answer: Answer) -> bool:
    return {
        "all": True,
        "sse": answer.media_type.startswith(b"text/event-stream"),
        "GET": asked.method == b"GET",
        "chunked": answer.is_chunked,
    }[scope]


def strip(headers: Headers, strips: frozenset[str]) -> Headers:
    left = headers
    if "unknown" in strips:
        left = [pair for pair in left if pair[0] in _KNOWN]
    if "last-event-id" in strips:
        left = [pair for pair in left if pair[0] != b"last-event-id"]
    if "cookie attributes" in strips:
        left = [
            (name, value.partition(b";")[0] if name == b"set-cookie" else value)
            for name, value in left
        ]
    return left


def html(status: int, *headers: tuple[bytes, bytes]) -> Answer:
    length = str(len(_HTML)).encode()
    known = [(b"content-type", b"text/html"), (b"content-length", length)]
    return Answer(status, [*known, *headers], once(_HTML))


def answer_instead(kind: str) -> Answer:
    status = int(kind.split()[0])
    if kind == "200 empty":
        return Answer(200, [(b"content-length", b"0")], once(b""))
    if kind == "302 portal":
        return html(302, (b"location", b"/static/portal.html"))
    if kind == "503 retry-after":
        return html(503, (b"retry-after", b"3"))
    if kind == "407":
        return html(407, (b"proxy-authenticate", b'Basic realm="office"'))
    return html(status)
