"""What a server must survive: the store killed under load, restarts, two servers at once."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.entries import entry_of
from tests.support.feeds import next_of, open_ndjson
from tests.support.servers import Launch, ServerProcess

linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")


def store_pid(server: ServerProcess) -> int:
    """The embedded Valkey, a child of the server."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().partition(")")
        except OSError:
            continue
        if "valkey" in name and rest.split()[1] == str(server.process.pid):
            return int(stat.parent.name)
    raise AssertionError("the server has no store")


class Reader(threading.Thread):
    """Collects the messages of a feed until `last` is among them; notes if the feed ends."""

    def __init__(self, url: str, last: str) -> None:
        super().__init__(daemon=True)
        self.events: list[dict[str, Any]] = []
        self.is_joined = threading.Event()
        self._url = url
        self._last = last

    def run(self) -> None:
        with open_ndjson(self._url) as events:
            next_of(events, "hello")
            self.is_joined.set()
            for event in events:
                self.events.append(event)
                if event.get("text") == self._last:
                    return

    @property
    def texts(self) -> list[str]:
        return [event["text"] for event in self.events if event["kind"] == "message"]


def post_until_kept(client: httpx.Client, room: str, text: str) -> None:
    """Repeats a post under its key until it is answered 200 or 201."""
    deadline = time.monotonic() + 60
    while True:
        answer = client.post(room, content=text, headers={"Idempotency-Key": f"key {text}"})
        if answer.status_code in (200, 201):
            return
        assert answer.status_code == 503, answer.text
        assert answer.headers["retry-after"]
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.05)


@linux
def test_the_store_killed_amid_a_thousand_posts_loses_and_doubles_nothing(launch: Launch) -> None:
    server = launch("--limits", "off")
    readers = [Reader(f"{server.room}/feed?format=ndjson", last="the end") for _ in range(5)]
    for reader in readers:
        reader.start()
        assert reader.is_joined.wait(60)
    texts = [f"message {number}" for number in range(1000)]
    with httpx.Client(timeout=60) as client, ThreadPoolExecutor(8) as pool:
        posts = [pool.submit(post_until_kept, client, server.room, text) for text in texts]
        for count in (200, 500, 800):
            posts[count].result()
            os.kill(store_pid(server), signal.SIGKILL)
        for each in posts:
            each.result()
        post_until_kept(client, server.room, "the end")
    for reader in readers:
        reader.join(60)
        assert not reader.is_alive()
        assert {event["kind"] for event in reader.events} <= {"message", "ping", "presence"}
        assert sorted(reader.texts) == sorted([*texts, "the end"])
        assert reader.texts == readers[0].texts
    kept = httpx.get(f"{server.room}/messages?limit=500").json()["events"]
    assert [event["text"] for event in kept] == readers[0].texts[-500:]


def test_a_reader_resumes_after_the_server_was_restarted(launch: Launch) -> None:
    server = launch("--limits", "off")
    seen = []
    with open_ndjson(f"{server.room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        for number in range(3):
            httpx.post(server.room, content=f"before {number}")
            seen.append(next_of(events, "message"))
        server.stop()
    port = httpx.URL(server.url).port
    again = launch("--limits", "off", port=port, data=server.data)
    httpx.post(again.room, content="after")
    headers = {"Last-Event-ID": seen[-1]["id"]}
    with open_ndjson(f"{again.room}/feed?format=ndjson", headers=headers) as events:
        assert next_of(events, "message")["text"] == "after"


def test_a_key_holds_across_a_restart(launch: Launch) -> None:
    server = launch()
    headers = {"Idempotency-Key": "once"}
    first = entry_of(httpx.post(server.room, content="a", headers=headers))
    server.stop()
    again = launch(data=server.data)
    repeated = httpx.post(again.room, content="a", headers=headers)
    assert repeated.status_code == 200
    assert repeated.json() == first


def test_workers_share_every_room(launch: Launch) -> None:
    server = launch("--workers", "2", "--limits", "off")
    readers = [Reader(f"{server.room}/feed?format=ndjson", last="the end") for _ in range(8)]
    for reader in readers:
        reader.start()
        assert reader.is_joined.wait(60)
    texts = [f"message {number}" for number in range(100)]
    for text in [*texts, "the end"]:
        httpx.post(server.room, content=text).raise_for_status()
    for reader in readers:
        reader.join(60)
        assert reader.texts == [*texts, "the end"]


@pytest.mark.parametrize("stop_signal", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_stops_in_time_with_feeds_open(
    launch: Launch, stop_signal: signal.Signals, workers: str
) -> None:
    server = launch("--workers", workers, "--limits", "off")
    readers = [Reader(f"{server.room}/feed?format=ndjson", last="") for _ in range(5)]
    for reader in readers:
        reader.start()
        assert reader.is_joined.wait(60)
    server.process.send_signal(stop_signal)
    assert server.process.wait(60) == 0
    for reader in readers:
        reader.join(60)
        assert reader.events[-1]["kind"] == "bye"
    assert "Traceback" not in server.output.read_text()
    # Nothing it started is left.
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", httpx.URL(server.url).port or 0)) != 0


def test_a_second_server_on_the_same_data_stops_with_one_line(launch: Launch) -> None:
    server = launch()
    with pytest.raises(RuntimeError, match="another sse-chat server") as raised:
        launch(data=server.data)
    assert "Traceback" not in str(raised.value)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--retention", "x"), "--retention"),
        (("--redis", "http://x"), "--redis"),
        (("--host", "192.0.2.1"), "192.0.2.1"),
        (("--data", "/proc/nowhere"), "/proc/nowhere"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(
    launch: Launch, flags: tuple[str, ...], said: str
) -> None:
    with pytest.raises(RuntimeError) as raised:
        launch(*flags)
    lines = str(raised.value).splitlines()[1:]
    assert len(lines) == 1
    assert said in lines[0]


@pytest.fixture
def port_in_use() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_port_in_use_is_said(launch: Launch, port_in_use: int) -> None:
    with pytest.raises(RuntimeError, match="in use"):
        launch(port=port_in_use)
