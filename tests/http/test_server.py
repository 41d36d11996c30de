"""The server as a whole: a real process, real curl."""

import httpx
import pytest

from tests.support.feeds import open_lines
from tests.support.servers import Launch, curl
from tests.support.waiting import wait_until


def test_what_curl_posts_curl_reads(launch: Launch) -> None:
    server = launch()
    curl("-u", "ann:", "-d", "hello world", server.room)
    assert curl(f"{server.room}?follow=0").endswith("] ann: hello world\n")


def test_entries_survive_a_restart_of_everything(launch: Launch) -> None:
    server = launch()
    posted = httpx.post(server.room, content="kept").json()
    posted.pop("edit_key")
    assert server.stop() == 0
    again = launch(data=server.data)
    assert httpx.get(f"{again.room}/messages").json()["events"] == [posted]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_says_that_it_goes_before_it_goes(launch: Launch, workers: str) -> None:
    server = launch("--drain-delay", "5", "--workers", workers)
    with open_lines(f"{server.room}/feed") as lines, httpx.Client() as client:
        assert client.get(f"{server.url}/readyz").status_code == 200
        assert any(line == "event: hello" for line in lines)
        server.process.terminate()
        wait_until(lambda: client.get(f"{server.url}/readyz").status_code == 503, timeout_s=5)
        # Who has not heard of it yet is served as before.
        assert client.post(server.room, content="a").status_code == 201
        heard = list(lines)
    assert "event: bye" in heard
    assert any('"text":"a"' in line for line in heard)
    assert server.process.wait(60) == 0
