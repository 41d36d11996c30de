"""Many rooms in every format, however the request says which one and where its fields stand."""

import json
import secrets

import httpx
import pytest

from tests.support.servers import ServerProcess, curl


@pytest.fixture
def names(server: ServerProcess) -> list[str]:
    """Two rooms, each with a message of its own name."""
    found = [f"f{secrets.token_hex(5)}" for _ in range(2)]
    for name in found:
        httpx.post(f"{server.url}/chat/{name}", content=name, auth=("ann", "")).raise_for_status()
    return found


@pytest.mark.parametrize(
    ("accept", "by_get", "by_post"),
    [
        ("*/*", "text/plain", "application/x-ndjson"),
        ("text/html", "text/plain", "application/x-ndjson"),
        ("text/plain", "text/plain", "text/plain"),
        ("text/event-stream", "text/event-stream", "text/event-stream"),
        ("application/x-ndjson", "application/x-ndjson", "application/x-ndjson"),
        ("application/json", "application/json", "application/json"),
    ],
)
def test_accept_chooses_the_format(
    server: ServerProcess, names: list[str], accept: str, by_get: str, by_post: str
) -> None:
    url = f"{server.url}/feed?follow=0&rooms={','.join(names)}"
    for answer, kind in (
        (httpx.get(url, headers={"Accept": accept}), by_get),
        (httpx.post(url, headers={"Accept": accept}), by_post),
    ):
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].partition(";")[0] == kind
        assert answer.headers["vary"] == "Accept"


def test_format_wins_over_accept(server: ServerProcess, names: list[str]) -> None:
    url, rooms = f"{server.url}/feed", ",".join(names)
    fields = {"rooms": rooms, "format": "json", "limit": "1"}
    for answer in (httpx.get(url, params=fields), httpx.post(url, data=fields)):
        assert [each["text"] for each in answer.json()["events"]] == names[1:]
    assert httpx.get(url, params={"rooms": rooms, "format": "html"}).status_code == 400


def test_a_page_of_many_rooms_is_text_where_that_is_asked(
    server: ServerProcess, names: list[str]
) -> None:
    told = curl(f"{server.url}/messages?format=text&rooms={','.join(names)}").splitlines()
    assert told[0].startswith("* 20")
    assert [line.partition(" ")[2] for line in told if line.startswith("[")] == [
        f"#{name} ann: {name}" for name in names
    ]


def test_a_terminal_is_told_in_a_sentence_what_is_wrong(server: ServerProcess) -> None:
    assert curl(f"{server.url}/feed").startswith("rooms is 1 to 100 names")
    assert json.loads(curl(f"{server.url}/feed?format=sse"))["error"] == "malformed"


def test_rooms_come_as_a_list_of_json_too(server: ServerProcess, names: list[str]) -> None:
    answer = httpx.post(f"{server.url}/messages", json={"rooms": names, "after": "0"})
    assert sorted(each["text"] for each in answer.json()["events"]) == sorted(names)
    assert httpx.post(f"{server.url}/messages", json={"rooms": [1]}).status_code == 400


def test_a_field_that_differs_from_the_query_is_400(
    server: ServerProcess, names: list[str]
) -> None:
    one, other = names
    for path in ("/feed", "/messages"):
        url = f"{server.url}{path}?follow=0&rooms={one}"
        assert httpx.post(url, data={"rooms": one}).status_code == 200
        refused = httpx.post(url, data={"rooms": other})
        assert refused.status_code == 400
        assert "'rooms'" in refused.json()["detail"]
    url = f"{server.url}/chat/{one}/feed?follow=0&format=text"
    assert httpx.post(url, data={"format": "sse"}).status_code == 400
