"""A site: a store, nodes of several workers, each behind a relay, and a proxy before them."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Protocol

import httpx

from tests.faults.proxy import Proxy
from tests.faults.relay import Relay
from tests.support.programs import free_port

_READY_S = 120


class Node:
    """`sse-chat serve` in a process group of its own."""

    def __init__(
        self, folder: Path, name: str, redis_url: str, workers: int, flags: tuple[str, ...]
    ) -> None:
        self.port = free_port()
        self.relay = Relay(self.port)
        self._folder = folder / name
        self._flags = (
            "--port", str(self.port), "--data", str(self._folder), "--redis", redis_url,
            "--workers", str(workers), "--node", name, "--limits", "off",
            "--secret", "the same for all nodes", *flags,
        )  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._folder.mkdir(exist_ok=True)
        with (self._folder / "output.txt").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sse_chat", "serve", *self._flags],
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def terminate(self) -> None:
        """Asked to stop: it drains."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                raise AssertionError(f"{self._folder.name} did not drain within 20 s") from None

    def kill(self) -> None:
        """The whole group, as when the machine dies."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def workers(self) -> list[int]:
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        pids = children.read_text().split() if children.exists() else []
        return [int(pid) for pid in pids if _is_worker(pid)]

    def output(self) -> str:
        return (self._folder / "output.txt").read_text()


def _is_worker(pid: str) -> bool:
    """Not Python's tracker of shared resources, which is a child, too."""
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


class Backing(Protocol):
    """What a site keeps its entries in."""

    @property
    def url(self) -> str: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


class Site:
    """With an even share of the traffic through each node and through the proxy."""

    def __init__(self, folder: Path, random: Random, store: Backing, *flags: str) -> None:
        self.store = store
        self.nodes: list[Node] = []
        self.proxy = Proxy(folder)
        self._folder, self._random, self._flags = folder, random, flags

    async def start(self, url: str = "", workers: tuple[int, ...] = (1, 2)) -> None:
        """`url`: the way to the store that the nodes take; its own when empty."""
        await asyncio.to_thread(self.store.start)
        for number, count in enumerate(workers):
            node = Node(self._folder, f"node{number}", url or self.store.url, count, self._flags)
            node.start()
            await node.relay.start()
            self.nodes.append(node)
        await self.wait_ready()
        self.proxy.set_nodes([node.port for node in self.nodes])
        await asyncio.to_thread(self.proxy.start)

    async def wait_ready(self) -> None:
        async with httpx.AsyncClient() as client, asyncio.timeout(_READY_S):
            for node in self.nodes:
                while not await _is_ready(client, node.port):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)

    def any_port(self) -> int:
        return self._random.choice([*(node.relay.port for node in self.nodes), self.proxy.port])

    def stop(self) -> None:
        self.proxy.kill()
        for node in self.nodes:
            node.relay.stop()
            node.kill()
        self.store.stop()


async def _is_ready(client: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
    except httpx.TransportError:
        return False
