"""What an operator sees: /metrics, logs, /readyz."""

import contextlib
import json
import os
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.feeds import next_of, open_lines, open_ndjson
from tests.support.servers import Launch, ServerProcess
from tests.support.stores import run_store
from tests.support.waiting import WAIT_S, wait_until


def scrape(server: ServerProcess) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """The sum over all workers of each series."""
    answer = httpx.get(f"{server.url}/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    found: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = frozenset(item for item in sample.labels.items() if item[0] != "worker")
            found[sample.name, labels] = found.get((sample.name, labels), 0) + sample.value
    return found


def value(server: ServerProcess, name: str, **labels: str) -> float:
    return scrape(server).get((f"sse_chat_{name}", frozenset(labels.items())), 0)


@pytest.mark.parametrize("workers", [1, 2])
def test_metrics_count_what_happened_in_all_workers(launch: Launch, workers: int) -> None:
    server = launch("--workers", str(workers))
    with contextlib.ExitStack() as stack:
        feeds = [
            stack.enter_context(open_ndjson(f"{server.room}/feed?format=ndjson&after=0"))
            for _ in range(4)
        ]
        stack.enter_context(open_lines(f"{server.room}/feed"))
        wait_until(lambda: value(server, "feeds", format="ndjson", step="2") == 4)
        assert value(server, "feeds", format="sse", step="1") == 1
        for text in ("one", "two"):
            httpx.post(server.room, content=text).raise_for_status()
        for feed in feeds:
            assert [next_of(feed, "message")["text"] for _ in range(2)] == ["one", "two"]
        wait_until(lambda: value(server, "deliveries_total") == 10)
        # Any worker may be asked, and each must tell the same.
        assert {value(server, "post_seconds_count") for _ in range(5)} == {2.0}
        assert value(server, "post_seconds_bucket", le="+Inf") == 2
        assert value(server, "tail_running") == workers
        assert value(server, "feed_opens_total", source="window") == 5
        httpx.post(server.room, content="")
        assert value(server, "refusals_total", code="bad_text") == 1
    wait_until(lambda: value(server, "feeds", format="ndjson", step="2") == 0)


def test_a_worker_that_was_killed_leaves_the_metrics(launch: Launch) -> None:
    server = launch("--workers", "2")
    wait_until(lambda: len(workers_of(server)) == 2)
    killed = workers_of(server).pop()
    os.kill(int(killed), signal.SIGKILL)
    wait_until(lambda: len(now := workers_of(server)) == 2 and killed not in now)


def workers_of(server: ServerProcess) -> set[str]:
    """Empty while a connection is cut with its worker."""
    try:
        answer = httpx.get(f"{server.url}/metrics").text
    except httpx.TransportError:
        return set()
    return {part.partition('"')[0] for part in answer.split('worker="')[1:]}


def test_gaps_and_failures_of_the_tail_are_counted(launch: Launch, tmp_path: Path) -> None:
    with run_store(tmp_path / "redis") as store:
        server = launch("--redis", store.url)
        with open_ndjson(f"{server.room}/feed?format=ndjson&heartbeat=2") as events:
            httpx.post(server.room, content="x").raise_for_status()
            next_of(events, "message")
            store.kill()
            wait_until(lambda: value(server, "store_away") == 1)
            wait_until(lambda: value(server, "tail_running") == 0)
            store.start()
            assert next_of(events, "gap")["reason"] == "reset"
        wait_until(lambda: value(server, "gaps_total", reason="reset") == 1)
        assert value(server, "tail_failures_total") >= 1
        # The gap is told while the rooms are read again.
        wait_until(lambda: value(server, "store_away") == 0)


def logged_requests(server: ServerProcess) -> dict[str, dict[str, Any]]:
    """By their ids; a line that is not yet whole is left out."""
    whole = server.output.read_text().rpartition("\n")[0]
    lines = [json.loads(line) for line in whole.splitlines() if line.startswith("{")]
    return {line["request_id"]: line for line in lines if "request_id" in line}


def test_json_logs_carry_the_id_that_the_answer_and_the_proxy_named(launch: Launch) -> None:
    server = launch("--log-format", "json", "--access-log", "on")
    given = httpx.get(f"{server.room}/messages", headers={"X-Request-ID": "edge-17"})
    assert given.headers["x-request-id"] == "edge-17"
    made = httpx.get(f"{server.url}/nowhere").headers["x-request-id"]
    bad = httpx.get(f"{server.url}/nowhere", headers={"X-Request-ID": "a b"})
    assert " " not in bad.headers["x-request-id"]
    # A request is logged once it was answered.
    wait_until(lambda: {"edge-17", made} <= set(logged_requests(server)))
    by_id = logged_requests(server)
    assert by_id["edge-17"]["status"] == 200
    assert by_id[made]["status"] == 404
    assert by_id[made]["path"] == "/nowhere"
    assert by_id[made]["level"] == "info"


def test_readiness_fails_while_nothing_comes_through_the_store(
    launch: Launch, tmp_path: Path
) -> None:
    with run_store(tmp_path / "redis") as store:
        server = launch("--redis", store.url)
        store.freeze()
        try:
            answer = httpx.get(f"{server.url}/readyz", timeout=WAIT_S)
            assert answer.status_code == 503
            assert "within 3 s" in answer.json()["detail"]
            assert httpx.get(f"{server.url}/healthz").status_code == 200
        finally:
            store.thaw()
        wait_until(lambda: httpx.get(f"{server.url}/readyz", timeout=60).status_code == 200)


def test_a_full_store_is_ready_and_says_so(launch: Launch, tmp_path: Path) -> None:
    with run_store(tmp_path / "redis") as store, store.client() as client:
        server = launch("--redis", store.url)
        client.config_set("maxmemory", "1")
        answer = httpx.get(f"{server.url}/readyz").json()
        assert (answer["status"], answer["store"]) == ("ready", "full")
