"""What proxies write about a request, hop by hop: X-Forwarded-* and Forwarded. No I/O.

Anyone can send these headers, so nothing here raises: what cannot be read is as if not there.
Source: RFC 7239 for Forwarded.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sse_chat.web.http.hosts import split_host

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_PAIR = re.compile(r'([!#$%&\'*+.^_`|~\w-]+)=("(?:[^"\\]|\\.)*"|[^\s",;]*)(?=[,;\s]|$)', re.A)
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9._-]{0,252})|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?", re.A)
_MAX_HOPS = 32
_WITH_PORT = re.compile(r"(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?", re.A)


@dataclass(frozen=True, slots=True)
class Hop:
    """What one proxy says of whoever spoke to it; "" where it says nothing that can be read."""

    address: str = ""
    scheme: str = ""
    host: str = ""


def parse_networks(value: str) -> tuple[Network, ...]:
    """Addresses and networks, separated by commas; raises ValueError."""
    return tuple(ipaddress.ip_network(part.strip()) for part in value.split(",") if part.strip())


def is_trusted(address: str, networks: Iterable[Network]) -> bool:
    parsed = parse_address(address)
    return parsed is not None and any(parsed in network for network in networks)


def parse_address(value: str) -> Address | None:
    """An address, also with a port or in brackets; IPv4 inside of IPv6 is IPv4."""
    match = _WITH_PORT.fullmatch(value)
    # A zone (%eth0) means something on one host only, and may be any text.
    if "%" in value:
        return None
    try:
        parsed = ipaddress.ip_address((match[1] or match[2]) if match else value)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


def parse_x_forwarded(
    addresses: Sequence[str], schemes: Sequence[str], hosts: Sequence[str]
) -> list[Hop]:
    """From the values of X-Forwarded-For, -Proto and -Host, all headers of one name in order.

    Each proxy adds to the right, so the lists belong together at their right ends. A proxy that
    sets one value anew leaves a list of one: it holds for all hops.
    """
    names = [_address(name) for name in _split(addresses)]
    all_schemes, all_hosts = _split(schemes), _split(hosts)
    count = max(len(names), 1)
    return [
        Hop(
            names[-back] if names else "",
            _scheme(_from_right(all_schemes, back)),
            _host(_from_right(all_hosts, back)),
        )
        for back in range(count, 0, -1)
    ]


def _from_right(values: list[str], back: int) -> str:
    return values[-min(back, len(values))] if values else ""


def _split(values: Sequence[str]) -> list[str]:
    """The right-most: a proxy passes on whatever its client had written before it."""
    if not values:
        return []
    parts = ",".join(values).rsplit(",", _MAX_HOPS)[-_MAX_HOPS:]
    return [part.strip() for part in parts]


def parse_forwarded(values: Sequence[str]) -> list[Hop]:
    """The elements of Forwarded; none at all when it breaks the grammar."""
    text, at = ",".join(values), 0
    hops: list[dict[str, str]] = [{}]
    while at < len(text):
        if text[at] in "; \t":
            at += 1
        elif text[at] == ",":
            hops.append({})
            at += 1
        elif match := _PAIR.match(text, at):
            hops[-1].setdefault(match[1].lower(), _unquote(match[2]))
            at = match.end()
        else:
            return []
    return [
        Hop(_address(hop.get("for", "")), _scheme(hop.get("proto", "")), _host(hop.get("host", "")))
        for hop in hops
    ]


def _unquote(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def find_client(hops: Sequence[Hop], peer: str, networks: Iterable[Network]) -> Hop:
    """The right-most hop that is not one of our own proxies; `peer` is trusted already.

    A hop that names no address ends the search: the last that could be read stands for it.
    """
    trusted = tuple(networks)
    address, scheme, host = peer, "", ""
    for hop in reversed(hops):
        address, scheme, host = hop.address or address, hop.scheme or scheme, hop.host or host
        if not hop.address or not is_trusted(hop.address, trusted):
            break
    return Hop(address, scheme, host)


def _address(value: str) -> str:
    parsed = parse_address(value)
    return str(parsed) if parsed else ""


def _scheme(value: str) -> str:
    return value.lower() if value.lower() in ("http", "https") else ""


def _host(value: str) -> str:
    """With a port that there can be: the name is shown in addresses."""
    return value if _HOST.fullmatch(value.lower()) and split_host(value) else ""
