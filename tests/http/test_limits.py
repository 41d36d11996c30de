"""The table of rate limits in the docs is that of the code, and what is no post is counted too."""

import time
from typing import Any

import httpx
import pytest

from sse_chat.errors import SettingsError
from sse_chat.people.limit_settings import read_limits
from sse_chat.people.limits import (
    COUNT_LIMITS,
    LIMITS,
    PERSON_CHANGES,
    PERSON_SEARCHES,
    ROOM_POSTS,
    Limit,
)
from sse_chat.store.charges import too_many
from sse_chat.store.refusals import map_failure
from tests.support.places import ROOT
from tests.support.posts import texts_in
from tests.support.servers import Launch, ServerProcess

PASSWORD = "correct horse battery"
API = ROOT / "sse_chat" / "docs" / "api.md"


def describe_limits() -> str:
    lines = ["| limit | name | at once | then each minute |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {each.meaning} | `{each.name}` | {each.burst:,} | {each.per_s * 60:,g} |"
        for each in LIMITS
    ]
    lines += [f"| {each.meaning} | `{each.name}` | {each.count:,} | |" for each in COUNT_LIMITS]
    return "\n".join(lines)


def test_the_docs_have_every_limit_as_it_is() -> None:
    table_is_there = describe_limits() in API.read_text()
    assert table_is_there, f"{API.name} should have:\n{describe_limits()}"


@pytest.mark.parametrize(
    ("every_ms", "rate"),
    [(50, "1,200 a minute"), (500, "120"), (8000, "7.5"), (90_000, "1 in 90 s")],
)
def test_a_refusal_says_the_limit_in_plain_numbers(every_ms: float, rate: str) -> None:
    detail = too_many("person", "posts", 2000, every_ms, 0.4).detail
    assert detail.startswith(f"too many posts: 2,000 at once, then {rate}")
    assert detail.endswith("; try again in 1 s")


_CHANGES: dict[str, tuple[str, dict[str, str]]] = {
    "edit": ("edit", {"text": "b"}),
    "reaction": ("reactions", {"emoji": "\U0001f44d"}),
    "deletion": ("delete", {}),
}


def test_limits_are_settings_and_programs_are_told_of_them(launch: Launch) -> None:
    # One a minute comes back: none does while this test asks.
    server = launch("--limits", "person=4/1,searches=2/0.5,feeds=1,acts=2/0.01")
    with httpx.Client(base_url=server.url) as ann:
        assert ann.post("/account", json={"name": "ann", "password": PASSWORD}).status_code == 201
        told = [ann.post("/chat/lobby", content="a").headers.get("ratelimit") for _ in range(4)]
        assert told[:2] == [None, None]
        assert [each and each.partition(";t=")[0] for each in told[2:]] == [
            '"person";r=1',
            '"person";r=0',
        ]
        refused = ann.post("/chat/lobby", content="a")
        assert (refused.status_code, refused.json()["limit"]) == (429, "person")
        assert "4 at once, then 1 a minute" in refused.json()["detail"]
        assert refused.headers["ratelimit-policy"] == '"person";q=4;w=240'
        rest_s = refused.headers["retry-after"]
        assert refused.headers["ratelimit"] == f'"person";r=0;t={rest_s}'
        # What is refused has opened no room: somebody else can.
        for path, content in (("", "a"), ("", "to @ann"), ("/batch", '{"text": "a"}')):
            assert ann.post(f"/chat/new{path}", content=content).status_code == 429
        headers = {"Update-Key": "a"}
        assert ann.post("/chat/new", content="a", headers=headers).status_code == 429
        with httpx.Client(base_url=server.url) as bo:
            account = {"name": "bo", "password": PASSWORD}
            assert bo.post("/account", json=account).status_code == 201
            assert bo.post("/rooms", json={"room": "new"}).status_code == 201
            # A ban and its purge are one act; an erasure is two, and not half done after one.
            cy = ("cy", "")
            assert httpx.post(f"{server.url}/chat/new", content="a", auth=cy).status_code == 201
            ban = {"act": "ban", "who": "cy", "purge": True}
            assert bo.post("/chat/new/moderation", json=ban).json()["purged"] == 1
            assert bo.post("/chat/new/moderation", json=ban).status_code == 429
            assert ann.post("/rooms", json={"room": "anns"}).status_code == 201
            erased = ann.post("/account/erase", json={"password": PASSWORD})
            assert (erased.status_code, erased.json()["limit"]) == (429, "acts")
            assert ann.get("/account").json()["name"] == "ann"
        assert _refused_by(ann, "/chat/lobby/search?q=a", at_most=3) == "searches"
        with ann.stream("GET", "/chat/lobby/feed") as feed:
            # Dropped, the iterator would close the feed.
            parts = feed.iter_raw()
            next(parts)
            refused = ann.get("/chat/lobby/feed?follow=0")
            assert (refused.status_code, refused.json()["limit"]) == (429, "feeds")
            assert refused.headers["ratelimit-policy"] == '"feeds";q=1'


