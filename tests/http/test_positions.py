"""Last-Event-ID means one position, however a client spells it and wherever it is put."""

import json
from typing import Any

import httpx
import pytest

from tests.support.servers import curl

SPELLINGS = ("Last-Event-ID", "lastEventId", "last-event-id")


@pytest.fixture
def ids(room: str) -> list[str]:
    """Of four messages of the room, m0 to m3."""
    return [httpx.post(room, content=f"m{number}").json()["id"] for number in range(4)]


def texts_of(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    if answer.headers["content-type"].startswith("application/json"):
        events = answer.json()["events"]
    else:
        events = [json.loads(line) for line in answer.text.splitlines()]
    return [event["text"] for event in events if "text" in event]


def read(room: str, way: str, query: dict[str, str], headers: dict[str, str]) -> list[str]:
    feed = {"format": "ndjson", "follow": "0"}
    if way == "feed":
        return texts_of(httpx.get(f"{room}/feed", params=query | feed, headers=headers))
    if way == "room":
        return texts_of(httpx.get(room, params=query | feed, headers=headers))
    if way == "history":
        return texts_of(httpx.get(room, params=query | {"format": "json"}, headers=headers))
    if way == "messages":
        return texts_of(httpx.get(f"{room}/messages", params=query, headers=headers))
    if way == "long-poll":
        query = query | {"wait": "1"}
        return texts_of(httpx.get(f"{room}/messages", params=query, headers=headers))
    if way == "post-query":
        return texts_of(httpx.post(f"{room}/feed", params=query | feed, headers=headers))
    if way == "post-json":
        return texts_of(httpx.post(f"{room}/feed", json=query | feed, headers=headers))
    return texts_of(httpx.post(f"{room}/feed", data=query | feed, headers=headers))


@pytest.mark.parametrize("name", SPELLINGS)
@pytest.mark.parametrize(
    "way",
    ["feed", "room", "history", "messages", "long-poll", "post-form", "post-json", "post-query"],
)
def test_every_spelling_is_the_same_position_everywhere(
    room: str, ids: list[str], way: str, name: str
) -> None:
    at: dict[str, Any] = {name: ids[2]}
    assert read(room, way, at, {}) == ["m3"]
    assert read(room, way, {}, at) == ["m3"]
    assert read(room, way, {"after": ids[0], **at}, {}) == ["m3"]
    assert read(room, way, {"after": ids[0]}, at) == ["m3"]
    # A browser keeps the URL that it began with, and says by header where it is now.
    assert read(room, way, {name: ids[0]}, {"Last-Event-ID": ids[2]}) == ["m3"]


def test_zero_is_the_oldest_kept(room: str, ids: list[str]) -> None:
    assert read(room, "feed", {"lastEventId": "0"}, {}) == ["m0", "m1", "m2", "m3"]
    assert read(room, "messages", {"lastEventId": "0"}, {}) == ["m0", "m1", "m2", "m3"]


@pytest.mark.parametrize(
    "query", ["lastEventId=x", "lastEventId=", "last-event-id=1-0&lastEventId=2-0"]
)
def test_what_is_no_position_is_400(room: str, query: str) -> None:
    for url in (f"{room}/feed", f"{room}/messages", room):
        assert httpx.get(f"{url}?follow=0&{query}").status_code == 400


def test_a_malformed_after_is_400_beside_it_too(room: str, ids: list[str]) -> None:
    for url in (f"{room}/feed", f"{room}/messages"):
        answer = httpx.get(f"{url}?after=x&lastEventId={ids[0]}")
        assert answer.status_code == 400


@pytest.mark.parametrize("name", ["before", "around"])
def test_it_does_not_silently_win_over_before(room: str, ids: list[str], name: str) -> None:
    for query, headers in (({}, {"Last-Event-ID": ids[0]}), ({"lastEventId": ids[0]}, {})):
        answer = httpx.get(f"{room}/messages", params={name: ids[2], **query}, headers=headers)
        assert answer.status_code == 400, answer.text


def test_blanks_behind_a_header_are_no_part_of_it(room: str, ids: list[str]) -> None:
    read = ("-H", f"Last-Event-ID: {ids[2]} \t", f"{room}/messages")
    assert [each["text"] for each in json.loads(curl(*read))["events"]] == ["m3"]
    post = ("-u", "ann:", "-d", "once", room)
    first, second = (
        json.loads(curl("-H", f"Idempotency-Key: blank{blanks}", *post)) for blanks in ("", "  ")
    )
    assert first["id"] == second["id"]
