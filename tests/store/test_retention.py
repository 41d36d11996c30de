"""What is kept: feeds and history say the same of it, however warm a worker's window is."""

import json
import time
from typing import Any

import httpx

from tests.support.feeds import open_ndjson
from tests.support.servers import Launch
from tests.support.waiting import wait_until

ANN = ("ann", "")


def post(room: str, text: str, **options: Any) -> str:
    entry_id: str = httpx.post(room, content=text, **options).raise_for_status().json()["id"]
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
    began_s = time.monotonic()
    first, second = post(room, "a"), post(room, "b")
    assert ids_of(read(room, "0")) == [first, second] or time.monotonic() - began_s > 4
    wait_until(lambda: not httpx.get(f"{room}/messages").json()["events"])
    gap = {"after": first, "oldest": None, "reason": "trimmed"}
    page = httpx.get(f"{room}/messages?after={first}").json()
    assert (page["events"], page["gap"], page["cursor"]) == ([], gap, second)
    assert read(room, first) == [{"kind": "gap", **gap}]
    assert read(room, "0") == read(room, second) == []
    assert httpx.get(f"{room}/messages/{second}").status_code == 404
    assert httpx.get(f"{room}?follow=0").text.startswith("* hello")
    assert "[" not in httpx.get(f"{room}?follow=0").text


def gap_after(room: str, entry_id: str) -> bool:
    """Whether feeds and history, which must agree, tell one of those who read up to that."""
    page = httpx.get(f"{room}/messages?after={entry_id}").json()
    is_told = [event["kind"] for event in read(room, entry_id)].count("gap") == 1
    assert is_told == (page["gap"] is not None)
    return is_told


def test_who_has_read_just_what_is_gone_is_told_no_gap(launch: Launch) -> None:
    room = launch("--retention", "5", "--limits", "off").room
    keys = [{"Idempotency-Key": f"m{number}"} for number in range(8)]
    ids = [post(room, key["Idempotency-Key"], auth=ANN, headers=key) for key in keys]
    assert [gap_after(room, each) for each in ids] == [True, True, *[False] * 6]
    # A message that was deleted is not missed either.
    deleted = httpx.post(f"{room}/messages/{ids[3]}/delete", auth=ANN, headers=keys[3])
    assert deleted.status_code == 201, deleted.text
    assert [gap_after(room, each) for each in ids[:5]] == [True, True, False, False, False]


def test_the_same_where_many_go_at_once(launch: Launch) -> None:
    room = launch("--retention", "1001", "--limits", "off").room
    ids = []
    first = post(room, "first")
    with open_ndjson(f"{room}/feed?format=ndjson&after={first}") as live:
        lines = "".join(f"m{number}\n" for number in range(1150))
        assert httpx.put(room, content=lines, timeout=60).json()["count"] == 1150
        while len(ids) < 1150:
            event = next(live)
            ids += [event["id"]] if event["kind"] == "message" else []
    kept = [event["id"] for event in read(room, "0")]
    assert 1001 <= len(kept) <= 1101
    assert kept == ids[-len(kept) :]
    gone = ids[: -len(kept)]
    assert gap_after(room, gone[-2])
    assert not gap_after(room, gone[-1])


def test_what_went_by_age_is_known_too(launch: Launch) -> None:
    room = launch("--retention-age", "3", "--limits", "off").room
    first, second = post(room, "a"), post(room, "b")
    wait_until(lambda: not httpx.get(f"{room}/messages").json()["events"])
    began_s = time.monotonic()
    third = post(room, "c")
    told = [gap_after(room, each) for each in (first, second, third)]
    # A machine so slow that the third has gone as well tells of it too.
    assert told == [True, False, False] or time.monotonic() - began_s > 3
