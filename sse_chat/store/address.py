"""StoreAddress: what a store's URL says, where it may name several hosts. No I/O."""

from dataclasses import dataclass
from urllib.parse import unquote

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
    return StoreAddress(
        kind=kind,
        hosts=tuple(_host(host, _DEFAULT_PORTS[kind]) for host in hosts.split(",")),
        service=path[0] if path else "",
        db=int(path[1]) if len(path) == 2 else 0,
        username=unquote(username) or None,
        password=unquote(password) or None,
        is_tls=transport == "rediss",
    )


def _host(written: str, default_port: int) -> tuple[str, int]:
    if written.startswith("["):
        name, _, port = written[1:].partition("]")
        port = port.removeprefix(":")
    else:
        name, _, port = written.partition(":")
    if not name:
        raise ValueError("a host's name is missing")
    return name, int(port) if port else default_port