def test_a_token_has_a_limit_of_its_own_beside_that_of_its_account(launch: Launch) -> None:
    server = launch()
    with httpx.Client(base_url=server.url) as ann:
        assert ann.post("/account", json={"name": "ann", "password": PASSWORD}).status_code == 201
        wrong = ann.post("/account/tokens", json={"limit": "many"})
        assert (wrong.status_code, "50/300" in wrong.json()["detail"]) == (400, True)
        token = ann.post("/account/tokens", json={"limit": "2/1"}).json()["token"]
        bot = {"Authorization": f"Bearer {token}"}
        answers = [httpx.post(server.room, content="a", headers=bot) for _ in range(3)]
        assert [each.status_code for each in answers] == [201, 201, 429]
        assert answers[2].json()["limit"] == "token"
        assert answers[2].headers["ratelimit-policy"] == '"token";q=2;w=120'
        # Its person goes on, and so does another token.
        assert ann.post("/chat/lobby", content="a").status_code == 201
        other = ann.post("/account/tokens", json={}).json()["token"]
        bearer = {"Authorization": f"Bearer {other}"}
        assert httpx.post(server.room, content="a", headers=bearer).status_code == 201
        assert {each["limit"] for each in ann.get("/account").json()["tokens"]} == {"", "2/1"}
    metrics = httpx.get(f"{server.url}/metrics").text
    assert any(
        "limit_hits_total{" in line and 'limit="token"' in line and line.endswith(" 1.0")
        for line in metrics.splitlines()
    )


