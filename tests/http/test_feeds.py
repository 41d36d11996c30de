"""Feeds over real sockets: formats, cursors, gaps, heartbeats, rotation."""

import json
import time
from itertools import islice
from typing import Any

import httpx
import pytest

from tests.support.entries import entry_of
from tests.support.feeds import next_of, open_lines, open_ndjson, parse_sse, split_lines
from tests.support.servers import Launch, ServerProcess, curl


def post(room: str, text: str) -> dict[str, Any]:
    answer = httpx.post(room, content=text)
    answer.raise_for_status()
    return entry_of(answer)


def read(url: str, **options: Any) -> list[dict[str, Any]]:
    """What a feed that does not follow carries, without prelude and hello."""
    body = httpx.get(url, params={"format": "ndjson", "follow": "0"} | options).text
    return [json.loads(line) for line in body.splitlines()][2:]


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("text/event-stream", "text/event-stream"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("application/json", "application/json"),
        ("text/plain", "text/plain"),
        ("*/*", "text/plain"),
        ("", "text/plain"),
        ("image/png", "text/plain"),
        ("application/json;q=0.5, text/event-stream", "text/event-stream"),
    ],
)
def test_a_rooms_url_is_negotiated(room: str, accept: str, content_type: str) -> None:
    answer = httpx.get(room, params={"follow": "0"}, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == content_type
    assert "accept" in answer.headers["vary"].lower()
    assert "no-store" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("fmt", "content_type"),
    [
        ("html", "text/html"),
        ("sse", "text/event-stream"),
        ("ndjson", "application/x-ndjson"),
        ("json", "application/json"),
        ("text", "text/plain"),
    ],
)
def test_the_query_wins_over_accept(room: str, fmt: str, content_type: str) -> None:
    answer = httpx.get(
        room, params={"format": fmt, "follow": "0"}, headers={"Accept": "image/png, text/html"}
    )
    assert answer.headers["content-type"].partition(";")[0] == content_type


def test_the_default_room_answers_without_a_redirect(server: ServerProcess) -> None:
    hello = httpx.get(f"{server.url}/chat?format=ndjson&follow=0").text.splitlines()[1]
    assert json.loads(hello)["room"] == "lobby"


@pytest.mark.parametrize(
    "query",
    [
        "format=xml", "format=", "last=1001", "last=-1", "last=x", "last=", "after=x", "after=",
        "after=0&last=1", "heartbeat=1", "heartbeat=301", "heartbeat=", "follow=2", "follow=",
    ],
)  # fmt: skip
def test_a_bad_query_is_400_before_the_head(room: str, query: str) -> None:
    for url in (room, f"{room}/feed"):
        answer = httpx.get(f"{url}?{query}")
        assert answer.status_code == 400
    assert (
        httpx.post(f"{room}/feed", content=query, headers={"Content-Type": FORM}).status_code == 400
    )


FORM = "application/x-www-form-urlencoded"


def test_a_feed_of_its_own_name_has_no_page(room: str) -> None:
    assert httpx.get(f"{room}/feed?format=html").status_code == 400
    assert httpx.get(f"{room}/feed?format=json").status_code == 400


def test_a_malformed_last_event_id_is_400(room: str) -> None:
    answer = httpx.get(f"{room}/feed", headers={"Last-Event-ID": "nonsense"})
    assert answer.status_code == 400


def test_sse_starts_with_a_prelude_and_hello(room: str) -> None:
    newest = post(room, "before")["id"]
    began_s = time.monotonic()
    with open_lines(f"{room}/feed") as lines:
        prelude = next(lines)
        assert prelude.startswith(":")
        assert len(prelude) >= 4096
        events = parse_sse(lines)
        hello = next(events)
        assert (hello.type, hello.last_id) == ("hello", newest)
        said = json.loads(hello.data)
        assert {"room", "cursor", "heartbeat", "server", "now"} <= set(said)
        assert (said["cursor"], said["heartbeat"]) == (newest, 15)
        ping = next(events)
        assert (ping.type, ping.last_id) == ("ping", newest)
        # Long before the first heartbeat.
        assert 0.9 < time.monotonic() - began_s < 14
        entry = post(room, "after")
        message = next(events)
        assert (message.type, message.last_id) == ("message", entry["id"])
        assert json.loads(message.data) == entry


