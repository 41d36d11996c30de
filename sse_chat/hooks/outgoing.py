"""Hooks out of a room: whom they are for, how they are signed, and when they are tried again.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
No I/O.
"""

import base64
import hashlib
import hmac
import ipaddress
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sse_chat.errors import Malformed
from sse_chat.events import Entry
from sse_chat.filters import Filter, parse_filter
from sse_chat.formats import to_json
from sse_chat.ids import EntryId, format_ms

_PREFIX = "whsec_"
_FIRST_RETRY_S, _MAX_RETRY_S = 5, 3600
GIVE_UP_S = 3 * 24 * 3600
_MAX_URL = 2000
FILTERS = ("contains", "author", "kind")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# Source: https://www.iana.org/assignments/ipv6-address-space/ and RFC 6052. What is not of the
# first is of no public host: translated locally (64:ff9b:1::/48), site-local, IPv4-compatible.
_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Protocols' own and the relays of 6to4, which some versions of Python take for public.
_SPECIAL = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("192.88.99.0/24"))


@dataclass(frozen=True, slots=True)
class Target:
    """Where a room's entries after `begin` go. `wanted`: as in a query."""

    hook_id: str
    room: str
    url: str
    secret: str = field(repr=False)
    begin: str
    since_s: int
    wanted: dict[str, str]

    def matches(self, entry: Entry) -> bool:
        found = parse_filter(self.wanted) or Filter()
        return found.matches(entry)

    def as_json(self) -> dict[str, Any]:
        return {"id": self.hook_id, "url": self.url, "since_s": self.since_s, **self.wanted}


def make_secret() -> str:
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def check_url(url: object) -> str:
    """Raises Malformed."""
    if isinstance(url, str) and url.isascii() and url.isprintable() and len(url) <= _MAX_URL:
        try:
            parts = urlsplit(url)
            if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
                return url
        except ValueError:
            pass
    raise Malformed("url must be an address such as https://hooks.example/room")


def check_address(url: str, networks: tuple[Network, ...]) -> None:
    """Of one that passes `check_url`: an IP address that deliveries may not reach raises Malformed.
    Names are looked up at each delivery."""
    host = urlsplit(url).hostname or ""
    try:
        may_reach = may_connect(host, networks)
    except ValueError:
        return
    if not may_reach:
        raise Malformed(
            f"url: {host} is no public address; the operator allows others by --hook-networks"
        )


def body_of(entry: Entry) -> bytes:
    return to_json(
        {"type": entry.kind, "timestamp": format_ms(entry.id.ms), "data": entry.as_json()}
    )


def signed_headers_of(target: Target, entry_id: EntryId, body: bytes, now_s: int) -> dict[str, str]:
    message_id = f"{target.room}_{entry_id}"
    key = base64.b64decode(target.secret.removeprefix(_PREFIX))
    signed = b"%b.%d.%b" % (message_id.encode(), now_s, body)
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(now_s),
        "webhook-signature": f"v1,{signature}",
    }


def retry_after_s(failures: int) -> int:
    """5 s, then twice as long each time, up to an hour."""
    return int(min(_FIRST_RETRY_S * 2 ** min(failures - 1, 20), _MAX_RETRY_S))


def may_connect(address: str, networks: tuple[Network, ...]) -> bool:
    """Whether nothing of our own network is there, or the operator has named it."""
    found = ipaddress.ip_address(address.partition("%")[0])
    reached = _carried(found) or found
    if any(each in network for each in (found, reached) for network in networks):
        return True
    is_special = any(reached in network for network in _SPECIAL)
    is_unicast = reached.version == 4 or reached in _UNICAST
    return reached.is_global and not reached.is_multicast and is_unicast and not is_special


def _carried(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address to which a gateway, or the system itself, takes what is sent there."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
