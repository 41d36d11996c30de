"""How the server is reached and as whom: flags, environment and ~/.netrc into an httpx client."""

import argparse
import netrc
import os
import ssl
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from sse_chat import __version__
from sse_chat.client.proxies import check_proxy, proxies_for
from sse_chat.client.target import Rooms, Target, parse_targets, user_of
from sse_chat.errors import SettingsError

_DEFAULT_SERVER = "http://127.0.0.1:8000"


def add_access_flags(
    parser: argparse.ArgumentParser, *, target: str = "ROOM", takes_many: bool = False
) -> None:
    """`takes_many`: `target` is a list of rooms, which may be one, and `*` is all of them."""
    many = "; several of one server, or '*' for all, are one feed" if takes_many else ""
    parser.add_argument(
        "target",
        metavar=target,
        nargs="+" if takes_many else None,
        help=f"a room's name, or an address: https://HOST/chat/ROOM{many}",
    )
    parser.add_argument(
        "--server",
        metavar="URL",
        help=f"server of a room that is given by its name; HOST:PORT will do "
        f"[SSE_CHAT_SERVER or {_DEFAULT_SERVER}]",
    )
    parser.add_argument(
        "-u",
        "--user",
        metavar="NAME[:PASSWORD]",
        help="who you are; a name alone is a guest [from ~/.netrc, if it has the host]",
    )
    parser.add_argument(
        "--token", action="store_true", help="use the bot token in the variable SSE_CHAT_TOKEN"
    )
    parser.add_argument(
        "-x",
        "--proxy",
        metavar="URL",
        help="proxy to use [from HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY]",
    )
    parser.add_argument("--cacert", metavar="FILE", help="also trust this certificate authority")
    parser.add_argument("-k", "--insecure", action="store_true", help="do not check certificates")
    parser.add_argument("-q", "--quiet", action="store_true", help="print only errors on stderr")


@dataclass(frozen=True, slots=True)
class Access:
    target: Target
    options: Mapping[str, Any]
    """Arguments for httpx.Client and httpx.AsyncClient alike."""
    proxies: Mapping[str, str] = field(default_factory=dict)
    """URLs by the scheme of the request."""

    def make_client(self) -> httpx.Client:
        verify = self.options["verify"]
        mounts = {
            f"{scheme}://": httpx.HTTPTransport(proxy=url, verify=verify, trust_env=False)
            for scheme, url in self.proxies.items()
        }
        return httpx.Client(**self.options, mounts=mounts)

    def make_async_client(self) -> httpx.AsyncClient:
        verify = self.options["verify"]
        mounts = {
            f"{scheme}://": httpx.AsyncHTTPTransport(proxy=url, verify=verify, trust_env=False)
            for scheme, url in self.proxies.items()
        }
        return httpx.AsyncClient(**self.options, mounts=mounts)


def read_access(flags: argparse.Namespace, environ: Mapping[str, str]) -> Access:
    """Raises SettingsError."""
    server = flags.server or environ.get("SSE_CHAT_SERVER") or _DEFAULT_SERVER
    takes_many = isinstance(flags.target, list)
    texts = flags.target if takes_many else [flags.target]
    target = parse_targets(texts, server)
    if isinstance(target, Rooms) and not takes_many:
        raise SettingsError(f"{texts[0]!r} is all rooms, which tail reads; name one room")
    # As curl does; the flag wins.
    user = flags.user if flags.user is not None else user_of(texts[0], server)
    headers = {"User-Agent": f"sse-chat/{__version__}", "Accept-Encoding": "identity"}
    if flags.token:
        headers["Authorization"] = f"Bearer {_token(environ)}"
    options: dict[str, Any] = {
        "headers": headers,
        "auth": None if flags.token else _read_auth(user, target, environ),
        "verify": _tls(flags.cacert, is_insecure=flags.insecure),
        "timeout": httpx.Timeout(30, connect=15),
        "follow_redirects": False,
        # The proxies of the environment are read here, as curl reads them.
        "trust_env": False,
    }
    if flags.proxy:
        proxies = dict.fromkeys(("http", "https"), check_proxy(flags.proxy))
    else:
        proxies = proxies_for(target.host, urllib.request.getproxies())
    access = Access(target, options, proxies)
    _check(access)
    return access


def _check(access: Access) -> None:
    """httpx says what is wrong with a proxy's address only when a client is made."""
    try:
        access.make_client().close()
    except ImportError as exc:
        raise SettingsError("a SOCKS proxy needs one more package: pip install socksio") from exc
    except UnicodeEncodeError:
        # Of an argument: a ValueError, but not of the proxy.
        raise
    except (ValueError, httpx.InvalidURL) as exc:
        raise SettingsError(f"the proxy's address is wrong: {exc}") from exc


def _token(environ: Mapping[str, str]) -> str:
    token = environ.get("SSE_CHAT_TOKEN", "")
    if not token or not token.isascii() or not token.isprintable():
        raise SettingsError("--token uses the variable SSE_CHAT_TOKEN, which holds no token")
    return token


def _read_auth(
    user: str | None, target: Target, environ: Mapping[str, str]
) -> tuple[str, str] | None:
    if user is not None:
        name, _, password = user.partition(":")
        return name, password
    path = _netrc_path(environ)
    try:
        found = netrc.netrc(path).authenticators(target.host) if path else None
    except (netrc.NetrcParseError, OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f"{path} cannot be read: {exc}") from exc
    return (found[0], found[2] or "") if found else None


def _netrc_path(environ: Mapping[str, str]) -> Path | None:
    """The file, where it is there; a user without a home, or without a right to it, has none."""
    named = environ.get("NETRC")
    try:
        path = Path(named or "~/.netrc").expanduser()
        return path if path.is_file() else None
    except (RuntimeError, OSError) as exc:
        if named:
            raise SettingsError(f"NETRC names {named!r}, which cannot be read: {exc}") from exc
        return None


def _tls(cacert: str | None, *, is_insecure: bool) -> ssl.SSLContext:
    # The system's store, not a bundle of our own: a company's own authority is in there.
    context = ssl.create_default_context()
    if is_insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if cacert:
        try:
            context.load_verify_locations(cacert)
        except (OSError, ssl.SSLError) as exc:
            reason = os.strerror(exc.errno) if exc.errno else "no certificate in it"
            raise SettingsError(f"--cacert {cacert}: {reason}") from exc
    return context
