"""Cookies: how ours are called, set and found.

One is looked for by its name; what else a browser sends is not parsed.

Starlette's `request.cookies` unquotes every cookie with `http.cookies`, which takes a time that
grows with the square of its length in Pythons up to 3.11.9 and 3.12.5 (CVE-2024-7592). None of our
own values is ever quoted.
"""

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.web.http.proxied import root_of
from sse_chat.web.http.requests import services_of

# The cookie by which a browser is known again that an account has signed in with.
BROWSER_SUFFIX = "_browser"


def find_cookie(header: str, name: str) -> str | None:
    """The value of the first cookie of this name in a Cookie header, as it was sent."""
    for pair in header.split(";"):
        found, equals, value = pair.partition("=")
        if equals and found.strip() == name:
            return value.strip()
    return None


def cookie_of(request: Request, name: str) -> str | None:
    """The first of this name in all Cookie headers of the request."""
    for header in request.headers.getlist("cookie"):
        value = find_cookie(header, name)
        if value is not None:
            return value
    return None


def cookie_name(request: Request) -> str:
    """Over TLS a name that no neighbour of our host, and no plain HTTP, can set."""
    root = root_of(request)
    name = services_of(request).sessions.cookie_name(root)
    if not is_secure(request):
        return name
    # Under a path the cookie has that path, which __Host- does not allow.
    return ("__Secure-" if root else "__Host-") + name


def is_secure(request: Request) -> bool:
    """Whether the browser speaks TLS, to us or to the proxy at the public URL."""
    public_url = services_of(request).settings.public_url
    return request.url.scheme == "https" or public_url.startswith("https://")


def set_own_cookie(
    request: Request, response: Response, name: str, value: str, max_age_s: int
) -> None:
    """With an age of 0 it goes."""
    response.set_cookie(
        name, value, max_age=max_age_s, httponly=True, samesite="lax", secure=is_secure(request)
    )


def browser_of(request: Request) -> str:
    """What this browser was given when an account signed in with it, or ""."""
    return cookie_of(request, cookie_name(request) + BROWSER_SUFFIX) or ""
