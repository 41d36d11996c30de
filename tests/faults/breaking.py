"""The faults of a site on one store: break something, wait, mend it. A new fault is a row."""

import asyncio
import contextlib
import os
import signal
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.faults.followers import Follower
from tests.faults.site import Site


@dataclass(frozen=True, slots=True)
class Scene:
    site: Site
    followers: list[Follower]
    random: Random
    rooms: list[str]
    # When the store may have lost what it had acknowledged before.
    losses_s: list[float]
    # From when to when bytes were held back on connections that stayed open.
    holds_s: list[tuple[float, float]]
    # From when to when a node was not ready, which only those who poll must wait for.
    starts_s: list[tuple[float, float]]

    @property
    def store(self) -> Any:
        """What the faults of this site know how to break."""
        return self.site.store

    async def wait(self, least_s: float, most_s: float) -> None:
        await asyncio.sleep(self.random.uniform(least_s, most_s))


Fault = Callable[[Scene], Awaitable[None]]


async def kill_store(scene: Scene) -> None:
    scene.store.process.kill()
    await scene.wait(0, 3)
    await asyncio.to_thread(scene.store.process.start)


async def freeze_store(scene: Scene) -> None:
    scene.store.process.freeze()
    await scene.wait(0.2, 8)
    scene.store.process.thaw()


async def cut_store_link(scene: Scene) -> None:
    scene.store.link.cut()


async def refuse_store_link(scene: Scene) -> None:
    scene.store.link.stop()
    await scene.wait(0.2, 4)
    await scene.store.link.start()


async def slow_store_link(scene: Scene) -> None:
    scene.store.link.delay_s = scene.random.uniform(0.01, 0.3)
    await scene.wait(1, 4)
    scene.store.link.delay_s = 0


async def kill_worker(scene: Scene) -> None:
    workers = scene.site.nodes[-1].workers()
    if workers:
        os.kill(scene.random.choice(workers), signal.SIGKILL)


async def freeze_worker(scene: Scene) -> None:
    workers = scene.site.nodes[-1].workers()
    if workers:
        pid = scene.random.choice(workers)
        try:
            os.kill(pid, signal.SIGSTOP)
            await scene.wait(0.2, 3)
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            # The supervisor has replaced it meanwhile.
            pass


async def kill_node(scene: Scene) -> None:
    node = scene.random.choice(scene.site.nodes)
    node.kill()
    await scene.wait(0, 2)
    node.start()


async def restart_node(scene: Scene) -> None:
    node = scene.random.choice(scene.site.nodes)
    await asyncio.to_thread(node.terminate)
    node.start()


async def cut_readers(scene: Scene) -> None:
    scene.random.choice(scene.site.nodes).relay.cut()


async def slow_readers(scene: Scene) -> None:
    relay = scene.random.choice(scene.site.nodes).relay
    relay.delay_s = scene.random.uniform(0.05, 0.5)
    await scene.wait(1, 5)
    relay.delay_s = 0


async def silence_readers(scene: Scene) -> None:
    """Their connections are open and dead: neither side is told."""
    relay = scene.random.choice(scene.site.nodes).relay
    relay.flows.clear()
    await scene.wait(0.5, 12)
    relay.flows.set()


async def stall_readers(scene: Scene) -> None:
    """Feeds that ask for all there is and read nothing of it; some just vanish."""
    stalled = []
    for _ in range(20):
        port = scene.random.choice(scene.site.nodes).port
        with contextlib.suppress(OSError):
            stalled.append(await asyncio.to_thread(_ask_and_stall, port, scene.random))
    await scene.wait(1, 6)
    for feed in stalled:
        feed.close()


def _ask_and_stall(port: int, random: Random) -> socket.socket:
    feed = socket.socket()
    try:
        # Small, or the kernel takes all that there is.
        feed.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        if random.random() < 0.5:
            # Closed with a reset, in the middle of what is under way.
            feed.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        feed.settimeout(5)
        feed.connect(("127.0.0.1", port))
        feed.sendall(b"GET /chat/lobby?format=ndjson&after=0 HTTP/1.1\r\nHost: test\r\n\r\n")
    except OSError:
        feed.close()
        raise
    return feed


async def kill_proxy(scene: Scene) -> None:
    scene.site.proxy.kill()
    await scene.wait(0, 2)
    await asyncio.to_thread(scene.site.proxy.start)


async def jump_store_clock(scene: Scene) -> None:
    ahead_ms = scene.random.randrange(1, 30_000)
    await asyncio.to_thread(scene.store.jump, ahead_ms, scene.rooms)


async def storm(scene: Scene) -> None:
    for follower in scene.followers:
        follower.hang_up()


FAULTS: tuple[Fault, ...] = (
    kill_store,
    freeze_store,
    cut_store_link,
    refuse_store_link,
    slow_store_link,
    kill_worker,
    freeze_worker,
    kill_node,
    restart_node,
    cut_readers,
    slow_readers,
    silence_readers,
    stall_readers,
    kill_proxy,
    jump_store_clock,
    storm,
)
