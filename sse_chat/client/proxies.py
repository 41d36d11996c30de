"""Which proxy leads to a host, by the same variables and the same rules as curl's. No I/O.

httpx reads these variables itself, but knows no networks in NO_PROXY, and refuses every host
where a variable that no request needs names a scheme that it does not know.
"""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from sse_chat.errors import SettingsError

_SCHEMES = ("http", "https", "socks5", "socks5h")
# Desktops write `socks://` into ALL_PROXY and mean version 5.
_MEANT = {"socks": "socks5"}


def proxies_for(host: str, variables: Mapping[str, str]) -> dict[str, str]:
    """Proxy URLs for this host by the scheme of the request, {} where it is reached directly.

    `variables` as `urllib.request.getproxies` gives them: http, https, all, no. Raises
    SettingsError.
    """
    if is_direct(host, variables.get("no", "")):
        return {}
    found = {}
    for scheme in ("http", "https"):
        if proxy := variables.get(scheme) or variables.get("all"):
            found[scheme] = check_proxy(proxy)
    return found


def check_proxy(proxy: str) -> str:
    """As httpx takes it; raises SettingsError."""
    url = proxy if "://" in proxy else f"http://{proxy}"
    scheme, _, rest = url.partition("://")
    scheme = _MEANT.get(scheme.lower(), scheme.lower())
    try:
        host = urlsplit(f"//{rest}").hostname
    except ValueError:
        host = None
    if scheme not in _SCHEMES or not host:
        shown = f"{scheme}://{rest.rpartition('@')[2]}"[:80]
        raise SettingsError(
            f"the proxy's address is wrong: {shown!r}; allowed: http, https, socks5 and socks5h, "
            "as in http://proxy.example:3128"
        )
    return f"{scheme}://{rest}"


def is_direct(host: str, no_proxy: str) -> bool:
    """Whether NO_PROXY names the host: itself, a domain above it, its network, or `*`."""
    host = host.strip("[]").rstrip(".").lower()
    entries = [each.lower() for each in no_proxy.replace(",", " ").split()]
    address = _address(host)
    if address is not None:
        return any(entry == "*" or _covers(entry, address) for entry in entries)
    return any(entry == "*" or _is_above(entry, host) for entry in entries)


def _is_above(entry: str, host: str) -> bool:
    domain = entry.removeprefix("*").strip(".").partition(":")[0]
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def _covers(entry: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return address in ipaddress.ip_network(entry.replace("[", "").replace("]", ""), False)
    except ValueError:
        named, _, port = entry.rpartition(":")
        return port.isdigit() and _address(named.strip("[]")) == address


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
