"""ClusterLink: commands to the nodes that their keys live on, through moves and failovers."""

import asyncio
import time
from typing import Any

from redis.asyncio import ConnectionPool, SSLConnection
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.crc import key_slot

from sse_chat.errors import StoreUnavailable
from sse_chat.store.commands import key_of
from sse_chat.store.link import REPLY_TIMEOUT_S, Link
from sse_chat.store.refusals import FAILED, Moved, Redirected, describe, is_elsewhere
from sse_chat.store.resp import Command

Address = tuple[str, int]

_REFRESH_PAUSE_S = 0.3
_MAX_REDIRECTS = 5


class ClusterNodes:
    """Who serves which slot, as redis-py keeps it; asked anew once something has moved."""

    def __init__(
        self, hosts: tuple[Address, ...], options: dict[str, Any], *, is_tls: bool = False
    ) -> None:
        kind = {"connection_class": SSLConnection} if is_tls else {}
        self._options = {**options, **kind}
        seeds = [ClusterNode(host, port) for host, port in hosts]
        self._known = RedisCluster(
            startup_nodes=seeds,
            require_full_coverage=False,
            ssl=is_tls,
            **{**options, "socket_timeout": REPLY_TIMEOUT_S},
        ).nodes_manager
        self._is_stale = True
        self._asked_at_s = float("-inf")
        self._asking = asyncio.Lock()

    def mark_stale(self) -> None:
        self._is_stale = True

    async def address_of(self, slot: int) -> Address:
        """Raises StoreUnavailable."""
        try:
            async with self._asking:
                if self._is_stale and time.monotonic() - self._asked_at_s > _REFRESH_PAUSE_S:
                    self._asked_at_s = time.monotonic()
                    await self._ask_anew()
                    self._is_stale = False
            node = self._known.get_node_from_slot(slot)
        except FAILED as exc:
            self._is_stale = True
            raise StoreUnavailable(f"the cluster is away: {describe(exc)}") from exc
        return str(node.host), int(node.port)

    async def _ask_anew(self) -> None:
        try:
            await self._known.initialize()
        finally:
            # It connects in order to ask; commands take links of our own.
            for nodes in ("startup_nodes", "nodes_cache"):
                await self._known.aclose(nodes)

    async def move(self, moved: Moved) -> None:
        await self._known.move_slot(moved)
        # One slot seldom moves alone.
        self._is_stale = True

    def connect(self, address: Address, *, wait_replicas: int) -> Link:
        host, port = address
        pool = ConnectionPool(host=host, port=port, **self._options)
        connection = pool.make_connection()  # type: ignore[no-untyped-call]
        return Link(connection, wait_replicas=wait_replicas)


class ClusterLink(Link):
    """A connection to each node that it has had to do with."""

    def __init__(self, nodes: ClusterNodes, *, wait_replicas: int = 0) -> None:
        self._nodes = nodes
        self._wait_replicas = wait_replicas
        self._links: dict[Address, Link] = {}

    async def call_many(
        self, commands: list[Command], *, timeout_s: float = REPLY_TIMEOUT_S
    ) -> list[Any]:
        """As of Link; a node that is away makes StoreUnavailable the reply of its commands."""
        parts: dict[Address, list[int]] = {}
        for at, slot in enumerate(_slots_of(commands)):
            parts.setdefault(await self._nodes.address_of(slot), []).append(at)
        replies: list[Any] = [None] * len(commands)
        answers = await asyncio.gather(
            *(
                self._ask(address, [commands[at] for at in part], timeout_s)
                for address, part in parts.items()
            )
        )
        for part, answer in zip(parts.values(), answers, strict=True):
            for at, reply in zip(part, answer, strict=True):
                replies[at] = await self._follow(commands[at], reply, timeout_s)
        return replies

    async def _ask(self, address: Address, commands: list[Command], timeout_s: float) -> list[Any]:
        if address not in self._links:
            self._links[address] = self._nodes.connect(address, wait_replicas=self._wait_replicas)
        try:
            replies = await self._links[address].call_many(commands, timeout_s=timeout_s)
        except StoreUnavailable as exc:
            self._nodes.mark_stale()
            return [exc] * len(commands)
        if any(map(is_elsewhere, replies)):
            self._nodes.mark_stale()
        return replies

    async def _follow(self, command: Command, reply: Any, timeout_s: float) -> Any:
        """The reply behind the redirections, if it is one."""
        for _ in range(_MAX_REDIRECTS):
            if not isinstance(reply, Redirected):
                return reply
            address = (str(reply.host), int(reply.port))
            if isinstance(reply, Moved):
                await self._nodes.move(reply)
                (reply,) = await self._ask(address, [command], timeout_s)
            else:
                _, reply = await self._ask(address, [("ASKING",), command], timeout_s)
        return StoreUnavailable("the cluster redirects this command again and again")

    async def close(self) -> None:
        for link in self._links.values():
            await link.close()


def _slots_of(commands: list[Command]) -> list[int]:
    """A command without a key goes where the one before it went."""
    slots: list[int] = []
    for command in commands:
        key = key_of(command)
        slots.append(slot_of(key) if key is not None else slots[-1] if slots else 0)
    return slots


def slot_of(key: str | bytes | int) -> int:
    return key_slot(key if isinstance(key, bytes) else str(key).encode())
