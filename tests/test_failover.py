"""A store of several machines: Sentinel and Cluster, with real servers that are killed."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import redis
from conftest import Launch, ServerProcess
from feeds import next_of, open_ndjson
from programs import free_port, need
from stores import StoreProcess

from sse_chat.store.keys import partition_of

WAIT_S = 40
# One for each partition, so that every master of a cluster has some.
ROOMS = list({partition_of(name): name for name in (f"room{n}" for n in range(200))}.values())


def wait_until(condition: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.1)


def post(server: ServerProcess, text: str, room: str = "lobby") -> httpx.Response:
    return httpx.post(f"{server.url}/chat/{room}", content=text, timeout=WAIT_S)


@dataclass
class Guarded:
    """A master, its replica, and three sentinels that watch over them."""

    master: StoreProcess
    replica: StoreProcess
    url: str


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Guarded]:
    need("redis-sentinel")
    with contextlib.ExitStack() as stack:

        def start(store: StoreProcess) -> StoreProcess:
            stack.callback(store.kill)
            store.start()
            return store

        master = start(StoreProcess(tmp_path / "master"))
        flags = ("--replicaof", f"127.0.0.1 {master.port}", "--repl-diskless-sync-delay", "0")
        replica = start(StoreProcess(tmp_path / "replica", *flags))
        with replica.client() as client:
            wait_until(lambda: client.info("replication")["master_link_status"] == "up")
        ports = []
        for number in range(3):
            folder = tmp_path / f"sentinel{number}"
            folder.mkdir()
            config = folder / "sentinel.conf"
            config.write_text(
                f"sentinel monitor chat 127.0.0.1 {master.port} 2\n"
                "sentinel down-after-milliseconds chat 1500\n"
                "sentinel failover-timeout chat 5000\n"
            )
            sentinel = StoreProcess(folder, config=config, is_sentinel=True)
            ports.append(start(sentinel).port)
            with sentinel.client() as client:
                wait_until(lambda asked=client: asked.sentinel_master("chat")["num-slaves"] == 1)
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
        yield Guarded(master, replica, f"redis+sentinel://{hosts}/chat")


@pytest.mark.parametrize("is_frozen", [False, True], ids=["killed", "frozen"])
def test_a_failover_by_sentinel_is_ridden_out_with_feeds_open(
    launch: Launch, guarded: Guarded, is_frozen: bool
) -> None:
    server = launch("--redis", guarded.url, "--wait-replicas", "1")
    with open_ndjson(f"{server.room}/feed?format=ndjson&after=0&heartbeat=2") as events:
        assert post(server, "before").status_code == 201
        assert next_of(events, "message")["text"] == "before"
        if is_frozen:
            guarded.master.freeze()
        else:
            guarded.master.kill()
        # The new master has no replica that could confirm a post: it is refused, not lost.
        with guarded.replica.client() as client:
            wait_until(lambda: client.info("replication")["role"] == "master")
            wait_until(lambda: "1 replicas" in post(server, "unsure").text)
        wait_until(lambda: httpx.get(f"{server.url}/readyz", timeout=10).status_code == 200)
        assert next_of(events, "message")["text"] == "unsure"


def test_posts_go_on_after_a_failover(launch: Launch, guarded: Guarded) -> None:
    server = launch("--redis", guarded.url)
    with open_ndjson(f"{server.room}/feed?format=ndjson&after=0&heartbeat=2") as events:
        assert post(server, "before").status_code == 201
        assert next_of(events, "message")["text"] == "before"
        with guarded.replica.client() as client:
            wait_until(lambda: client.dbsize() > 0)
        guarded.master.kill()
        wait_until(lambda: post(server, "after").status_code == 201)
        texts = [next_of(events, "message")["text"]]
        while texts[-1] != "after":
            texts.append(next_of(events, "message")["text"])
        assert texts == ["after"]


def knows_all(client: "redis.Redis", ids: list[str]) -> bool:
    return set(ids) <= {
        each["node_id"] for each in client.execute_command("CLUSTER NODES").values()
    }


def is_whole(client: "redis.Redis") -> bool:
    state: str = client.execute_command("CLUSTER INFO")["cluster_state"]
    return state == "ok"


def make_cluster(stores: list[StoreProcess], bus_ports: list[int], masters: int) -> None:
    clients = [store.client() for store in stores]
    for store, bus_port in zip(stores[1:], bus_ports[1:], strict=True):
        clients[0].execute_command("CLUSTER MEET", "127.0.0.1", store.port, bus_port)
    step = 16384 // masters + 1
    for number in range(masters):
        last = min((number + 1) * step, 16384) - 1
        clients[number].execute_command("CLUSTER ADDSLOTSRANGE", number * step, last)
    ids = [str(client.execute_command("CLUSTER MYID")) for client in clients]
    for client in clients:
        wait_until(lambda asked=client: knows_all(asked, ids))
    for number, client in enumerate(clients[masters:]):
        client.execute_command("CLUSTER REPLICATE", ids[number % masters])
    for client in clients:
        wait_until(lambda asked=client: is_whole(asked))
    for client in clients[masters:]:
        wait_until(lambda asked=client: asked.info("replication")["master_link_status"] == "up")
    for client in clients:
        client.close()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[list[StoreProcess]]:
    """Three masters, then a replica of each."""
    bus_ports = [free_port() for _ in range(6)]
    stores = [
        StoreProcess(
            tmp_path / f"node{number}", "--cluster-enabled", "yes", "--cluster-port", str(bus_port),
            "--cluster-node-timeout", "1500", "--repl-diskless-sync-delay", "0",
            "--cluster-require-full-coverage", "no",
        )
        for number, bus_port in enumerate(bus_ports)
    ]  # fmt: skip
    try:
        for store in stores:
            store.start()
        make_cluster(stores, bus_ports, masters=3)
        yield stores
    finally:
        for store in stores:
            store.kill()


def url_of(stores: list[StoreProcess]) -> str:
    return "redis+cluster://" + ",".join(f"127.0.0.1:{store.port}" for store in stores[:3])


def feed_of(server: ServerProcess, room: str) -> str:
    return f"{server.url}/chat/{room}/feed?format=ndjson&after=0&heartbeat=2"


def texts_until(events: Iterator[dict[str, str]], last: str) -> list[str]:
    texts = []
    for event in events:
        if event["kind"] == "message":
            texts.append(event["text"])
            if event["text"] == last:
                break
    return texts


def test_rooms_of_a_cluster_live_on_through_the_death_of_a_master(
    launch: Launch, cluster: list[StoreProcess]
) -> None:
    assert len(ROOMS) == 16
    server = launch("--redis", url_of(cluster), "--limits", "off")
    with contextlib.ExitStack() as stack:
        feeds = {room: stack.enter_context(open_ndjson(feed_of(server, room))) for room in ROOMS}
        for room in ROOMS:
            assert post(server, "before", room).status_code == 201
        cluster[1].kill()
        for room in ROOMS:
            wait_until(lambda wanted=room: post(server, "after", wanted).status_code == 201)
        for events in feeds.values():
            texts = texts_until(events, "after")
            # A replica may lack what was not yet sent to it; then nothing but that is missing.
            assert texts in (["before", "after"], ["after"])
        wait_until(lambda: httpx.get(f"{server.url}/readyz", timeout=10).status_code == 200)


def test_a_slot_that_moves_is_followed(launch: Launch, cluster: list[StoreProcess]) -> None:
    server = launch("--redis", url_of(cluster), "--limits", "off")
    room = ROOMS[0]
    with open_ndjson(feed_of(server, room)) as events, contextlib.ExitStack() as stack:
        assert post(server, "before", room).status_code == 201
        clients = [stack.enter_context(store.client()) for store in cluster[:3]]
        slot = clients[0].execute_command("CLUSTER KEYSLOT", f"{{p{partition_of(room):02d}}}")
        counts = [client.execute_command("CLUSTER COUNTKEYSINSLOT", slot) for client in clients]
        at = counts.index(max(counts))
        source, target = clients[at], clients[(at + 1) % 3]
        source_id = source.execute_command("CLUSTER MYID")
        target_id = target.execute_command("CLUSTER MYID")
        target.execute_command("CLUSTER SETSLOT", slot, "IMPORTING", source_id)
        source.execute_command("CLUSTER SETSLOT", slot, "MIGRATING", target_id)
        keys = source.execute_command("CLUSTER GETKEYSINSLOT", slot, 1000)
        port = cluster[(at + 1) % 3].port
        source.execute_command("MIGRATE", "127.0.0.1", port, "", 0, 5000, "KEYS", *keys)
        # The slot is still the source's, its keys the target's: until that is settled Redis asks
        # for another try (TRYAGAIN) where a script names a key that is in neither.
        assert post(server, "on the way", room).status_code == 503
        for client in clients:
            client.execute_command("CLUSTER SETSLOT", slot, "NODE", target_id)
        wait_until(lambda: post(server, "after", room).status_code == 201)
        assert texts_until(events, "after") == ["before", "after"]
