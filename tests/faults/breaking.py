"""The faults, one function each: break something, wait, mend it. A new fault is a row."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

from tests.faults.followers import Follower
from tests.faults.site import Site


@dataclass(frozen=True, slots=True)
class Scene:
    site: Site
    followers: list[Follower]
    random: Random

    async def wait(self, least_s: float, most_s: float) -> None:
        await asyncio.sleep(self.random.uniform(least_s, most_s))


async def kill_store(scene: Scene) -> None:
    scene.site.store.kill()
    await scene.wait(0, 3)
    await asyncio.to_thread(scene.site.store.start)


async def freeze_store(scene: Scene) -> None:
    scene.site.store.freeze()
    await scene.wait(0.2, 8)
    scene.site.store.thaw()


async def cut_store_link(scene: Scene) -> None:
    scene.site.store_link.cut()


async def refuse_store_link(scene: Scene) -> None:
    scene.site.store_link.stop()
    await scene.wait(0.2, 4)
    await scene.site.store_link.start()


async def slow_store_link(scene: Scene) -> None:
    scene.site.store_link.delay_s = scene.random.uniform(0.01, 0.3)
    await scene.wait(1, 4)
    scene.site.store_link.delay_s = 0


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


async def storm(scene: Scene) -> None:
    for follower in scene.followers:
        follower.hang_up()


FAULTS: tuple[Callable[[Scene], Awaitable[None]], ...] = (
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
    storm,
)
