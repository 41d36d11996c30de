"""Links: connections and pipelines to a store, be it one server, behind Sentinel, or a cluster."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from redis.asyncio import ConnectionPool
from redis.asyncio.sentinel import SentinelConnectionPool

from sse_chat.store.address import StoreAddress, parse_address
from sse_chat.store.cluster import ClusterLink, ClusterNodes, slot_of
from sse_chat.store.commands import key_of
from sse_chat.store.keys import PARTITIONS
from sse_chat.store.link import CONNECT_TIMEOUT_S, Link
from sse_chat.store.pipeline import Pipeline
from sse_chat.store.scripts import Script
from sse_chat.store.sentinels import Sentinels

_SENTINEL_TIMEOUT_S = 1.0
_OPTIONS: dict[str, Any] = {
    "decode_responses": True,
    # A changed bit must not end the connection: the sum of the entry shows it.
    "encoding_errors": "replace",
    "protocol": 2,
    "socket_connect_timeout": CONNECT_TIMEOUT_S,
    # A link's own time-out covers all that it does. redis-py's would make a task of each write, and
    # its wait_for loses a cancellation on Python 3.11.
    "socket_timeout": None,
    "retry": None,
}


class Links:
    """Makes them from the store's URL; raises ValueError for a bad one.

    `groups`: the partitions that one blocking read can serve; on a cluster each stands alone.
    """

    def __init__(self, url: str, *, wait_replicas: int = 0) -> None:
        address = parse_address(url)
        self._wait_replicas = wait_replicas
        self.is_cluster = address is not None and address.kind == "cluster"
        self._make = _maker(url, address)
        self.groups: tuple[Sequence[int], ...] = (range(PARTITIONS),)
        if self.is_cluster:
            self.groups = tuple((partition,) for partition in range(PARTITIONS))

    def make(self) -> Link:
        return self._make()

    def pipeline(self) -> "Pipeline | SlotPipelines":
        if self.is_cluster:
            return SlotPipelines(self._pipeline)
        return self._pipeline()

    def _pipeline(self) -> Pipeline:
        return Pipeline(self._make(wait_replicas=self._wait_replicas))


class _Make(Protocol):
    def __call__(self, *, wait_replicas: int = 0) -> Link: ...


def _maker(url: str, address: StoreAddress | None) -> _Make:
    if address is None:
        pool = ConnectionPool.from_url(url, **_OPTIONS)
        try:
            pool.make_connection()  # type: ignore[no-untyped-call]
        except TypeError as exc:
            # Of Python: "got an unexpected keyword argument 'foo'".
            raise ValueError(f"its query has an option that is not known: {exc}") from exc
        return _from_pool(pool)
    options = {**_OPTIONS, "username": address.username, "password": address.password}
    if address.kind == "cluster":
        nodes = ClusterNodes(address.hosts, options, is_tls=address.is_tls)
        return partial(ClusterLink, nodes)
    timeouts = {
        "socket_timeout": _SENTINEL_TIMEOUT_S,
        "socket_connect_timeout": _SENTINEL_TIMEOUT_S,
    }
    sentinels = Sentinels(  # type: ignore[no-untyped-call]
        list(address.hosts), sentinel_kwargs=timeouts
    )
    return _from_pool(
        SentinelConnectionPool(  # type: ignore[no-untyped-call]
            address.service, sentinels, db=address.db, ssl=address.is_tls, **options
        )
    )


def _from_pool(pool: Any) -> _Make:
    def make(*, wait_replicas: int = 0) -> Link:
        return Link(pool.make_connection(), pool, wait_replicas=wait_replicas)

    return make


class SlotPipelines:
    """A pipeline for each slot, so that a master that hangs holds up its own rooms only."""

    def __init__(self, make: Callable[[], Pipeline]) -> None:
        self._make = make
        self._pipelines: dict[int, Pipeline] = {}
        self._new: asyncio.Queue[Pipeline] = asyncio.Queue()

    def __len__(self) -> int:
        return sum(map(len, self._pipelines.values()))

    async def call(self, *command: str | bytes | int) -> Any:
        key = key_of(command)
        return await self._of("" if key is None else key).call(*command)

    async def run(self, script: Script, keys: Sequence[str], *args: str | int) -> Any:
        return await self._of(keys[0]).run(script, keys, *args)

    def _of(self, key: str | bytes | int) -> Pipeline:
        slot = slot_of(key)
        found = self._pipelines.get(slot)
        if found is None:
            found = self._pipelines[slot] = self._make()
            self._new.put_nowait(found)
        return found

    async def serve(self) -> None:
        """Runs until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                pipeline = await self._new.get()
                group.create_task(pipeline.serve())
