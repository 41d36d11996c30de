"""A way from a client to the server, through the proxy of one row."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.proxies.origin import Origin
from tests.proxies.rows import Row
from tests.support.programs import free_port, launch_program, start, stop


class Route:
    """`url` is what a client asks for; `proxy` is the forward proxy it is told of, or None."""

    def __init__(self, row: Row, origin: Origin, folder: Path) -> None:
        self.row = row
        self.origin = origin
        self._folder = folder
        self._port = free_port()
        self._stack = contextlib.ExitStack()
        behind = origin.url
        if row.scanner:
            scanner, behind = launch_program(row.scanner, folder / "scanner", behind)
            self._stack.callback(stop, scanner)
        self._behind = behind
        self._runs = 0
        self.start_proxy()

    def start_proxy(self) -> None:
        self._runs += 1
        folder = self._folder / f"proxy{self._runs}"
        folder.mkdir()
        command = self.row.config(folder, self._port, self._behind)
        self._process = start(command, self._port, folder)

    def kill_proxy(self) -> None:
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        with self._stack:
            self._process.terminate()
            with contextlib.suppress(Exception):
                self._process.wait(2)
            self.kill_proxy()

    @property
    def proxy(self) -> str | None:
        return f"http://127.0.0.1:{self._port}" if self.row.is_forward else None

    @property
    def url(self) -> str:
        scheme = "https" if self.row.is_https else "http"
        return self.origin.url if self.row.is_forward else f"{scheme}://127.0.0.1:{self._port}"

    @contextlib.contextmanager
    def client(self, **options: Any) -> Iterator[httpx.Client]:
        with httpx.Client(
            base_url=self.url, proxy=self.proxy, verify=False, trust_env=False, **options
        ) as client:
            yield client
