"""The address of this server to give to others, which need not be the one that was asked for."""

import ipaddress
import socket
from urllib.parse import urlsplit

from starlette.requests import Request

from sse_chat.settings import Settings
from sse_chat.web.http.proxied import base_url, client_address

_ALL = ("0.0.0.0", "::")
# Nothing is sent there: it only shows by which address this machine would. The first is public,
# the others are for networks that lead nowhere else.
_BEYOND = ("192.0.2.1", "10.254.254.254", "172.31.254.254", "192.168.254.254", "2001:db8::1")


def is_on_all(settings: Settings) -> bool:
    """Whether it listens on all addresses of this machine, and has not been told its own."""
    return settings.host in _ALL and not settings.public_url and not settings.uds


def own_addresses(host: str) -> list[str]:
    """Those by which this machine reaches its networks, as they stand in a URL; `host`: what it
    listens on, where 0.0.0.0 is for IPv4 alone."""
    found: dict[str, None] = {}
    for target in _BEYOND:
        family = socket.AF_INET6 if ":" in target else socket.AF_INET
        if family is socket.AF_INET6 and host != "::":
            continue
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as end:
                end.connect((target, 9))
                address = str(end.getsockname()[0])
        except OSError:
            continue
        ip = ipaddress.ip_address(address)
        if not (ip.is_loopback or ip.is_link_local or ip.is_unspecified):
            found[f"[{address}]" if ip.version == 6 else address] = None
    return list(found)


def shared_url(request: Request, settings: Settings) -> str:
    """Like `base_url`; over loopback it is an address that other machines can open, if any can."""
    url = base_url(request, settings.public_url)
    # A certificate is for a name. A client beyond loopback knows a better address than we do: we
    # may be in a container.
    if not is_on_all(settings) or not url.startswith("http://") or not _is_over_loopback(request):
        return url
    found = own_addresses(settings.host)
    if not found:
        return url
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"http://{found[0]}{port}{parts.path}"


def is_for_this_machine(request: Request, settings: Settings) -> bool:
    """Whether nobody elsewhere can open its address, as far as we know."""
    is_local = _is_loopback(settings.host) and not settings.public_url and not settings.uds
    return is_local and _is_over_loopback(request)


def _is_over_loopback(request: Request) -> bool:
    host = urlsplit(base_url(request, "")).hostname or ""
    return _is_loopback(host) and _is_loopback(client_address(request))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
