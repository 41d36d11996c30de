"""Headers that every answer has, whatever it is: what a browser may do with it."""

from sse_chat.web.http.proxied import Headers

_CSP = b"content-security-policy"
# What is no page loads nothing, and nothing is framed. Pages and the service worker say their own.
_ALWAYS = (
    (_CSP, b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
)
_HSTS = (b"strict-transport-security", b"max-age=31536000")


class SecureHeaders:
    """`is_public_tls`: the public URL is https, whatever the hop to us speaks."""

    def __init__(self, *, is_public_tls: bool, has_hsts: bool) -> None:
        self._is_public_tls = is_public_tls
        self._has_hsts = has_hsts

    def add(self, scheme: str, headers: Headers) -> Headers:
        names = {name.lower() for name, _ in headers}
        added = [each for each in _ALWAYS if each[0] not in names]
        if self._has_hsts and (self._is_public_tls or scheme == "https"):
            added.append(_HSTS)
        return [*headers, *added]
