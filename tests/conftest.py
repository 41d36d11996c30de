"""Fixtures: a real store, a real server process, on free ports and in folders of their own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@dataclass
class ServerProcess:
    """`sse-chat serve` in a process of its own."""

    process: subprocess.Popen[str]
    url: str
    data: Path
    output: Path

    @property
    def room(self) -> str:
        return f"{self.url}/chat/lobby"

    def wait_ready(self, timeout_s: float = 20) -> None:
        deadline = time.monotonic() + timeout_s
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended:\n{self.output.read_text()}")
            try:
                if httpx.get(f"{self.url}/readyz", verify=False).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            if time.monotonic() > deadline:
                raise RuntimeError(f"the server is not ready:\n{self.output.read_text()}")
            time.sleep(0.05)

    def stop(self, timeout_s: float = 15) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(timeout_s)


Launch = Callable[..., ServerProcess]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Start a server with these flags; all are stopped after the test."""
    started: list[ServerProcess] = []

    def start(
        *flags: str, port: int | None = None, data: Path | None = None, scheme: str = "http"
    ) -> ServerProcess:
        port = port or free_port()
        data = data or tmp_path / f"data{len(started)}"
        output = tmp_path / f"output{len(started)}.txt"
        command = [sys.executable, "-m", "sse_chat", "serve"]
        with output.open("w") as file:
            process = subprocess.Popen(
                [*command, "--port", str(port), "--data", str(data), *flags],
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        server = ServerProcess(process, f"{scheme}://127.0.0.1:{port}", data, output)
        started.append(server)
        server.wait_ready()
        return server

    yield start
    for server in started:
        server.stop()
