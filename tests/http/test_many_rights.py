"""Feeds and long-polls of many rooms, where rooms come, and rights to them end."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.feeds import next_of, open_ndjson
from tests.support.servers import Launch

TIMEOUT_S = 20


@pytest.fixture
def people(launch: Launch) -> Iterator[tuple[str, httpx.Client]]:
    server = launch("--limits", "off")
    with httpx.Client(base_url=server.url, timeout=TIMEOUT_S) as owner:
        account = {"name": "owner", "password": "correct horse battery"}
        owner.post("/account", json=account).raise_for_status()
        owner.post("/rooms", json={"room": "ours"}).raise_for_status()
        yield server.url, owner


def test_a_room_whose_right_ends_is_left_and_the_others_go_on(
    people: tuple[str, httpx.Client],
) -> None:
    url, owner = people
    with open_ndjson(f"{url}/feed?rooms=ours,lobby&format=ndjson") as events:
        next_of(events, "hello")
        owner.post("/chat/ours", content="before").raise_for_status()
        assert next_of(events, "message")["text"] == "before"
        owner.post("/chat/ours/rules", json={"visibility": "members"}).raise_for_status()
        left = next_of(events, "left")
        assert left == {"kind": "left", "room": "ours", "reason": "revoked"}
        owner.post("/chat/ours", content="not for you").raise_for_status()
        owner.post("/chat/lobby", content="for all").raise_for_status()
        assert next_of(events, "message")["text"] == "for all"
    again = httpx.get(f"{url}/feed?rooms=ours,lobby&follow=0")
    assert again.status_code == 404


def test_all_rooms_include_those_made_later(people: tuple[str, httpx.Client]) -> None:
    url, owner = people
    with open_ndjson(f"{url}/feed?rooms=*&format=ndjson") as events:
        assert "lobby" in next_of(events, "hello")["rooms"]
        owner.post("/chat/fresh", content="one").raise_for_status()
        owner.post("/chat/fresh", content="two").raise_for_status()
        got = [next_of(events, "message") for _ in range(2)]
    assert [(entry["room"], entry["text"]) for entry in got] == [("fresh", "one"), ("fresh", "two")]


def test_a_poll_of_all_rooms_misses_no_first_entry(people: tuple[str, httpx.Client]) -> None:
    url, owner = people

    def poll(**params: str) -> dict[str, Any]:
        answer = owner.get("/messages", params={"rooms": "*", "nonce": "a", **params}, timeout=60)
        answer.raise_for_status()
        payload: dict[str, Any] = answer.json()
        return payload

    def say(room: str, text: str) -> None:
        httpx.post(f"{url}/chat/{room}", content=text, timeout=30).raise_for_status()

    cursor = poll()["cursor"]
    # Made between two polls, and with news of another room after it.
    for text in ("one", "two"):
        say("between", text)
    say("lobby", "later")
    answer = poll(after=cursor, wait="25")
    assert _texts(answer["events"]) == ["one", "two", "later"]
    # Made while one waits.
    answers: list[dict[str, Any]] = []
    waiting = threading.Thread(
        target=lambda: answers.append(poll(after=answer["cursor"], wait="25"))
    )
    waiting.start()
    say("meanwhile", "three")
    waiting.join(60)
    assert _texts(answers[0]["events"]) == ["three"]
    # A feed that comes back with the token of a poll, too.
    say("afterwards", "four")
    params = {"rooms": "*", "format": "ndjson", "follow": "0", "after": answers[0]["cursor"]}
    feed = httpx.get(f"{url}/feed", params=params, timeout=TIMEOUT_S)
    assert _texts([json.loads(line) for line in feed.text.splitlines()]) == ["four"]


def test_a_poll_that_waits_leaves_a_room_whose_right_ends(
    people: tuple[str, httpx.Client],
) -> None:
    url, owner = people
    owner.post("/chat/ours", content="before").raise_for_status()
    query = {"rooms": "ours,lobby"}
    cursor = httpx.get(f"{url}/messages", params=query, timeout=TIMEOUT_S).json()["cursor"]
    answers: list[dict[str, Any]] = []

    def poll() -> None:
        params = {**query, "after": cursor, "wait": "25"}
        answers.append(httpx.get(f"{url}/messages", params=params, timeout=60).json())

    waiting = threading.Thread(target=poll)
    waiting.start()
    owner.post("/chat/ours/rules", json={"visibility": "members"}).raise_for_status()
    owner.post("/chat/ours", content="not for you").raise_for_status()
    waiting.join(60)
    # Whether it was there before the right ended or not, it tells nothing of the room.
    assert answers[0].get("events", []) == []
    assert answers[0].get("left") == [{"room": "ours", "reason": "revoked"}] or (
        answers[0]["error"] == "not_found"
    )


def _texts(events: list[dict[str, Any]]) -> list[str]:
    return [event["text"] for event in events if event.get("kind") == "message"]
