"""Filters: the same on history, long-polls and feeds; the cursor moves past what is left out."""

import json
import threading
from typing import Any

import httpx
import pytest

from tests.support.feeds import next_of, open_ndjson
from tests.support.servers import Launch, ServerProcess, curl

ANN, BOB = ("ann", ""), ("Bob", "")


def post(room: str, text: str, auth: tuple[str, str] = ANN, **fields: Any) -> dict[str, Any]:
    entry: dict[str, Any] = httpx.post(room, json={"text": text, **fields}, auth=auth).json()
    return entry


@pytest.fixture
def talk(room: str) -> dict[str, dict[str, Any]]:
    """Entries by their texts; the last one matches nothing."""
    said = {
        "deploy": post(room, "deploy of GRÖSSE done"),
        "hello": post(room, "hello @Ann", BOB),
        "other": post(room, "@annika deploys", BOB),
    }
    said["reply"] = post(room, "yes", ANN, reply_to=said["deploy"]["id"])
    said["topic"] = httpx.post(f"{room}/topic", json={"text": "t"}, auth=ANN).json()
    said["last"] = post(room, "...", ("eve", ""))
    return said


CASES = [
    pytest.param({"contains": "größe"}, ["deploy"], id="folded"),
    pytest.param({"contains": "DEPLOY"}, ["deploy", "other"], id="substring"),
    pytest.param({"author": "bob"}, ["hello", "other"], id="author"),
    pytest.param({"author": "bob", "contains": "hello"}, ["hello"], id="both"),
    pytest.param({"mentions": "ANN"}, ["hello"], id="name"),
    pytest.param({"mentions": "me"}, ["hello"], id="me"),
    pytest.param({"reply_to": "{deploy}"}, ["reply"], id="reply"),
    pytest.param({"kind": "topic"}, ["topic"], id="kind"),
    pytest.param({"kind": "topic,message", "author": "ann"}, ["deploy", "reply", "topic"], id="or"),
    pytest.param({"contains": "nowhere"}, [], id="nothing"),
]


@pytest.mark.parametrize(("wanted", "names"), CASES)
def test_every_way_of_reading_is_filtered(
    room: str, talk: dict[str, dict[str, Any]], wanted: dict[str, str], names: list[str]
) -> None:
    query = {name: value.format(deploy=talk["deploy"]["id"]) for name, value in wanted.items()}
    ids = [talk[name]["id"] for name in names]

    def read(path: str, **more: str) -> httpx.Response:
        return httpx.get(f"{room}{path}", params={**query, **more}, auth=ANN)

    for more in ({}, {"after": "0"}, {"after": "0", "wait": "1"}):
        page = read("/messages", **more).json()
        assert [each["id"] for each in page["events"]] == ids, more
        # It moves past what is left out.
        assert (page["cursor"], page["more"]) == (talk["last"]["id"], False)
    lines = read("/feed", format="ndjson", after="0", follow="0").text.splitlines()
    assert [each["id"] for each in map(json.loads, lines) if "id" in each] == ids
    sse = read("/feed", format="sse", after="0", follow="0").text
    assert [line[4:] for line in sse.splitlines() if line.startswith("id: ")][1:] == ids
    text = read("", format="text", last="100", follow="0").text
    assert text.count("\n[") == len(ids)


def test_a_long_poll_waits_for_what_matches(room: str) -> None:
    post(room, "before")
    cursor = httpx.get(f"{room}/messages").json()["cursor"]

    def talk() -> None:
        for number in range(5):
            post(room, f"line {number}", BOB)
        post(room, "the line", ANN)

    thread = threading.Thread(target=talk)
    thread.start()
    page = httpx.get(f"{room}/messages?after={cursor}&wait=20&author=ann", timeout=60).json()
    thread.join()
    assert [each["text"] for each in page["events"]] == ["the line"]


def test_a_feed_moves_on_without_telling(room: str) -> None:
    url = f"{room}/feed?format=ndjson&heartbeat=2&contains=wanted"
    with open_ndjson(url) as events:
        hello = next_of(events, "hello")
        left_out = [post(room, f"line {number}") for number in range(30)][-1]
        while (event := next(events)).get("cursor") != left_out["id"]:
            assert event["kind"] in ("ping", "presence")
            assert event.get("cursor", hello["cursor"]) >= hello["cursor"]
        told = post(room, "the wanted line")
        assert next_of(events, "message")["id"] == told["id"]


