"""The server as a whole: a real process, real curl."""

import subprocess

import httpx
from conftest import Launch


def curl(*args: str, data: bytes | None = None) -> str:
    done = subprocess.run(
        ["curl", "-sS", "--max-time", "20", *args], input=data, capture_output=True, check=True
    )
    return done.stdout.decode()


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
