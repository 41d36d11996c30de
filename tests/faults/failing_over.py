"""The faults of a store of several machines: its masters die, lag behind, freeze; slots move."""

import asyncio
import contextlib
import time

import redis

from sse_chat.store.keys import partition_of
from tests.faults.breaking import Fault, Scene, kill_node, restart_node
from tests.support.replicas import is_in_sync, role_of, wait_until
from tests.support.stores import StoreProcess


async def kill_master(scene: Scene) -> None:
    master, replica = await asyncio.to_thread(scene.store.roles)
    master.kill()
    await _take_over(scene, master, replica)


async def freeze_master(scene: Scene) -> None:
    master, replica = await asyncio.to_thread(scene.store.roles)
    master.freeze()
    try:
        await asyncio.to_thread(wait_until, lambda: role_of(replica) == "master")
        await scene.wait(0, 4)
    finally:
        master.thaw()
    await _come_back(scene, master)


async def lose_newest(scene: Scene) -> None:
    """The replica is cut off for a moment, and then it is all that is left."""
    master, replica = await asyncio.to_thread(scene.store.roles)
    replica.freeze()
    try:
        with master.client() as client:
            client.execute_command("CLIENT", "KILL", "TYPE", "replica")
        await scene.wait(0.2, 1)
        master.kill()
    finally:
        replica.thaw()
    await _take_over(scene, master, replica)


async def _take_over(scene: Scene, old: StoreProcess, new: StoreProcess) -> None:
    await asyncio.to_thread(wait_until, lambda: role_of(new) == "master")
    scene.losses_s.append(time.monotonic())
    await scene.wait(0, 3)
    await asyncio.to_thread(old.start)
    await _come_back(scene, old)


async def _come_back(scene: Scene, old: StoreProcess) -> None:
    """It takes itself for the master until it is told, and so may a Sentinel that is behind.

    What it answers meanwhile is lost when it becomes a replica.
    """
    await asyncio.to_thread(wait_until, lambda: is_in_sync(old))
    scene.losses_s.append(time.monotonic())


async def kill_cluster_master(scene: Scene) -> None:
    masters = await asyncio.to_thread(scene.store.masters)
    old = scene.random.choice(masters)
    old.kill()
    await asyncio.to_thread(wait_until, lambda: len(scene.store.masters()) == len(masters))
    scene.losses_s.append(time.monotonic())
    await scene.wait(0, 3)
    await asyncio.to_thread(old.start)
    await asyncio.to_thread(wait_until, lambda: is_in_sync(old))


async def move_slot(scene: Scene) -> None:
    room = scene.random.choice(scene.rooms)
    await asyncio.to_thread(_move_slot, scene.store.masters(), partition_of(room))


def _move_slot(masters: list[StoreProcess], partition: int) -> None:
    """As `redis-cli --cluster reshard` does it, while posts come in."""
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(store.client()) for store in masters]
        slot = clients[0].execute_command("CLUSTER KEYSLOT", f"{{p{partition:02d}}}")
        counts = [client.execute_command("CLUSTER COUNTKEYSINSLOT", slot) for client in clients]
        at = counts.index(max(counts))
        to = (at + 1) % len(clients)
        source, target = clients[at], clients[to]
        target_id = target.execute_command("CLUSTER MYID")
        source_id = source.execute_command("CLUSTER MYID")
        target.execute_command("CLUSTER SETSLOT", slot, "IMPORTING", source_id)
        source.execute_command("CLUSTER SETSLOT", slot, "MIGRATING", target_id)
        _move_keys(source, slot, masters[to].port)
        for client in (target, source, *clients):
            client.execute_command("CLUSTER SETSLOT", slot, "NODE", target_id)


def _move_keys(source: "redis.Redis", slot: int, port: int) -> None:
    while keys := source.execute_command("CLUSTER GETKEYSINSLOT", slot, 100):
        source.execute_command("MIGRATE", "127.0.0.1", port, "", 0, 5000, "KEYS", *keys)


# Readers stay connected: who is away while posts are lost cannot always be told.
SENTINEL_FAULTS: tuple[Fault, ...] = (kill_master, freeze_master, lose_newest)
# Nothing is lost here, so that nodes may die as well.
CONFIRMED_FAULTS: tuple[Fault, ...] = (*SENTINEL_FAULTS, kill_node, restart_node)
CLUSTER_FAULTS: tuple[Fault, ...] = (kill_cluster_master, move_slot, move_slot)