def test_paging_back_goes_on_where_it_stopped(room: str) -> None:
    for number in range(12):
        post(room, f"{'even' if number % 2 == 0 else 'odd'} {number}")
    page = httpx.get(f"{room}/messages?contains=even&limit=4").json()
    assert [each["text"] for each in page["events"]] == ["even 4", "even 6", "even 8", "even 10"]
    assert page["more"]
    older = httpx.get(
        f"{room}/messages?contains=even&limit=4&before={page['looked_back_to']}"
    ).json()
    assert [each["text"] for each in older["events"]] == ["even 0", "even 2"]
    assert not older["more"]
    newer = httpx.get(f"{room}/messages?contains=even&limit=4&after=0").json()
    assert [each["text"] for each in newer["events"]] == ["even 0", "even 2", "even 4", "even 6"]
    assert newer["more"]
    rest = httpx.get(f"{room}/messages?contains=even&after={newer['cursor']}").json()
    assert [each["text"] for each in rest["events"]] == ["even 8", "even 10"]


@pytest.mark.parametrize(
    "query", ["contains=", "author=", "kind=nothing", "kind=", "reply_to=x", "mentions=",
              f"contains={'x' * 201}"],
)  # fmt: skip
def test_a_wrong_filter_is_refused(room: str, query: str) -> None:
    for path in ("/messages", "/feed"):
        assert httpx.get(f"{room}{path}?{query}&follow=0").status_code == 400
    assert "needs a name" in curl(f"{room}/messages?mentions=me&format=text")


def test_a_poll_of_many_rooms_looks_through_what_is_left_out(
    room: str, server: ServerProcess
) -> None:
    other = f"{room}b"
    wanted = [post(each, "the wanted line") for each in (room, other)]
    lines = "".join(f'"line {number}"\n' for number in range(120))
    for each in (room, other):
        answer = httpx.post(f"{each}/batch", content=lines, auth=BOB)
        assert answer.json()["count"] == 120
    names = ",".join(each.rpartition("/")[2] for each in (room, other))
    url = f"{server.url}/messages?rooms={names}&contains=wanted"
    newest = httpx.get(url).json()
    assert [each["id"] for each in newest["events"]] == [each["id"] for each in wanted]
    assert httpx.get(f"{url}&after={newest['cursor']}").json()["events"] == []
    told, cursor, has_more = [], "0", True
    while has_more:
        page = httpx.get(f"{url}&limit=1&after={cursor}").json()
        told += [each["id"] for each in page["events"]]
        assert len(page["events"]) <= 1
        cursor, has_more = page["cursor"], page["more"]
    assert told == [each["id"] for each in wanted]
    assert post(room, "one more wanted line")["id"] in [
        each["id"] for each in httpx.get(f"{url}&after={cursor}").json()["events"]
    ]


def test_nobody_waits_while_many_texts_are_looked_at(launch: Launch) -> None:
    """Each letter of them becomes 18 when it is folded: all at once are some 350 ms. That the loop
    was not held is looked at when the server ends."""
    server = launch("--limits", "off")
    letters = "\ufdfa" * 1360
    for number, path in enumerate(
        (
            "/chat/{room}/feed?follow=0&format=ndjson&after=0",
            "/chat/{room}/messages?after=0&limit=500",
            "/feed?rooms={room}&follow=0&format=ndjson&after=0",
            "/messages?rooms={room}&after=0&limit=500",
        )
    ):
        room = f"long{number}"
        for first in range(0, 240, 40):
            texts = [f"{number} {first + each} {letters}" for each in range(40)]
            answer = httpx.post(
                f"{server.url}/chat/{room}/batch",
                content="\n".join(json.dumps({"text": each}) for each in texts),
                headers={"Content-Type": "application/x-ndjson"},
                timeout=60,
            )
            assert answer.json()["count"] == 40
        url = f"{server.url}{path.format(room=room)}&contains=nowhere"
        answer = httpx.get(url, timeout=60)
        assert answer.status_code == 200, answer.text
        assert '"message"' not in answer.text
