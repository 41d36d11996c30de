"""Cookies: one is looked for by its name; what else a browser sends is not parsed.

Starlette's `request.cookies` unquotes every cookie with `http.cookies`, which takes a time that
grows with the square of its length in Pythons up to 3.11.9 and 3.12.5 (CVE-2024-7592). None of our
own values is ever quoted.
"""

from starlette.requests import Request


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
