"""What stands between the client and us: trusted proxies, and a path that we are served under.

Both are settled before any route sees the request: routes read paths and write addresses as if
there were no proxy.
"""

import logging
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import Scope

from sse_chat.web.http.forwarded import (
    Hop,
    Network,
    find_client,
    is_trusted,
    parse_forwarded,
    parse_x_forwarded,
)

_log = logging.getLogger("sse_chat.proxies")
# Anyone can send these headers; whoever does so from many addresses must not fill the log.
_MAX_UNTRUSTED = 20
Headers = list[tuple[bytes, bytes]]

_X_FORWARDED = ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host")
_ALL_FORWARDED = (*_X_FORWARDED, "forwarded")
_RAW_FORWARDED = {name.encode() for name in _ALL_FORWARDED}
# Members of the scope, for whoever asks further in.
_ROOT = "sse_chat.root"
_FORWARDED = "sse_chat.forwarded"
_UNTRUSTED = "sse_chat.untrusted_proxy"
RENEWED_COOKIE = "sse_chat.renewed_cookie"


class TrustedProxies:
    """Puts what trusted hops say of the client into the scope.

    Afterwards there is at most one X-Forwarded-Host, and it can be believed; all other headers
    of the kind are gone, and so are all of them from a hop that is not trusted.
    """

    def __init__(self, networks: tuple[Network, ...], *, trusts_unix: bool = False) -> None:
        """`trusts_unix`: whoever may connect to our Unix socket, which has no address."""
        self._networks = networks
        self._trusts_unix = trusts_unix
        # Addresses that are not trusted and speak of a client: each is told of once.
        self.untrusted: set[str] = set()

    def on_request(self, scope: Scope) -> None:
        if _is_forwarded(scope):
            self._take(scope)

    def _take(self, scope: Scope) -> None:
        headers = MutableHeaders(scope=scope)
        said = {name: headers.getlist(name) for name in _ALL_FORWARDED}
        for name in _ALL_FORWARDED:
            del headers[name]
        peer = (scope.get("client") or ("", 0))[0]
        is_ours = (not peer and self._trusts_unix) or is_trusted(peer, self._networks)
        scope[_FORWARDED] = peer, {name: ", ".join(each) for name, each in said.items() if each}
        if not is_ours:
            scope[_UNTRUSTED] = True
            self._tell_untrusted(peer)
            return
        client = find_client(_read_hops(said), peer, self._networks)
        if client.address != peer:
            scope["client"] = (client.address, 0)
        if client.scheme:
            scope["scheme"] = client.scheme
        if client.host:
            headers["x-forwarded-host"] = client.host

    def _tell_untrusted(self, peer: str) -> None:
        if peer in self.untrusted or len(self.untrusted) >= _MAX_UNTRUSTED:
            return
        self.untrusted.add(peer)
        _log.warning(
            "%s sends X-Forwarded-* or Forwarded and is not trusted: what it says of the client is "
            "ignored, and all who come through it share one address. If it is your proxy: "
            "--trusted-proxies %s",
            peer,
            peer,
        )


def _read_hops(said: dict[str, list[str]]) -> list[Hop]:
    # Proxies that write X-Forwarded-For let a client's own Forwarded through, and hardly one
    # writes Forwarded alone: where both are there, Forwarded may be anyone's.
    if any(said[name] for name in _X_FORWARDED):
        return parse_x_forwarded(*(said[name] for name in _X_FORWARDED))
    return parse_forwarded(said["forwarded"])


def _is_forwarded(scope: Scope) -> bool:
    return not _RAW_FORWARDED.isdisjoint(dict(scope["headers"]))


class RootPath:
    """Serves everything under a path, whether or not the proxy in front takes it off.

    The path is taken off what comes in, and put before what goes out as Location or as the path
    of a cookie: no route can forget it. Pages and shown addresses ask `root_of` and `base_url`.
    """

    def __init__(self, root: str) -> None:
        self._root = root

    def on_request(self, scope: Scope) -> None:
        # An ASGI server, or an application that we are mounted in, may know the path too.
        root = scope.get("root_path", "") + self._root
        if not root:
            return
        scope[_ROOT] = root
        scope["root_path"] = ""
        for prefix in (root, self._root):
            if _take_off(scope, prefix):
                break

    def on_response(self, scope: Scope, headers: Headers) -> Headers:
        root = scope.get(_ROOT)
        return [_rooted(root, *header) for header in headers] if root else headers


def _take_off(scope: Scope, prefix: str) -> bool:
    path: str = scope["path"]
    if not prefix or (path != prefix and not path.startswith(f"{prefix}/")):
        return False
    scope["path"] = path[len(prefix) :] or "/"
    raw: bytes = scope.get("raw_path") or b""
    if raw.startswith(prefix.encode()):
        scope["raw_path"] = raw[len(prefix.encode()) :] or b"/"
    return True


def drop_slash(scope: Scope) -> None:
    """`/chat/lobby/`, as it is typed or completed, is `/chat/lobby`."""
    path: str = scope["path"]
    if path.endswith("/") and not path.endswith("//") and path != "/":
        scope["path"] = path[:-1]
        scope["raw_path"] = (scope.get("raw_path") or b"").removesuffix(b"/")


def _rooted(root: str, name: bytes, value: bytes) -> tuple[bytes, bytes]:
    lower = name.lower()
    if lower == b"location" and value.startswith(b"/"):
        return name, root.encode() + value
    if lower == b"set-cookie":
        return name, value.replace(b"; Path=/", b"; Path=" + root.encode() + b"/", 1)
    return name, value


def find_root(root_path: str, public_url: str) -> str:
    """The path that we are served under, as "/chat-app", or "": the public URL may have it too."""
    path = (root_path or urlsplit(public_url).path).strip("/")
    return f"/{path}" if path else ""


def join_root(url: str, root: str) -> str:
    """The address with the path that we are served under, which it may end with already."""
    return url.rstrip("/").removesuffix(root) + root


def root_of(request: Request) -> str:
    """What every path in a page starts with: "" unless we are served under a path."""
    root: str = request.scope.get(_ROOT, "")
    return root


def client_address(request: Request) -> str:
    client = request.scope.get("client")
    return client[0] if client else ""


def forwarded_of(request: Request) -> tuple[str, dict[str, str]]:
    """The address that the connection is from, and what it sent of the kind."""
    found: tuple[str, dict[str, str]] = request.scope.get(_FORWARDED, (client_address(request), {}))
    return found


def is_behind_untrusted(request: Request) -> bool:
    """Whether a proxy spoke of the client that is not in --trusted-proxies."""
    return _UNTRUSTED in request.scope


def base_url(request: Request, public_url: str) -> str:
    """The address of this server as the client knows it, without a slash at the end."""
    root = root_of(request)
    if public_url:
        return join_root(public_url, root)
    host = request.headers.get("x-forwarded-host") or request.headers.get("host", "localhost")
    return f"{request.url.scheme}://{host}{root}"
