"""Which hosts are ours, and whether a request comes from a page of ours. No I/O.

A name that its owner points at our address would otherwise make a browser read and write rooms
that only its network reaches (DNS rebinding); a form on another site would write as its visitor.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from sse_chat.errors import CrossSite, UnknownHost

# Names that nobody can register: those of one network.
_LOCAL_SUFFIXES = (".local", ".lan", ".internal", ".home.arpa")
_DEFAULT_PORTS = (None, 80, 443)
_MAX_SHOWN = 80

HostPort = tuple[str, int | None]


def split_host(value: str) -> HostPort | None:
    """The lower-case name and the port of `name`, `name:port` or `[v6]:port`; None for others."""
    try:
        parts = urlsplit(f"//{value}")
        found = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    is_host_alone = parts.netloc == value and "@" not in value
    return found if found[0] and is_host_alone else None


class Hosts:
    """`names`: this machine's own, in lower case; others may be added to the set later on.

    `allowed`: further names, `*.example.org` for all below one, `*` for any.
    """

    def __init__(self, public_url: str, allowed: Iterable[str], names: set[str]) -> None:
        public = urlsplit(public_url)
        self._public = (public.hostname or "", public.port)
        self._allowed = {each.strip().lower().rstrip(".") for each in allowed} - {""}
        self._names = names
        self._has_names = bool(self._allowed or self._public[0])
        self._suffixes = tuple(each[1:] for each in self._allowed if each.startswith("*."))
        self._is_ours = lru_cache(maxsize=256)(self._classify)

    def check_host(self, headers: Mapping[str, str]) -> None:
        """Raises UnknownHost. A request of HTTP/1.0 without `Host` is no browser's."""
        host = headers.get("host")
        if host and not self._is_known(host):
            raise _unknown(host)
        # The name that a trusted proxy was asked for, where the operator has said which it may be.
        forwarded = headers.get("x-forwarded-host") if self._has_names else None
        if forwarded and not self._is_known(forwarded):
            raise _unknown(forwarded)

    def _is_known(self, host: str) -> bool:
        # Names of the machine may be found after the first look.
        return self._is_ours(host[:300]) or _name_of(host) in self._names

    def _classify(self, host: str) -> bool:
        if "*" in self._allowed:
            return True
        name = _name_of(host)
        if not name:
            return False
        if "." not in name or name.endswith(_LOCAL_SUFFIXES) or _is_address(name):
            return True
        return name in self._allowed or name == self._public[0] or name.endswith(self._suffixes)

    def check_origin(self, method: str, headers: Mapping[str, str]) -> None:
        """Raises CrossSite for what changes something and was sent by a page that is not ours.

        Browsers leave Sec-Fetch-Site out over plain HTTP: then Origin decides. A request with
        neither is no browser's.
        """
        if method in ("GET", "HEAD"):
            return
        site = headers.get("sec-fetch-site")
        if site is not None:
            if site not in ("same-origin", "none"):
                raise _cross_site()
            return
        origin = headers.get("origin")
        if origin is not None and not self.is_own(origin, headers):
            raise _cross_site()

    def is_own(self, origin: str, headers: Mapping[str, str]) -> bool:
        """Whether a page of this origin is one of ours."""
        scheme, separator, rest = origin.partition("://")
        sender = split_host(rest) if separator and scheme in ("http", "https") else None
        if sender is None:
            return False
        if self._public[0] and _is_same(sender, self._public):
            return True
        named = (headers.get("host"), headers.get("x-forwarded-host"))
        ours = (split_host(each) for each in named if each)
        # nginx with `Host $host` leaves out a port that the browser knows.
        return any(each and _is_same(sender, each, is_port_left_out=True) for each in ours)


def _name_of(host: str) -> str:
    found = split_host(host)
    return found[0] if found else ""


def _is_same(sender: HostPort, ours: HostPort, *, is_port_left_out: bool = False) -> bool:
    if sender[0] != ours[0]:
        return False
    if sender[1] == ours[1] or (is_port_left_out and ours[1] is None):
        return True
    # Which of the two is the default port hangs on the scheme, which a proxy may have changed.
    return sender[1] in _DEFAULT_PORTS and ours[1] in _DEFAULT_PORTS


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _cross_site() -> CrossSite:
    return CrossSite(
        "this request was sent by a page of another site; the operator can allow its origin with "
        "--cors-origins, or name this server's own address with --public-url"
    )


def _unknown(host: str) -> UnknownHost:
    return UnknownHost(
        f"this server does not go by the name {host[:_MAX_SHOWN]!r}; "
        "its operator can allow it with --hosts, or as the address in --public-url"
    )
