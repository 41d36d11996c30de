"""A store of the operator's own on its bad days: full, emptied, gone back in time."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.feeds import next_of, open_ndjson
from tests.support.posts import try_post
from tests.support.servers import Launch, ServerProcess
from tests.support.stores import StoreProcess, run_store
from tests.support.waiting import wait_until


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StoreProcess]:
    with run_store(tmp_path / "redis") as running:
        yield running


def feed_url(server: ServerProcess) -> str:
    return f"{server.room}/feed?format=ndjson&heartbeat=2&after=0"


def next_texts(events: Iterator[dict[str, Any]], last: str) -> list[str]:
    """Of the messages up to this one, and "gap" in their midst with its reason."""
    texts: list[str] = []
    for event in events:
        if event["kind"] == "gap":
            texts.append(f"gap {event['reason']}")
        elif event["kind"] == "message":
            texts.append(event["text"])
            if event["text"] == last:
                return texts
    raise AssertionError("the feed ended")


def test_a_store_out_of_memory_is_said_at_once_and_needs_no_restart(
    launch: Launch, store: StoreProcess
) -> None:
    server = launch("--redis", store.url)
    with open_ndjson(feed_url(server)) as events, store.client() as client:
        assert try_post(server, "before").status_code == 201
        client.config_set("maxmemory", "1")
        refused = try_post(server, "no room")
        assert (refused.status_code, refused.json()["error"]) == (503, "store_full")
        assert "maxmemory" in refused.json()["detail"]
        assert httpx.get(f"{server.room}/messages").status_code == 200
        client.config_set("maxmemory", "0")
        assert try_post(server, "after").status_code == 201
        assert next_texts(events, "after") == ["before", "after"]


def test_a_store_that_cannot_write_its_file_is_said_and_needs_no_restart(
    launch: Launch, tmp_path: Path
) -> None:
    # A snapshot that fails stops writes with the same refusal as a failing append-only file.
    in_the_way = tmp_path / "redis" / "dump.rdb"
    with run_store(tmp_path / "redis") as store, store.client() as client:
        server = launch("--redis", store.url)
        assert try_post(server, "before").status_code == 201
        in_the_way.mkdir()
        client.config_set("save", "3600 1")
        client.bgsave()
        wait_until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err")
        refused = try_post(server, "no room")
        assert (refused.status_code, refused.json()["error"]) == (503, "store_full")
        assert "MISCONF" in refused.json()["detail"]
        in_the_way.rmdir()
        client.bgsave()
        wait_until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "ok")
        assert try_post(server, "after").status_code == 201


def test_an_emptied_store_is_told_to_open_feeds_as_a_reset(
    launch: Launch, store: StoreProcess
) -> None:
    server = launch("--redis", store.url)
    with open_ndjson(feed_url(server)) as events, store.client() as client:
        last = try_post(server, "before").json()["id"]
        assert next_texts(events, "before") == ["before"]
        client.flushall()
        # Nobody posts: the feeds must be told all the same.
        gap = next_of(events, "gap")
        assert (gap["after"], gap["oldest"], gap["reason"]) == (last, None, "reset")
        try_post(server, "after")
        assert next_texts(events, "after") == ["after"]


def test_a_store_emptied_and_written_at_once_is_told_as_a_reset(
    launch: Launch, store: StoreProcess
) -> None:
    server = launch("--redis", store.url)
    with open_ndjson(feed_url(server)) as events, store.client() as client:
        try_post(server, "before")
        assert next_texts(events, "before") == ["before"]
        client.flushall()
        try_post(server, "after")
        assert next_texts(events, "after") == ["gap reset", "after"]


def test_a_store_that_lost_the_newest_and_went_on_is_told_as_a_reset(
    launch: Launch, store: StoreProcess
) -> None:
    """What a failover to a replica that lagged looks like."""
    server = launch("--redis", store.url)
    with (
        open_ndjson(feed_url(server)) as events,
        store.client() as client,
        ThreadPoolExecutor() as pool,
    ):
        for text in ("one", "two"):
            try_post(server, text)
        assert next_texts(events, "two") == ["one", "two"]
        saved = {
            key: client.execute_command("DUMP", key, NEVER_DECODE=True)
            for key in client.scan_iter()
        }
        lost = try_post(server, "lost").json()
        assert next_texts(events, "lost") == ["lost"]
        paths = (
            f"/chat/lobby/messages?wait=25&after={lost['id']}",
            f"/messages?rooms=lobby&wait=25&after=lobby:{lost['id']}",
        )
        polls = [pool.submit(httpx.get, f"{server.url}{path}", timeout=60) for path in paths]
        waiting = re.compile(r'_feeds\{[^}]*format="poll"[^}]*\} 2\b')
        wait_until(lambda: waiting.search(httpx.get(f"{server.url}/metrics").text))
        client.flushall()
        for key, value in saved.items():
            # Some keys live for milliseconds only.
            if value is not None:
                client.restore(key, 0, value)
        try_post(server, "after")
        assert next_texts(events, "after") == ["gap reset", "one", "two", "after"]
    for poll in polls:
        page = poll.result().json()
        gap = page["gap"] if "gap" in page else page["gaps"][0]
        assert (gap["after"], gap["reason"]) == (lost["id"], "reset")
        if page["events"]:
            assert [each["text"] for each in page["events"]][:2] == ["one", "two"]


def test_a_restarted_store_that_forgot_all_is_told_as_a_reset(
    launch: Launch, store: StoreProcess
) -> None:
    server = launch("--redis", store.url)
    with open_ndjson(feed_url(server)) as events:
        try_post(server, "before")
        assert next_texts(events, "before") == ["before"]
        store.kill()
        store.start()
        assert next_of(events, "gap")["reason"] == "reset"
        wait_until(lambda: try_post(server, "after").status_code == 201)
        assert next_texts(events, "after") == ["after"]


def test_a_frozen_store_gets_posts_a_503_in_time_and_feeds_stay_open(
    launch: Launch, store: StoreProcess
) -> None:
    server = launch("--redis", store.url)
    with open_ndjson(feed_url(server)) as events:
        try_post(server, "before")
        assert next_texts(events, "before") == ["before"]
        store.freeze()
        try:
            refused = try_post(server, "lost in between")
            assert (refused.status_code, refused.json()["error"]) == (503, "store_unavailable")
            wait_until(lambda: httpx.get(f"{server.url}/readyz").status_code == 503)
        finally:
            store.thaw()
        wait_until(lambda: try_post(server, "after").status_code == 201)
        texts = next_texts(events, "after")
        # The store may have got it before it froze its answer: then it is there, once.
        assert texts in (["after"], ["lost in between", "after"])
