"""What is kept: feeds and history say the same of it, however warm a worker's window is."""

import json
import time
from typing import Any

import httpx
from conftest import Launch
from feeds import open_ndjson


def post(room: str, text: str) -> str:
    entry_id: str = httpx.post(room, content=text).raise_for_status().json()["id"]
    return entry_id


def read(room: str, after: str) -> list[dict[str, Any]]:
    """What a feed that does not follow carries, without prelude and hello."""
    params = {"format": "ndjson", "follow": "0", "after": after}
    lines = httpx.get(f"{room}/feed", params=params).text.splitlines()
    return [json.loads(line) for line in lines[2:]]


def ids_of(events: list[dict[str, Any]]) -> list[str]:
    return [event["id"] for event in events if event["kind"] == "message"]


def test_who_reads_on_misses_nothing_and_who_returns_gets_what_is_kept(launch: Launch) -> None:
    room = launch("--retention", "5", "--limits", "off").room
    first = post(room, "m0")
    with open_ndjson(f"{room}/feed?format=ndjson&after={first}") as live:
        assert next(live)["kind"] == "hello"
        ids = [post(room, f"m{number}") for number in range(1, 12)]
        got = (event["id"] for event in live if event["kind"] == "message")
        assert [next(got) for _ in ids] == ids
        gap, *rest = read(room, first)
        assert gap == {"kind": "gap", "after": first, "oldest": ids[-5], "reason": "trimmed"}
        assert ids_of(rest) == ids_of(read(room, "0")) == ids[-5:]
        assert ids_of(read(room, ids[-3])) == ids[-2:]


def test_what_is_too_old_goes_in_a_quiet_room_too(launch: Launch) -> None:
    room = launch("--retention-age", "4", "--limits", "off").room
    first, second = post(room, "a"), post(room, "b")
    assert ids_of(read(room, "0")) == [first, second]
    deadline = time.monotonic() + 30
    while httpx.get(f"{room}/messages").json()["events"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    gap = {"after": first, "oldest": None, "reason": "trimmed"}
    page = httpx.get(f"{room}/messages?after={first}").json()
    assert (page["events"], page["gap"], page["cursor"]) == ([], gap, second)
    assert read(room, first) == [{"kind": "gap", **gap}]
    assert read(room, "0") == read(room, second) == []
    assert httpx.get(f"{room}/messages/{second}").status_code == 404
    assert httpx.get(f"{room}?follow=0").text.startswith("* hello")
    assert "[" not in httpx.get(f"{room}?follow=0").text
