"""StoreAddress: what a store's URL says, where it may name several hosts. No I/O."""

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

# Of a URL's query: our own reader of replies speaks one protocol, and reads bytes.
_FIXED_OPTIONS = ("protocol", "decode_responses", "encoding", "encoding_errors")
_DEFAULT_PORTS = {"sentinel": 26379, "cluster": 6379}


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """`kind` is sentinel or cluster; a single store's URL is read by redis-py itself."""

    kind: str
    hosts: tuple[tuple[str, int], ...]
    service: str = ""
    db: int = 0
    username: str | None = None
    password: str | None = None
    is_tls: bool = False


def parse_address(url: str) -> StoreAddress | None:
    """None for a single store. Raises ValueError with what is allowed.

    redis+sentinel://[user:password@]host[:port],…/service[/db]
    redis+cluster://[user:password@]host[:port],…   (rediss+… for TLS)
    """
    scheme, _, rest = url.partition("://")
    transport, _, kind = scheme.partition("+")
    if not kind:
        _check_single(url)
        return None
    if transport not in ("redis", "rediss") or kind not in _DEFAULT_PORTS:
        raise ValueError("redis+sentinel://host,…/service or redis+cluster://host,… is allowed")
    credentials, _, rest = rest.rpartition("@")
    hosts, *path = rest.rstrip("/").split("/")
    username, _, password = credentials.partition(":")
    if kind == "cluster" and path:
        raise ValueError("a cluster has no databases: redis+cluster://host,… is allowed")
    if kind == "sentinel" and not 1 <= len(path) <= 2:
        raise ValueError("the master's name is missing: redis+sentinel://host,…/service")
    if len(path) == 2 and not _is_database(path[1]):
        raise ValueError("the database is a number: redis+sentinel://host,…/service/0")
    return StoreAddress(
        kind=kind,
        hosts=tuple(_host(host, _DEFAULT_PORTS[kind]) for host in hosts.split(",")),
        service=path[0] if path else "",
        db=int(path[1]) if len(path) == 2 else 0,
        username=unquote(username) or None,
        password=unquote(password) or None,
        is_tls=transport == "rediss",
    )


def _check_single(url: str) -> None:
    """redis-py reads a database that is no number as 0: two servers would share their rooms."""
    parts = urlsplit(url)
    if parts.scheme != "unix" and not _is_database(parts.path.strip("/") or "0"):
        raise ValueError(f"the database is a number, as in {parts.scheme}://HOST:6379/0")
    for name in parse_qs(parts.query, keep_blank_values=True):
        if name in _FIXED_OPTIONS:
            raise ValueError(f"{name} cannot be changed; leave it out")


def _is_database(written: str) -> bool:
    return written.isascii() and written.isdigit()


def _host(written: str, default_port: int) -> tuple[str, int]:
    if written.startswith("["):
        name, _, port = written[1:].partition("]")
        port = port.removeprefix(":")
    else:
        name, _, port = written.partition(":")
    if not name:
        raise ValueError("a host's name is missing")
    return name, int(port) if port else default_port
