"""The lines that say how to use the server, printed once it answers."""

import contextlib
import http.client
import os
import socket
import ssl
import sys
import threading
import time
from typing import Any

from sse_chat.settings import Settings
from sse_chat.web.proxied import find_root, join_root

_READY_S = 30


def announce_when_ready(
    settings: Settings, listener: socket.socket, owner_code: str | None = None
) -> None:
    """Prints the lines from a thread, once `/readyz` says yes.

    `owner_code`: of the invitation for whoever is to own this server.
    """
    threading.Thread(
        target=_say, args=(settings, listener.getsockname(), owner_code), daemon=True
    ).start()


def _say(settings: Settings, address: tuple[Any, ...], owner_code: str | None) -> None:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    port = int(address[1])
    deadline_s = time.monotonic() + _READY_S
    while not _is_ready(settings, host, port):
        if time.monotonic() > deadline_s:
            print("sse-chat has not become ready; see the lines above", file=sys.stderr)
            return
        time.sleep(0.05)
    shown = f"[{host}]" if ":" in host else host
    scheme = "https" if settings.ssl_certfile else "http"
    root = find_root(settings.root_path, settings.public_url)
    base = join_root(settings.public_url or f"{scheme}://{shown}:{port}", root)
    url = f"{base}/chat/{settings.default_room}"
    owner = _owner_line(settings, f"{base}/invite/{owner_code}") if owner_code else ""
    print(
        f"sse-chat is ready\n\n"
        f"  page   {url}\n"
        f"  read   curl -N {url}\n"
        f"  write  curl -d 'hello' {url}\n"
        f"{owner}\n"
        f"Ctrl-C stops it.",
        flush=True,
    )


def _owner_line(settings: Settings, link: str) -> str:
    """The link, but where what is printed goes into a log."""
    if settings.log_format == "json" or "JOURNAL_STREAM" in os.environ:
        return "  owner  none yet: sse-chat invite --role owner, with the same --data or --redis\n"
    return f"  owner  {link}  (once, within 24 h)\n"


def _is_ready(settings: Settings, host: str, port: int) -> bool:
    with contextlib.closing(_connection(settings, host, port)) as connection:
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False


def _connection(settings: Settings, host: str, port: int) -> http.client.HTTPConnection:
    if not settings.ssl_certfile:
        return http.client.HTTPConnection(host, port, timeout=5)
    # It asks itself over loopback, under a name that the certificate need not have.
    context = ssl._create_unverified_context()
    return http.client.HTTPSConnection(host, port, timeout=5, context=context)
