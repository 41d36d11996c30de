"""The printed alerts, in a real Prometheus, against a server that is killed, reset and filled."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sse_chat.deploy.command import read_file
from tests.support.feeds import next_of, open_ndjson
from tests.support.programs import free_port, need, start, stop
from tests.support.servers import Launch, ServerProcess
from tests.support.stores import run_store
from tests.support.waiting import wait_until

pytestmark = pytest.mark.long

_CONFIG = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [alerts.yaml]
scrape_configs:
  - job_name: sse-chat
    static_configs: [{{targets: ['{target}']}}]
"""


class Prometheus:
    def __init__(self, url: str) -> None:
        self._url = url

    def firing(self) -> set[str]:
        alerts = httpx.get(f"{self._url}/api/v1/alerts").raise_for_status().json()["data"]["alerts"]
        return {each["labels"]["alertname"] for each in alerts if each["state"] == "firing"}

    def limits_firing(self) -> set[tuple[str, str]]:
        """Names of alerts, and of the limits that they are about."""
        alerts = httpx.get(f"{self._url}/api/v1/alerts").raise_for_status().json()["data"]["alerts"]
        firing = [each["labels"] for each in alerts if each["state"] == "firing"]
        return {(each["alertname"], each.get("limit", "")) for each in firing}

    def has_scraped(self) -> bool:
        answer = httpx.get(f"{self._url}/api/v1/query", params={"query": "sse_chat_build_info"})
        # It listens before it is ready.
        return answer.is_success and bool(answer.json()["data"]["result"])


@contextlib.contextmanager
def watch(server: ServerProcess, folder: Path) -> Iterator[Prometheus]:
    """Prometheus with the printed rules, which need not hold for minutes here."""
    folder.mkdir()
    rules = re.sub(r"for: \w+", "for: 0s", read_file("alerts"))
    (folder / "alerts.yaml").write_text(rules)
    target = server.url.removeprefix("http://")
    (folder / "prometheus.yaml").write_text(_CONFIG.format(target=target))
    port = free_port()
    command = [need("prometheus"), "--config.file=prometheus.yaml", "--storage.tsdb.path=data"]
    process = start([*command, f"--web.listen-address=127.0.0.1:{port}"], port, folder)
    try:
        prometheus = Prometheus(f"http://127.0.0.1:{port}")
        wait_until(prometheus.has_scraped)
        yield prometheus
    finally:
        stop(process)


def test_a_store_that_is_reset_for_the_first_time_raises_an_alert(
    launch: Launch, tmp_path: Path
) -> None:
    with run_store(tmp_path / "redis") as store, store.client() as client:
        server = launch("--redis", store.url)
        feed = open_ndjson(f"{server.room}/feed?format=ndjson&after=0")
        with watch(server, tmp_path / "prometheus") as prometheus, feed as events:
            httpx.post(server.room, content="before").raise_for_status()
            next_of(events, "message")
            assert "ChatStoreWasReset" not in prometheus.firing()
            client.flushall()
            httpx.post(server.room, content="after").raise_for_status()
            assert next_of(events, "gap")["reason"] == "reset"
            wait_until(lambda: "ChatStoreWasReset" in prometheus.firing())


def test_a_store_that_is_full_raises_an_alert(launch: Launch, tmp_path: Path) -> None:
    with run_store(tmp_path / "redis") as store, store.client() as client:
        server = launch("--redis", store.url)
        with watch(server, tmp_path / "prometheus") as prometheus:
            client.config_set("maxmemory", "1")

            def is_told() -> bool:
                assert httpx.post(server.room, content="no room").status_code == 503
                return "ChatStoreRefusesPosts" in prometheus.firing()

            wait_until(is_told)


def test_a_limit_of_passwords_that_is_hit_raises_an_alert_with_its_name(
    launch: Launch, tmp_path: Path
) -> None:
    server = launch("--limits", "sign-ins=3/1")
    with watch(server, tmp_path / "prometheus") as prometheus:
        assert "ChatPasswordsAreTried" not in prometheus.firing()
        payload = {"name": "ann", "password": "a wrong password"}
        tried = [httpx.post(f"{server.url}/session", json=payload).status_code for _ in range(5)]
        assert tried[-1] == 429
        wait_until(lambda: ("ChatPasswordsAreTried", "sign-ins") in prometheus.limits_firing())


def test_a_server_that_is_dead_raises_an_alert(launch: Launch, tmp_path: Path) -> None:
    server = launch()
    with watch(server, tmp_path / "prometheus") as prometheus:
        # Before the first scrape it was right.
        wait_until(lambda: "ChatIsDown" not in prometheus.firing())
        server.process.kill()
        server.process.wait()
        wait_until(lambda: "ChatIsDown" in prometheus.firing())
    # The next server ends the store that the killed one has left.
    launch(data=server.data)
