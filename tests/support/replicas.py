"""Stores of several machines: a master and its replica under Sentinels, and a cluster."""

from contextlib import ExitStack
from pathlib import Path

import redis

from tests.support.programs import free_port, need
from tests.support.stores import StoreProcess
from tests.support.waiting import wait_until

_MASTERS = 3
_SLOTS = 16384
_SLOTS_OF_ONE = _SLOTS // _MASTERS + 1


def role_of(store: StoreProcess) -> str:
    """Empty when it does not answer."""
    try:
        with store.client() as client:
            return str(client.info("replication")["role"])
    except redis.exceptions.RedisError:
        return ""


def is_in_sync(store: StoreProcess) -> bool:
    """It is a replica and has what its master has."""
    try:
        with store.client() as client:
            return bool(client.info("replication").get("master_link_status") == "up")
    except redis.exceptions.RedisError:
        return False


class Guarded:
    """Two stores, one the master, and three Sentinels that watch over them."""

    def __init__(self, folder: Path, *flags: str) -> None:
        need("redis-sentinel")
        self._folder = folder
        quick = ("--repl-diskless-sync-delay", "0", *flags)
        self.master = StoreProcess(folder / "master", *quick)
        self.replica = StoreProcess(
            folder / "replica", "--replicaof", f"127.0.0.1 {self.master.port}", *quick
        )
        self.url = ""
        self._running = ExitStack()

    def start(self) -> None:
        for store in (self.master, self.replica):
            self._start(store)
        wait_until(lambda: is_in_sync(self.replica))
        ports = [self._start_sentinel(number).port for number in range(3)]
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
        self.url = f"redis+sentinel://{hosts}/chat"

    def _start(self, store: StoreProcess) -> None:
        self._running.callback(store.kill)
        store.start()

    def _start_sentinel(self, number: int) -> StoreProcess:
        folder = self._folder / f"sentinel{number}"
        folder.mkdir()
        config = folder / "sentinel.conf"
        config.write_text(
            f"sentinel monitor chat 127.0.0.1 {self.master.port} 2\n"
            "sentinel down-after-milliseconds chat 1500\n"
            "sentinel failover-timeout chat 5000\n"
        )
        sentinel = StoreProcess(folder, config=config, is_sentinel=True)
        self._start(sentinel)
        with sentinel.client() as client:
            wait_until(lambda: client.sentinel_master("chat")["num-slaves"] == 1)
        return sentinel

    def roles(self) -> tuple[StoreProcess, StoreProcess]:
        """Master and replica as they are now."""
        stores = (self.master, self.replica)
        return stores if role_of(self.replica) == "slave" else (self.replica, self.master)

    def stop(self) -> None:
        self._running.close()


class Cluster:
    """Three masters, then a replica of each."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self._bus_ports = [free_port() for _ in range(2 * _MASTERS)]
        self.stores = [
            StoreProcess(
                folder / f"node{number}", "--cluster-enabled", "yes", "--cluster-port",
                str(bus_port), "--cluster-node-timeout", "1500", "--repl-diskless-sync-delay", "0",
                "--cluster-require-full-coverage", "no", *flags,
            )
            for number, bus_port in enumerate(self._bus_ports)
        ]  # fmt: skip

    @property
    def url(self) -> str:
        return "redis+cluster://" + ",".join(
            f"127.0.0.1:{store.port}" for store in self.stores[:_MASTERS]
        )

    def start(self) -> None:
        for store in self.stores:
            store.start()
        with ExitStack() as stack:
            self._join([stack.enter_context(store.client()) for store in self.stores])

    def _join(self, clients: "list[redis.Redis]") -> None:
        for store, bus_port in zip(self.stores[1:], self._bus_ports[1:], strict=True):
            clients[0].execute_command("CLUSTER MEET", "127.0.0.1", store.port, bus_port)
        for number in range(_MASTERS):
            last = min((number + 1) * _SLOTS_OF_ONE, _SLOTS) - 1
            clients[number].execute_command("CLUSTER ADDSLOTSRANGE", number * _SLOTS_OF_ONE, last)
        ids = [str(client.execute_command("CLUSTER MYID")) for client in clients]
        for client in clients:
            wait_until(lambda asked=client: _knows_all(asked, ids))
        for number, client in enumerate(clients[_MASTERS:]):
            client.execute_command("CLUSTER REPLICATE", ids[number % _MASTERS])
        for client in clients:
            wait_until(lambda asked=client: _is_whole(asked))
        for store in self.stores[_MASTERS:]:
            wait_until(lambda asked=store: is_in_sync(asked))

    def pair_of(self, slot: int) -> tuple[StoreProcess, StoreProcess]:
        """Its master and the replica of that one, as they were at the start."""
        number = slot // _SLOTS_OF_ONE
        return self.stores[number], self.stores[_MASTERS + number]

    def masters(self) -> list[StoreProcess]:
        return [store for store in self.stores if role_of(store) == "master"]

    def stop(self) -> None:
        for store in self.stores:
            store.kill()


def _knows_all(client: "redis.Redis", ids: list[str]) -> bool:
    known = client.execute_command("CLUSTER NODES").values()
    return set(ids) <= {each["node_id"] for each in known}


def _is_whole(client: "redis.Redis") -> bool:
    return bool(client.execute_command("CLUSTER INFO")["cluster_state"] == "ok")
