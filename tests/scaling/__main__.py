"""python -m tests.scaling: CPU of tails without readers, of the store for each, and of a scrape.

One node takes posts; others on the same store have no readers and no posts, so that what they
and the store use beyond before is the price of a tail.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import httpx

from tests.bench.accounting import Meter, cpu_s, tree
from tests.support.programs import free_port
from tests.support.stores import StoreProcess, run_store

_POSTS = 1600
_POSTERS = 16
_SCRAPES = 40
_ROUNDS = 3
_IDLERS = (0, 1, 4)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for number in range(_ROUNDS):
            (round_folder := Path(folder) / str(number)).mkdir()
            found.append(asyncio.run(_measure(round_folder)))
    for name in found[0]:
        print(f"{name:<48} {median(each[name] for each in found):8.1f} µs")


async def _measure(folder: Path) -> dict[str, float]:
    with run_store(folder / "redis") as store:
        nodes = [_start(folder / f"node{number}", store.url) for number in range(1 + max(_IDLERS))]
        try:
            async with httpx.AsyncClient(timeout=20) as client:
                return await _measure_nodes(client, store, nodes)
        finally:
            for process, _ in nodes:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()


def _start(folder: Path, redis_url: str) -> tuple[subprocess.Popen[bytes], int]:
    port = free_port()
    command = [sys.executable, "-m", "sse_chat", "serve", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--data", str(folder), "--redis", redis_url, "--limits", "off"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return process, port


async def _measure_nodes(
    client: httpx.AsyncClient, store: StoreProcess, nodes: list[tuple[subprocess.Popen[bytes], int]]
) -> dict[str, float]:
    for _, port in nodes:
        await _wait_ready(client, port)
    with store.client() as link:
        store_pid = int(link.info("server")["process_id"])
    found: dict[str, float] = {}
    # Most tails first: those that are not asked for any more are stopped.
    for idlers in sorted(_IDLERS, reverse=True):
        for process, _ in nodes[1 + idlers :]:
            process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(process.wait)
        pids = [pid for process, _ in nodes[1 : 1 + idlers] for pid in tree(process.pid)]
        meter = Meter(pids, [store_pid])
        await _post(client, nodes[0][1])
        found[f"store, of a post, {1 + idlers} tails"] = 1e6 * meter.store_s / _POSTS
        if idlers:
            name = f"a worker without readers, of a post elsewhere ({idlers})"
            found[name] = 1e6 * meter.server_s / _POSTS / idlers
    process, port = nodes[0]
    meter = Meter([], [store_pid])
    for _ in range(_SCRAPES):
        url = f"http://127.0.0.1:{port}/chat/lobby/messages?limit=50"
        (await client.get(url)).raise_for_status()
    found["store, of a page of 50 entries"] = 1e6 * meter.store_s / _SCRAPES
    before_s = cpu_s(tree(process.pid))
    for _ in range(_SCRAPES):
        (await client.get(f"http://127.0.0.1:{port}/metrics")).raise_for_status()
    found["a scrape of /metrics, one worker"] = (
        1e6 * (cpu_s(tree(process.pid)) - before_s) / _SCRAPES
    )
    return found


async def _wait_ready(client: httpx.AsyncClient, port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


async def _post(client: httpx.AsyncClient, port: int) -> None:
    async def post(count: int) -> None:
        for number in range(count):
            url = f"http://127.0.0.1:{port}/chat/lobby"
            (await client.post(url, content=f"text {number}")).raise_for_status()

    await asyncio.gather(*(post(_POSTS // _POSTERS) for _ in range(_POSTERS)))


if __name__ == "__main__":
    main()
