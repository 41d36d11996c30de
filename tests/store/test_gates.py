"""A script that waits for an answer, while the server and the store of its question are killed."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from sse_chat.store.keys import partition_of
from tests.support.client import Running, run, running
from tests.support.replicas import Cluster, Guarded
from tests.support.servers import Launch, ServerProcess
from tests.support.stores import StoreProcess, run_store
from tests.support.waiting import WAIT_S, wait_until

SECRET = ("--limits", "off", "--secret", "the same for all nodes")
# Of a failover, and of a client that asks again after its longest pause.
_FAILOVER_S = 150


def words_of(server: ServerProcess) -> tuple[str, ...]:
    asked = ("Deploy?", "--choices", "yes,no", "--timeout", "300", "--key", "gate-1")
    return ("ask", server.room, "-u", "ci", *asked)


@contextlib.contextmanager
def asking(server: ServerProcess) -> Iterator[tuple[Running, dict[str, Any]]]:
    """The script, and the question that it waits for."""
    with running(*words_of(server)) as script:
        (question,) = wait_until(lambda: questions(server))
        yield script, question


def questions(server: ServerProcess) -> list[dict[str, Any]]:
    answer = httpx.get(f"{server.room}/messages", timeout=WAIT_S)
    events = answer.json()["events"] if answer.status_code == 200 else []
    return [each for each in events if "ask" in each]


def answer(
    server: ServerProcess, question: dict[str, Any], name: str, choice: str
) -> httpx.Response:
    """What is said in the end: a store that is away is asked again, under one key."""
    url = f"{server.room}/messages/{question['id']}/answer"
    headers = {"Idempotency-Key": f"of-{name}"}

    def given() -> httpx.Response | None:
        sent = httpx.post(
            url, data={"choice": choice}, auth=(name, ""), headers=headers, timeout=WAIT_S
        )
        return None if sent.status_code == 503 else sent

    found = wait_until(given, _FAILOVER_S)
    assert found is not None
    return found


def check_end(script: Running, server: ServerProcess, question: dict[str, Any]) -> str:
    """The script ends by the answer that counts, and so does one that is started again."""
    code = script.process.wait(_FAILOVER_S)
    (found,) = questions(server)
    assert found["id"] == question["id"]
    choice = str(found["ask"]["answer"]["choice"])
    assert (code, script.out) == (0 if choice == "yes" else 1, [choice]), script.err
    again = run(*words_of(server))
    assert (again.returncode, again.stdout) == (code, f"{choice}\n".encode())
    assert len(questions(server)) == 1
    return choice


def test_a_script_waits_through_a_kill_of_the_server_and_of_the_store(
    launch: Launch, tmp_path: Path
) -> None:
    durable = ("--appendonly", "yes", "--appendfsync", "always")
    with run_store(tmp_path / "redis", *durable) as store:
        server = launch(*SECRET, "--redis", store.url)
        with asking(server) as (script, question):
            server.process.kill()
            server.process.wait()
            port = httpx.URL(server.url).port
            server = launch(*SECRET, "--redis", store.url, port=port)
            store.kill()
            wait_until(lambda: httpx.get(f"{server.url}/readyz").status_code == 503)
            url = f"{server.room}/messages/{question['id']}/answer"
            refused = httpx.post(url, data={"choice": "yes"}, auth=("ann", ""), timeout=WAIT_S)
            assert refused.status_code == 503
            assert script.process.poll() is None
            store.start()
            assert answer(server, question, "ann", "no").status_code == 201
            assert check_end(script, server, question) == "no"


@pytest.fixture(params=["sentinel", "cluster"])
def replicated(request: pytest.FixtureRequest) -> Guarded | Cluster:
    name = {"sentinel": "guarded", "cluster": "cluster"}[request.param]
    stores: Guarded | Cluster = request.getfixturevalue(name)
    return stores


@pytest.mark.long
def test_one_answer_counts_at_all_nodes_when_the_master_of_the_question_dies(
    launch: Launch, replicated: Guarded | Cluster
) -> None:
    nodes = [launch(*SECRET, "--redis", replicated.url) for _ in range(2)]
    with asking(nodes[0]) as (script, question):
        master, replica = pair_of(replicated, nodes[0].room_name)
        wait_copied(master, replica)
        master.kill()
        with ThreadPoolExecutor(4) as threads:
            given = list(
                threads.map(
                    lambda number: answer(
                        nodes[number % 2], question, f"p{number}", ("yes", "no")[number // 2]
                    ),
                    range(4),
                )
            )
        codes = [each.status_code for each in given]
        # A repeat after a reply that was lost has 200.
        assert sorted(code == 409 for code in codes) == [False, True, True, True], codes
        choice = check_end(script, nodes[0], question)
    (winner,) = (f"p{number}" for number, code in enumerate(codes) if code != 409)
    told = [each.json()["answer"] for each in given if each.status_code == 409]
    for node in nodes:
        url = f"{node.room}/messages/{question['id']}/answer"
        told.append(httpx.get(url, timeout=WAIT_S).json()["answer"])
    assert [(each["author"], each["choice"]) for each in told] == [(winner, choice)] * 5


def pair_of(stores: Guarded | Cluster, room: str) -> tuple[StoreProcess, StoreProcess]:
    if isinstance(stores, Guarded):
        return stores.master, stores.replica
    with stores.stores[0].client() as client:
        slot = int(client.execute_command("CLUSTER KEYSLOT", f"{{p{partition_of(room):02d}}}"))
    return stores.pair_of(slot)


def wait_copied(master: StoreProcess, replica: StoreProcess) -> None:
    """Until the replica has what the master has now."""
    with master.client() as source, replica.client() as target:
        wanted = source.info("replication")["master_repl_offset"]
        wait_until(lambda: target.info("replication")["slave_repl_offset"] >= wanted)
