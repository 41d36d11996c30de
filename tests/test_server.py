"""The server as a whole: a real process, real curl."""

import httpx
from conftest import Launch, curl


def test_what_curl_posts_curl_reads(launch: Launch) -> None:
    server = launch()
    curl("-u", "ann:", "-d", "hello world", server.room)
    assert curl(f"{server.room}?follow=0").endswith("] ann: hello world\n")


def test_entries_survive_a_restart_of_everything(launch: Launch) -> None:
    server = launch()
    posted = httpx.post(server.room, content="kept").json()
    assert server.stop() == 0
    again = launch(data=server.data)
    assert httpx.get(f"{again.room}/messages").json()["events"] == [posted]
