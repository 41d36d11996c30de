"""Feeds that ask for it hear of other rooms."""

import secrets
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.client import run_here
from tests.support.entries import proof
from tests.support.feeds import next_of, open_ndjson
from tests.support.posts import post
from tests.support.servers import Launch, ServerProcess, curl

WATCHING = "feed?format=ndjson&activity=1"


@pytest.fixture
def other(server: ServerProcess) -> str:
    return f"{server.url}/chat/t{secrets.token_hex(6)}"


def set_role(server: ServerProcess, name: str, role: str) -> None:
    done = run_here("user", "role", name, "--role", role, "--data", str(server.data))
    assert done.returncode == 0, done.stderr


def activity_in(room: str, events: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """The next of this room: tests beside this one write elsewhere."""
    name = room.rsplit("/", 1)[1]
    return next(each for each in events if each["kind"] == "activity" and each["room"] == name)


def test_a_feed_hears_of_a_message_in_another_room_at_once(room: str, other: str) -> None:
    with open_ndjson(f"{room}/{WATCHING}") as events:
        next_of(events, "hello")
        entry = post(other, "hello")
        assert activity_in(other, events) == {
            "kind": "activity",
            "room": entry["room"],
            "last_id": entry["id"],
            "mentions": [],
        }


def test_activity_says_who_was_named(room: str, other: str) -> None:
    curl("-u", "bob:", "-d", "here I am", other)
    with open_ndjson(f"{room}/{WATCHING}") as events:
        next_of(events, "hello")
        entry = post(other, "@bob look")
        assert entry["mentions"]
        while (told := activity_in(other, events))["last_id"] != entry["id"]:
            pass
        assert told["mentions"] == entry["mentions"]


def test_many_messages_are_told_a_few_times_and_the_newest_last(room: str, other: str) -> None:
    with open_ndjson(f"{room}/{WATCHING}") as events:
        next_of(events, "hello")
        began_s = time.monotonic()
        lines = "".join(f"line {each}\n" for each in range(300))
        curl("-T", "-", other, data=lines.encode())
        newest = httpx.get(f"{other}/messages?limit=1").json()["cursor"]
        told = [activity_in(other, events)["last_id"]]
        while told[-1] != newest:
            told.append(activity_in(other, events)["last_id"])
        assert len(told) <= time.monotonic() - began_s + 2


def test_the_rooms_own_messages_and_other_feeds_are_left_alone(room: str, other: str) -> None:
    with (
        open_ndjson(f"{room}/{WATCHING}") as watching,
        open_ndjson(f"{room}/feed?format=ndjson") as plain,
    ):
        next_of(watching, "hello")
        next_of(plain, "hello")
        post(room, "here")
        post(other, "elsewhere")
        name = room.rsplit("/", 1)[1]
        heard = next_of(watching, "activity")
        while heard["room"] != other.rsplit("/", 1)[1]:
            assert heard["room"] != name
            heard = next_of(watching, "activity")
        post(room, "end")
        kinds = []
        for event in plain:
            kinds.append(event["kind"])
            if event.get("text") == "end":
                break
        assert "activity" not in kinds


def test_what_is_no_message_makes_no_activity(room: str, other: str) -> None:
    first = httpx.post(other, json={"text": "first"}, auth=("ann", ""))
    with open_ndjson(f"{room}/{WATCHING}") as events:
        next_of(events, "hello")
        url = f"{other}/messages/{first.json()['id']}/edit"
        assert httpx.post(url, json={"text": "edited"}, headers=proof(first)).status_code == 201
        last = post(other, "last")
        told = activity_in(other, events)
        assert told["last_id"] == last["id"]


def test_an_unknown_word_for_activity_is_refused(room: str) -> None:
    answer = httpx.get(f"{room}/feed?activity=yes")
    assert answer.status_code == 400
    assert "activity" in answer.json()["detail"]


def test_readiness_is_asked_while_someone_listens(server: ServerProcess, room: str) -> None:
    with open_ndjson(f"{room}/{WATCHING}") as events:
        next_of(events, "hello")
        for _ in range(3):
            assert httpx.get(f"{server.url}/readyz").status_code == 200


def test_nobody_hears_of_a_room_that_they_may_not_read(
    server: ServerProcess, room: str, other: str
) -> None:
    name = f"t{secrets.token_hex(6)}"
    with httpx.Client(base_url=server.url) as owner:
        owner.post("/account", json={"name": name, "password": "correct horse"})
        assert owner.post("/rooms", json={"room": name, "visibility": "invited"}).is_success
        with (
            open_ndjson(f"{room}/{WATCHING}") as outside,
            open_ndjson(f"{room}/{WATCHING}", cookies=dict(owner.cookies)) as inside,
        ):
            next_of(outside, "hello")
            next_of(inside, "hello")
            assert owner.post(f"/chat/{name}", content="secret").status_code == 201
            assert activity_in(f"/{name}", inside)
            post(other, "for all")
            heard = next_of(outside, "activity")
            assert heard["room"] != name


def test_who_moderates_no_longer_hears_no_more_of_private_rooms(launch: Launch) -> None:
    server: ServerProcess = launch("--limits", "off")
    password = "correct horse battery"
    with httpx.Client(base_url=server.url) as owner, httpx.Client(base_url=server.url) as other:
        for client, name in ((owner, "owner"), (other, "other")):
            answer = client.post("/account", json={"name": name, "password": password})
            assert answer.status_code == 201
        for room, visibility in (("hidden", "invited"), ("open", "public")):
            owner.post("/rooms", json={"room": room, "visibility": visibility})
        set_role(server, "other", "moderator")
        lobby, hidden = (f"{server.url}/chat/{room}/{WATCHING}" for room in ("lobby", "hidden"))
        with (
            open_ndjson(lobby, auth=("other", password)) as events,
            open_ndjson(hidden, auth=("other", password)) as inside,
        ):
            next_of(events, "hello")
            owner.post("/chat/hidden", content="before")
            assert activity_in("/hidden", events)
            set_role(server, "other", "member")
            assert next_of(inside, "bye")["reason"] == "revoked"
            owner.post("/chat/hidden", content="after")
            owner.post("/chat/open", content="after")
            assert next_of(events, "activity")["room"] == "open"
