"""Lists of thousands: accounts, rooms and roles are read and shown in pieces.

Whoever else asks is not held up: the server's own watch of its loop would say so.
"""

import json
import secrets
from collections.abc import Iterator

import httpx
import pytest
import redis

from sse_chat.store.keys import Keys
from tests.http.test_moderation import PASSWORD
from tests.support.holds import check_holds
from tests.support.servers import Launcher, ServerProcess
from tests.support.stores import run_store

ACCOUNTS, ROOMS, ROLES, BANS = 8_000, 200_000, 2_000, 5_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("large")
    with run_store(folder) as store:
        launcher = Launcher(folder)
        server = launcher("--redis", store.url, "--limits", "off")
        payload = {"name": "boss", "password": PASSWORD, "invitation": server.owner_code()}
        assert httpx.post(f"{server.url}/account", json=payload).status_code == 201
        with store.client() as client:
            _fill(client, Keys())
        assert httpx.post(server.room, content="hi", auth=("boss", PASSWORD)).is_success
        yield server
        launcher.stop()


def _fill(client: "redis.Redis", keys: Keys) -> None:
    ids = [f"u_{number:016x}" for number in range(ACCOUNTS)]
    accounts = {who: json.dumps([f"n{who[2:]}", 2, "x" * 90, False, 1]) for who in ids}
    client.hset(keys.people("accounts"), mapping=accounts)
    tokens = {
        secrets.token_hex(6): json.dumps([who, "0" * 64, "both", [], 0, "label", 1]) for who in ids
    }
    rules = {f"role:{who}": "2" for who in ids[:ROLES]} | {"kept": "1"}
    for who in ids[-BANS:]:
        rules |= {f"ban:{who}": "0", f"ban-note:{who}": "{}", f"name:{who}": who}
    client.hset(keys.people("rules", "lobby"), mapping=rules)
    rooms: dict[str, dict[str, str]] = {}
    for room in (f"r{number}" for number in range(ROOMS)):
        rooms.setdefault(keys.newest(room), {})[room] = "1800000000000-0"
    for key, newest in rooms.items():
        client.hset(key, mapping=newest)
    client.incr(keys.people("version"))
    client.hset(keys.people("tokens"), mapping=tokens)


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/admin/people", "text/html"),
        ("/admin/rooms", "text/html"),
        ("/chat/lobby/rules", "text/html"),
        ("/rooms", "application/json"),
    ],
)
def test_nobody_waits_for_a_long_list(server: ServerProcess, path: str, accept: str) -> None:
    begin = len(server.output.read_text())
    headers = {"Accept": accept, "Accept-Encoding": "gzip"}
    answer = httpx.get(server.url + path, headers=headers, auth=("boss", PASSWORD), timeout=120)
    assert answer.status_code == 200
    assert len(answer.content) > 10_000
    check_holds(server.output.read_text()[begin:])
