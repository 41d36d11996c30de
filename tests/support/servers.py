"""`sse-chat serve` in processes of their own, each in a folder of its own; and curl."""

import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import httpx

from tests.support.forking import ForkedProcess, can_fork, fork_server
from tests.support.holds import check_holds
from tests.support.programs import free_port
from tests.support.waiting import WAIT_S, wait_until

_WORKER = re.compile(r'worker="(\d+)"')


@dataclass
class ServerProcess:
    """`sse-chat serve` in a process of its own."""

    process: subprocess.Popen[str] | ForkedProcess
    url: str
    data: Path
    output: Path
    room_name: str = "lobby"
    _is_listening: bool = False

    @property
    def room(self) -> str:
        return f"{self.url}/chat/{self.room_name}"

    def with_own_room(self) -> "ServerProcess":
        """The same server, for a test that shares it with others."""
        return replace(self, room_name=f"t{secrets.token_hex(6)}")

    def wait_ready(self, timeout_s: float = 150, *, path: str = "/readyz") -> None:
        deadline = time.monotonic() + timeout_s
        with httpx.Client(base_url=self.url, verify=False, timeout=5) as client:
            while not self._is_ready(client, path):
                if time.monotonic() > deadline:
                    raise RuntimeError(f"the server is not ready:\n{self.output.read_text()}")
                time.sleep(0.02)

    def _is_ready(self, client: httpx.Client, path: str) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"the server ended:\n{self.output.read_text()}")
        try:
            if not self._is_listening and self.url.startswith("http:"):
                # Cheaper than a request, which is tried in vain dozens of times.
                address = (httpx.URL(self.url).host, httpx.URL(self.url).port or 0)
                socket.create_connection(address, timeout=5).close()
                self._is_listening = True
            return client.get(path).status_code == 200
        except (OSError, httpx.TransportError):
            return False

    def wait_workers(self, count: int) -> None:
        """Until all of them answer: a server is ready when the first of them is."""

        def are_up() -> bool:
            answer = httpx.get(f"{self.url}/metrics", verify=False)
            return answer.status_code != 200 or len(set(_WORKER.findall(answer.text))) >= count

        wait_until(are_up)

    def owner_code(self, timeout_s: float = 60) -> str:
        """Of the link for the owner, which is printed once the server is ready."""
        output = self.wait_output("Ctrl-C", timeout_s=timeout_s)
        return output.partition("/invite/")[2].partition(" ")[0]

    def wait_output(self, text: str, count: int = 1, *, timeout_s: float = WAIT_S) -> str:
        """All that it has printed and logged, once this is there so many times."""
        deadline_s = time.monotonic() + timeout_s
        while (output := self.output.read_text()).count(text) < count:
            assert time.monotonic() < deadline_s, output
            time.sleep(0.05)
        return output

    def stop(self, timeout_s: float = 60) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(timeout_s)


Launch = Callable[..., ServerProcess]


class Launcher:
    """Starts servers in folders of their own under one folder; `stop` ends them all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[ServerProcess] = []

    def __call__(
        self,
        *flags: str,
        port: int | None = None,
        data: Path | None = None,
        scheme: str = "http",
        ready: str = "/readyz",
        has_own_group: bool = False,
        is_forked: bool = True,
    ) -> ServerProcess:
        """`is_forked`: without an interpreter's start, where none is asked for by the flags."""
        port = port or free_port()
        number = len(self._started)
        data = data or self._folder / f"data{number}"
        output = self._folder / f"output{number}.txt"
        words = ["--port", str(port), "--data", str(data), *flags]
        with output.open("w") as file:
            if is_forked and not has_own_group and can_fork(flags):
                process = fork_server(words, file)
            else:
                process = _start(words, file, has_own_group=has_own_group)
        server = ServerProcess(process, f"{scheme}://127.0.0.1:{port}", data, output)
        self._started.append(server)
        server.wait_ready(path=ready)
        if "--workers" in flags:
            server.wait_workers(int(flags[flags.index("--workers") + 1]))
        return server

    def stop(self) -> None:
        for server in self._started:
            server.stop()
        for server in self._started:
            check_holds(server.output.read_text(errors="replace"))


def _start(words: list[str], output: IO[str], *, has_own_group: bool) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "sse_chat", "serve", *words],
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        start_new_session=has_own_group,
    )


def curl(*args: str, data: bytes | None = None) -> str:
    done = subprocess.run(
        ["curl", "-sS", "--max-time", "60", *args], input=data, capture_output=True, check=True
    )
    return done.stdout.decode()