def test_a_page_that_is_packed_varies_by_that_too(room: str) -> None:
    answer = httpx.get(room, headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert set(answer.headers["vary"].split(", ")) == {"Accept", "Accept-Encoding"}


def test_feed_headers_suit_proxies(room: str) -> None:
    headers = httpx.get(f"{room}/feed?follow=0").headers
    assert headers["cache-control"] == "no-store, no-transform"
    assert headers["x-accel-buffering"] == "no"
    assert headers["content-encoding"] == "identity"


def test_an_empty_room_has_the_cursor_zero(room: str) -> None:
    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        assert next(events)["cursor"] == "0-0"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_feeds_fields_come_by_query_or_form(room: str, method: str) -> None:
    post(room, "a")
    url = f"{room}/feed?format=ndjson"
    options = {"data": {"after": "0", "follow": "0"}} if method == "POST" else {}
    url += "" if method == "POST" else "&after=0&follow=0"
    lines = httpx.request(method, url, **options).text.splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["prelude", "hello", "message"]


def test_feed_by_post_is_ndjson_by_default(room: str) -> None:
    answer = httpx.post(f"{room}/feed?follow=0")
    assert answer.headers["content-type"] == "application/x-ndjson"


def test_last_event_id_wins_over_after(room: str) -> None:
    ids = [post(room, f"m{number}")["id"] for number in range(4)]
    answer = httpx.get(
        f"{room}/feed?format=ndjson&follow=0&after={ids[0]}", headers={"Last-Event-ID": ids[2]}
    )
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines[1]["cursor"] == ids[2]
    assert [line["id"] for line in lines[2:]] == ids[3:]


def test_each_way_to_start(room: str) -> None:
    ids = [post(room, f"m{number}")["id"] for number in range(5)]
    assert [event["id"] for event in read(f"{room}/feed", after=ids[1])] == ids[2:]
    assert [event["id"] for event in read(f"{room}/feed", after="0")] == ids
    assert [event["id"] for event in read(f"{room}/feed", after="0-0")] == ids
    assert [event["id"] for event in read(f"{room}/feed", last="2")] == ids[3:]
    assert [event["id"] for event in read(f"{room}/feed", last="1000")] == ids
    assert read(f"{room}/feed", last="0") == []
    assert read(f"{room}/feed") == []


def test_text_starts_with_the_newest_twenty(room: str) -> None:
    for number in range(25):
        post(room, f"m{number}")
    lines = curl(f"{room}?follow=0").splitlines()
    shown = [line.rpartition(" ")[2] for line in lines if line.startswith("[")]
    assert shown == [f"m{number}" for number in range(5, 25)]


def test_text_indents_and_disarms(room: str) -> None:
    httpx.post(room, content="a\nb\u2028c\x1b[31md\x07\u202ee\x0bf", auth=("ann", ""))
    entry_lines = [
        line for line in curl(f"{room}?follow=0").split("\n") if not line.startswith("*")
    ]
    first, *others, end = entry_lines
    assert first.endswith("] ann: a")
    assert others == ["        b", "        cde", "        f"]
    assert end == ""


def test_text_can_not_be_forged_by_a_message(room: str) -> None:
    post(room, "a\n[09:41] ann: forged\n* bye: forged")
    body = curl(f"{room}?follow=0")
    assert sum(line.startswith("[") for line in body.split("\n")) == 1
    assert "\n* bye" not in body


def test_a_cursor_beyond_the_newest_is_a_reset(room: str) -> None:
    entry = post(room, "a")
    events = read(f"{room}/feed", after="99999999999999-0")
    assert events == [
        {"kind": "gap", "after": "99999999999999-0", "oldest": entry["id"], "reason": "reset"},
        entry,
    ]


def test_what_retention_took_is_told(launch: Launch) -> None:
    room = launch("--retention", "5", "--limits", "off").room
    ids = [post(room, f"m{number}")["id"] for number in range(12)]
    gap = {"kind": "gap", "after": ids[2], "oldest": ids[7], "reason": "trimmed"}
    told = read(f"{room}/feed", after=ids[2])
    assert told[0] == gap
    assert [event["id"] for event in told[1:]] == ids[7:]
    assert [event["id"] for event in read(f"{room}/feed", after="0")] == ids[7:]
    assert read(f"{room}/feed", after=ids[8])[0]["id"] == ids[9]
    page = httpx.get(f"{room}/messages?after={ids[2]}").json()
    assert page["gap"]["reason"] == "trimmed"
    sse = list(parse_sse(iter(split_lines(httpx.get(f"{room}/feed?follow=0&after={ids[2]}").text))))
    assert [event.type for event in sse[:3]] == ["hello", "gap", "message"]
    text = curl(f"{room}?follow=0&after={ids[2]}")
    assert "* gap" in text


def test_a_cursor_of_a_store_that_was_emptied_is_told_of_a_gap(room: str) -> None:
    """Nothing was trimmed in the new store, but its oldest entry is younger than the cursor."""
    post(room, "a")
    events = read(f"{room}/feed", after="1600000000000-0")
    assert [event["kind"] for event in events] == ["gap", "message"]


def test_a_heartbeat_comes_after_each_silence(room: str) -> None:
    began_s = time.monotonic()
    with open_ndjson(f"{room}/feed?format=ndjson&heartbeat=2") as events:
        assert next(events)["heartbeat"] == 2
        for _ in range(3):
            next_of(events, "ping")
    # The first comes after 1 to 2 seconds. By default a third would come after 31.
    assert 4.5 < time.monotonic() - began_s < 30


def test_text_heartbeat_is_a_star(room: str) -> None:
    with open_lines(f"{room}?heartbeat=2") as lines:
        assert "*" in islice(lines, 4)


def test_rotation_says_bye_and_loses_nothing(launch: Launch) -> None:
    room = launch("--rotate", "2", "--limits", "off").room
    with open_lines(f"{room}/feed") as lines:
        events = list(parse_sse(lines))
    assert events[-1].type == "bye"
    bye = json.loads(events[-1].data)
    assert bye["reason"] == "rotate"
    assert events[-1].retry == bye["retry_ms"]
    with open_lines(room) as lines:
        seen = [next(lines) for _ in range(3)]
    assert not any(line.startswith("* bye") for line in seen)


def test_too_many_feeds_are_told_that_the_server_is_busy(launch: Launch) -> None:
    room = launch("--max-feeds", "1", "--limits", "off").room
    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        with open_ndjson(f"{room}/feed?format=ndjson") as more:
            bye = next_of(more, "bye")
    assert bye["reason"] == "busy"
    assert bye["retry_ms"] >= 10_000


def test_head_gets_headers_and_ends(server: ServerProcess, room: str) -> None:
    for path in ("/feed", "", "/messages"):
        answer = httpx.head(f"{room}{path}", headers={"Accept": "text/event-stream"})
        assert answer.status_code == 200
        assert answer.content == b""
        assert ("content-length" in answer.headers) is (path == "/messages")
    assert httpx.head(server.url).status_code == 200


@pytest.mark.parametrize("name", ["Lobby", "-a", "_a", "a.b", "a" * 65, "%C3%BC", "a%2Fb", "a%20"])
def test_a_bad_room_is_404_with_a_reason(server: ServerProcess, name: str) -> None:
    for path in ("", "/feed", "/messages"):
        answer = httpx.get(
            f"{server.url}/chat/{name}{path}", headers={"Accept": "application/json"}
        )
        assert answer.status_code == 404
        assert answer.json()["detail"]
    assert httpx.post(f"{server.url}/chat/{name}", content="a").status_code == 404
