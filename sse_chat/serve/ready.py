"""The lines that say how to use the server, printed once it answers."""

import contextlib
import http.client
import logging
import os
import socket
import ssl
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from sse_chat import __version__
from sse_chat.settings import Settings
from sse_chat.web.http.proxied import find_root, join_root
from sse_chat.web.http.shared_url import is_on_all, own_addresses

_READY_S = 30
_log = logging.getLogger("sse_chat")


class Ready:
    """`owner_link`: the file that has the link for whoever is to own this server, while there is
    nobody; `owner_code`: of that link."""

    def __init__(
        self, settings: Settings, listener: socket.socket, owner_link: Path, owner_code: str | None
    ) -> None:
        self._settings = settings
        self._port = 0 if settings.uds else int(listener.getsockname()[1])
        self._owner_link = owner_link
        self._owner_code = owner_code

    def announce(self, how: str) -> None:
        """Prints the lines, and logs that the server has started and `how`, from a thread, once
        `/readyz` says yes."""
        threading.Thread(target=self._announce, args=(how,), daemon=True).start()

    def _announce(self, how: str) -> None:
        settings = self._settings
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
        deadline_s = time.monotonic() + _READY_S
        while not _is_ready(settings, host, self._port):
            if time.monotonic() > deadline_s:
                print("sse-chat has not become ready; see the lines above", file=sys.stderr)
                return
            time.sleep(0.05)
        shown = f"[{host}]" if ":" in host else host
        scheme = "https" if settings.ssl_certfile else "http"
        root = find_root(settings.root_path, settings.public_url)
        local = f"{scheme}://{shown}:{self._port}"
        if settings.uds:
            local = f"{scheme}://localhost"
        base = join_root(settings.public_url or local, root)
        _log.info(
            "sse-chat %s started: listening on %s; %s", __version__, settings.uds or local, how
        )
        link = self._keep_link(base)
        # A server whose stdout is closed or full still serves; the log has what matters.
        with contextlib.suppress(OSError):
            self._print(base, link)

    def _keep_link(self, base: str) -> str:
        """The link for the first owner, "" where there is one; it is in no log, but in a file."""
        self._owner_link.unlink(missing_ok=True)
        if not self._owner_code:
            return ""
        link = f"{base}/invite/{self._owner_code}"
        try:
            self._owner_link.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(self._owner_link, flags, 0o600), "w") as file:
                file.write(f"{link}\n")
        except OSError as exc:
            _log.warning("%s cannot be written: %s", self._owner_link, exc.strerror or exc)
        else:
            _log.info("nobody owns this server yet: the link is in %s", self._owner_link)
        return link

    def _print(self, base: str, link: str) -> None:
        room = f"/chat/{self._settings.default_room}"
        url = f"{base}{room}"
        settings = self._settings
        is_direct = settings.uds and not settings.public_url
        through = f"--unix-socket {settings.uds} " if is_direct else ""
        owner = f"  owner  {self._show(link)}\n" if link else ""
        print(
            f"sse-chat is ready\n\n"
            f"  page   {url}\n"
            f"{self._others(base, room)}"
            f"  read   curl {through}-N {url}\n"
            f"  write  curl {through}-d 'hello' {url}\n"
            f"{owner}\n"
            f"Ctrl-C stops it.",
            flush=True,
        )

    def _others(self, base: str, room: str) -> str:
        """Lines with the addresses that other machines can open, where those are not the first."""
        # A certificate is for a name, and which that is the operator knows.
        if not is_on_all(self._settings) or self._settings.ssl_certfile:
            return ""
        scheme, netloc, *rest = urlsplit(f"{base}{room}")
        port = netloc.rpartition(":")[2]
        found = own_addresses(self._settings.host)
        urls = [urlunsplit((scheme, f"{each}:{port}", *rest)) for each in found]
        return "".join(f"         {url}  (from other machines)\n" for url in urls)

    def _show(self, link: str) -> str:
        """The link, but where what is printed goes into a log."""
        if self._settings.log_format == "json" or "JOURNAL_STREAM" in os.environ:
            return f"none yet: see {self._owner_link}, or sse-chat invite --role owner"
        return f"{link}  (once, within 24 h)"


def _is_ready(settings: Settings, host: str, port: int) -> bool:
    with contextlib.closing(_connection(settings, host, port)) as connection:
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=5)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _connection(settings: Settings, host: str, port: int) -> http.client.HTTPConnection:
    if settings.uds:
        return _UnixConnection(settings.uds)
    if not settings.ssl_certfile:
        return http.client.HTTPConnection(host, port, timeout=5)
    # It asks itself over loopback, under a name that the certificate need not have.
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, timeout=5, context=context)
