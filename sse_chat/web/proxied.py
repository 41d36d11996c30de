"""What a trusted reverse proxy says of the request: the client's address, host and scheme."""

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

_FORWARDED = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_networks(value: str) -> tuple[Network, ...]:
    """Addresses and networks, separated by commas; raises ValueError."""
    return tuple(ipaddress.ip_network(part.strip()) for part in value.split(",") if part.strip())


class TrustedProxies:
    """Takes X-Forwarded-* from trusted hops into the scope, and drops them from all others."""

    def __init__(self, app: ASGIApp, networks: tuple[Network, ...]) -> None:
        self._app = app
        self._networks = networks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _is_forwarded(scope):
            headers = MutableHeaders(scope=scope)
            if self._is_trusted((scope.get("client") or ("", 0))[0]):
                self._take(scope, headers)
            else:
                for name in _FORWARDED:
                    del headers[name]
        await self._app(scope, receive, send)

    def _take(self, scope: Scope, headers: MutableHeaders) -> None:
        hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
        # From the right: the last that is not one of our own proxies is the client.
        while len(hops) > 1 and self._is_trusted(hops[-1]):
            hops.pop()
        if hops:
            scope["client"] = (hops[-1], 0)
        scheme = headers.get("x-forwarded-proto", "").split(",")[0].strip()
        if scheme in ("http", "https"):
            scope["scheme"] = scheme

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)


def _is_forwarded(scope: Scope) -> bool:
    return any(name.startswith(b"x-forwarded-") for name, _ in scope["headers"])


def client_address(request: Request) -> str:
    return request.client.host if request.client else ""


def base_url(request: Request, public_url: str) -> str:
    """The address of this server as the client knows it, without a slash at the end."""
    if public_url:
        return public_url.rstrip("/")
    host = request.headers.get("x-forwarded-host") or request.headers.get("host", "localhost")
    return f"{request.url.scheme}://{host}"


def is_same_origin(request: Request, public_url: str) -> bool:
    """Whether a browser sent this from our own page, or no browser sent it.

    Sec-Fetch-Site decides where it is sent. Browsers leave it out over plain HTTP: then the
    host of Origin must be one that we go by. A request with neither is no browser's.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None:
        return True
    ours = {
        _host_and_port(f"//{request.headers.get('host', '')}"),
        _host_and_port(f"//{request.headers.get('x-forwarded-host', '')}"),
        _host_and_port(public_url),
    }
    return _host_and_port(origin) in ours - {""}


def _host_and_port(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    host = parts.hostname or ""
    return host if port in (None, 80, 443) else f"{host}:{port}"