def _refused_by(client: httpx.Client, path: str, *, at_most: int) -> str | None:
    for _ in range(at_most):
        answer = client.get(path)
        if answer.status_code == 429:
            return str(answer.json()["limit"])
    return None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("persons=3/4", "the nearest is person"),
        ("person=3", "person=50/300"),
        ("person=0/3", "person=50/300"),
        ("person=3/0", "person=50/300"),
        ("feeds=2/3", "feeds=50"),
    ],
)
def test_limits_that_are_wrong_are_refused_at_the_start(given: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_limits(given)
    assert said in str(refused.value)


def test_charges_are_those_in_force() -> None:
    limits = read_limits("room=7/60,rooms=1/0.5")
    charges = limits.of_charges((ROOM_POSTS.charge("lobby"), PERSON_CHANGES.charge("u_1")))
    assert [(each.burst, each.every_ms, each.who) for each in charges] == [
        (7, 1000, "lobby"),
        (PERSON_CHANGES.burst, 200, "u_1"),
    ]


@pytest.fixture
def limited(launch: Launch) -> ServerProcess:
    return launch()


@pytest.mark.parametrize("kind", _CHANGES)
def test_changes_are_counted(limited: ServerProcess, kind: str) -> None:
    path, payload = _CHANGES[kind]
    with httpx.Client(base_url=limited.url) as client:
        client.post("/session", json={"name": kind})
        where = client.post("/chat/lobby", content="a").headers["location"]
        count_until_refused(client, "POST", PERSON_CHANGES, f"{where}/{path}", json=payload)


def test_searches_are_counted(limited: ServerProcess) -> None:
    with httpx.Client(base_url=limited.url) as client:
        client.post("/session", json={"name": "finder"})
        count_until_refused(client, "GET", PERSON_SEARCHES, "/chat/lobby/search?q=a")


def count_until_refused(
    client: httpx.Client, method: str, limit: Limit, path: str, **more: Any
) -> None:
    """So many are let through as the limit says; what comes back meanwhile is counted too."""
    began_s, passed = time.monotonic(), 0
    while (answer := client.request(method, path, **more)).status_code != 429:
        assert answer.status_code < 500
        passed += 1
        elapsed_s = time.monotonic() - began_s
        assert passed <= limit.burst + limit.per_s * elapsed_s + 1
    assert passed >= limit.burst
    assert int(answer.headers["retry-after"]) > 0


def test_a_topic_opens_a_room_like_a_post(launch: Launch) -> None:
    with httpx.Client(base_url=launch("--limits", "rooms=2/0.01").url) as client:
        payload = {"name": "opener", "password": "correct horse battery"}
        assert client.post("/account", json=payload).status_code == 201
        assert client.post("/chat/by-topic/topic", json={"text": "mine"}).status_code == 201
        assert client.get("/chat/by-topic/rules").json()["role"] == "owner"
        assert client.post("/chat/by-post", content="a").status_code == 201
        assert client.post("/chat/one-more", content="a").status_code == 429
        assert client.post("/chat/one-more/topic", json={"text": "a"}).status_code == 429


def test_a_slow_room_is_slow_for_a_guest_of_many_names(limited: ServerProcess) -> None:
    with httpx.Client(base_url=limited.url) as client:
        payload = {"name": "keeper", "password": "correct horse battery"}
        assert client.post("/account", json=payload).status_code == 201
        assert client.post("/rooms", json={"room": "slow", "slow_s": 3600}).status_code == 201
        room = f"{limited.url}/chat/slow"
        answers = [httpx.post(room, content="a", auth=(f"g{n}", "")).status_code for n in range(25)]
        assert answers == [201] * 20 + [429] * 5
        assert client.post("/chat/slow", content="a").status_code == 201


def test_acts_in_ones_own_rooms_do_not_fill_the_audit_log(launch: Launch) -> None:
    # None comes back while this test asks.
    server = launch("--limits", "acts=4/0.01")
    with httpx.Client(base_url=server.url) as owner, httpx.Client(base_url=server.url) as ann:
        account = {"name": "boss", "password": PASSWORD, "invitation": server.owner_code()}
        assert owner.post("/account", json=account).status_code == 201
        assert owner.post("/rooms", json={"room": "office"}).status_code == 201
        account = {"name": "ann", "password": PASSWORD}
        assert ann.post("/account", json=account).status_code == 201
        assert ann.post("/rooms", json={"room": "anns"}).status_code == 201
        for _ in range(3):
            assert ann.post("/chat/anns/rules", json={"slow_s": 5}).status_code == 200
        audit = owner.get("/audit?limit=500").json()["audit"]
        # What changed nothing is not noted; both logs are shown as one.
        assert [each["did"] for each in audit].count("set slow_s=5") == 1
        assert "open room" in [each["did"] for each in audit if each["by"] == "boss"]
        message = owner.post("/chat/anns", json={"text": "kept"}).json()
        refused = ann.post("/chat/anns/rules", json={"slow_s": 6})
        assert (refused.status_code, refused.json()["limit"]) == (429, "acts")
        assert ann.get("/chat/anns/rules").json()["slow_s"] == 5
        refused = ann.post(f"/chat/anns/messages/{message['id']}/delete")
        assert (refused.status_code, refused.json()["limit"]) == (429, "acts")
        assert texts_in(f"{server.url}/chat/anns") == ["kept"]


def test_a_store_that_does_not_answer_is_told_in_words() -> None:
    assert map_failure(TimeoutError()).detail == "the store is away: no answer in time"
