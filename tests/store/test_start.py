"""Starting: a store that is not up yet, a second node with another secret."""

from pathlib import Path

import httpx
import pytest

from tests.support.client import run
from tests.support.servers import Launch
from tests.support.stores import StoreProcess, run_store


def test_a_server_waits_for_a_store_that_is_not_up_yet(launch: Launch, tmp_path: Path) -> None:
    store = StoreProcess(tmp_path / "redis")
    server = launch("--redis", store.url, ready="/healthz")
    for answer in (httpx.get(f"{server.url}/readyz"), httpx.post(server.room, content="early")):
        assert (answer.status_code, answer.json()["error"]) == (503, "store_unavailable")
        assert answer.headers["retry-after"] == "2"
    store.start()
    try:
        server.wait_ready()
        assert httpx.post(server.room, content="now").status_code == 201
    finally:
        server.stop()
        store.kill()


def test_a_server_that_waits_for_its_store_can_be_stopped(launch: Launch, tmp_path: Path) -> None:
    absent = StoreProcess(tmp_path / "redis")
    server = launch("--redis", absent.url, ready="/healthz")
    assert server.stop() == 0
    assert "Traceback" not in server.output.read_text()


def test_replicas_of_the_embedded_store_are_not_waited_for(tmp_path: Path) -> None:
    flags = ("--wait-replicas", "1", "--port", "0", "--data", str(tmp_path / "data"))
    refused = run("serve", *flags)
    assert refused.returncode == 2
    assert b"--wait-replicas needs --redis" in refused.stderr
    assert not (tmp_path / "data").exists()


def test_a_second_node_with_another_secret_is_refused(launch: Launch, tmp_path: Path) -> None:
    with run_store(tmp_path / "redis") as store:
        for _ in range(2):
            launch("--redis", store.url, "--secret", "a secret of all nodes").stop()
        other = ("--redis", store.url, "--secret", "another long secret", "--port", "0")
        refused = run("serve", *other, "--data", str(tmp_path / "data"))
    assert refused.returncode == 2
    assert b"SSE_CHAT_SECRET" in refused.stderr


def test_a_store_that_refuses_the_password_is_said_at_once(tmp_path: Path) -> None:
    with run_store(tmp_path / "redis") as store, store.client() as client:
        client.config_set("requirepass", "right")
        url = store.url.replace("//", "//:not-it@")
        refused = run("serve", "--redis", url, "--port", "0", "--data", str(tmp_path / "data"))
    assert refused.returncode == 2
    assert b"the store cannot be used" in refused.stderr
    assert b"not-it" not in refused.stderr


def test_a_database_or_option_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    with run_store(tmp_path / "redis") as store:
        for end, told in (("/99", b"DB index is out of range"), ("?foo=1", b"'foo'")):
            url = f"{store.url.removesuffix('/0')}{end}"
            refused = run("serve", "--redis", url, "--port", "0", "--data", str(tmp_path / "data"))
            assert refused.returncode == 2
            assert told in refused.stderr
            assert refused.stderr.count(b"\n") == 1


def test_a_store_that_throws_rooms_away_is_told_in_the_log(launch: Launch, tmp_path: Path) -> None:
    with run_store(tmp_path / "redis") as store, store.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        server = launch("--redis", store.url)
        server.stop()
    assert "maxmemory-policy is allkeys-lru" in server.output.read_text()


@pytest.mark.parametrize(
    "words", [("user", "list"), ("room", "list"), ("invite",), ("backup", "b")]
)
def test_a_command_makes_no_store_where_there_is_none(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    data = tmp_path / "wrong"
    refused = run(*words, "--data", str(data))
    assert refused.returncode == 2
    assert f"there is no store in {data}".encode() in refused.stderr
    assert not data.exists()
