"""Queries: what a call does not know is refused, and moments are understood as ids are."""

import time
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from sse_chat.errors import Malformed
from sse_chat.ids import parse_id
from sse_chat.moments import parse_since
from sse_chat.web.http.queries import check_names, names_of
from sse_chat.web.routes import ROUTES
from tests.support.servers import ServerProcess, curl

NOW_MS = 1_795_455_188_779
PATH = {"room": "queries", "entry_id": "1-0", "token_id": "0" * 12, "code": "x", "name": "curl"}
PATH |= {"hook_id": "0" * 12, "passkey_id": "0" * 12, "author_id": "n_0"}


def calls() -> list[tuple[str, str]]:
    return [
        (route.path, method)
        for route in ROUTES
        if isinstance(route, Route)
        for method in sorted((route.methods or set()) - {"HEAD"})
        if names_of(route.path, method.lower()) is not None
        # Its address is in the settings of senders that may add a query of their own.
        and not route.path.startswith("/hooks/")
    ]


@pytest.mark.parametrize(("path", "method"), calls())
def test_every_call_refuses_a_name_that_it_does_not_know(
    server: ServerProcess, path: str, method: str
) -> None:
    url = f"{server.url}{path.format(**PATH)}?folow=0"
    answer = httpx.request(method, url, headers={"Accept": "application/json"})
    assert answer.status_code == 400, answer.text
    assert "'folow' is not known" in answer.json()["detail"]


def test_the_nearest_name_is_told() -> None:
    with pytest.raises(Malformed, match="did you mean 'follow'") as refused:
        check_names(["folow"], {"follow", "after"})
    assert "allowed: after, follow" in refused.value.detail
    with pytest.raises(Malformed, match="this call has no query"):
        check_names(["x" * 1000], ())


def test_the_case_of_a_name_does_not_hide_which_is_meant() -> None:
    with pytest.raises(Malformed, match="did you mean 'lastEventId'"):
        check_names(["LASTEVENTIDS"], {"lastEventId", "after"})


def test_a_slash_at_the_end_changes_nothing(room: str, server: ServerProcess) -> None:
    posted = httpx.post(f"{room}/", content="a", auth=("ann", ""))
    assert posted.status_code == 201
    path = room.removeprefix(server.url)
    assert posted.headers["location"] == f"{path}/messages/{posted.json()['id']}"
    assert httpx.put(f"{room}/", content="b\n", auth=("ann", "")).json()["count"] == 1
    for path in ("/", "/feed/"):
        told = curl(f"{room}{path}?follow=0&format=text&last=2").splitlines()
        assert [line.rpartition(": ")[2] for line in told[2:]] == ["a", "b"]
    assert len(httpx.get(f"{room}/messages/").json()["events"]) == 2
    page = httpx.get(f"{room}/", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert page.headers["vary"].startswith("Accept")
    assert httpx.get(f"{server.url}/rooms/").status_code == 200
    # Two are no room's.
    assert httpx.get(f"{room}//").status_code == 404


def test_a_feed_by_each_way_refuses_it(room: str) -> None:
    for answer in (
        httpx.get(f"{room}?folow=0"),
        httpx.get(f"{room}?format=sse&limit=3"),
        httpx.get(f"{room}?format=json&last=3"),
        httpx.head(f"{room}/feed?folow=0"),
        httpx.post(f"{room}/feed", data={"folow": "0"}),
        httpx.post(f"{room}/feed", json={"folow": 0}),
        httpx.post(f"{room}?keys=k", content="a"),
    ):
        assert answer.status_code == 400
    assert "did you mean 'follow'" in curl(f"{room}?folow=0")
    assert httpx.get(f"{room}/messages").json()["events"] == []


def test_a_page_ignores_what_trackers_add_to_its_link(room: str) -> None:
    answer = httpx.get(f"{room}?fbclid=x", headers={"Accept": "text/html"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("value", "ms"),
    [
        ("10m", NOW_MS - 600_000),
        ("90s", NOW_MS - 90_000),
        ("2h", NOW_MS - 7_200_000),
        ("7d", NOW_MS - 604_800_000),
        ("999999999w", 0),
        ("1795455188779", 1_795_455_188_779),
        ("1795455188", 1_795_455_188_000),
        ("2026-11-23T17:33:08.779Z", 1_795_455_188_779),
        ("2026-11-23T18:33:08.779+01:00", 1_795_455_188_779),
        ("2026-11-23T18:33:08.779 01:00", 1_795_455_188_779),
        ("2026-11-23 17:33:08", 1_795_455_188_000),
        ("2026-11-23", 1_795_392_000_000),
    ],
)
def test_a_moment_is_read(value: str, ms: int) -> None:
    assert parse_since(value, NOW_MS) == ms


@pytest.mark.parametrize(
    "value", ["", "m", "10", "-5m", "1.5h", "10y", "yesterday", "1900-01-01", "10000-01-01", "٣m"]
)
def test_what_is_no_moment_is_refused(value: str) -> None:
    with pytest.raises(Malformed, match="allowed are 30s"):
        parse_since(value, NOW_MS)


def test_since_is_understood_where_after_is(room: str) -> None:
    _, second, third = (post(room, text) for text in ("a", "b", "c"))
    at = second["at"]

    def history(since: str) -> list[str]:
        page = httpx.get(f"{room}/messages", params={"since": since}).json()
        assert page["gap"] is None
        return [each["text"] for each in page["events"]]

    assert history(at) == history(str(parse_id(second["id"]).ms)) == ["b", "c"]
    assert history("7d") == history("1h") == ["a", "b", "c"]
    future = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    assert history(future) == []
    for fmt in ("sse", "ndjson", "text"):
        told = httpx.get(f"{room}/feed", params={"format": fmt, "follow": "0", "since": at}).text
        assert third["id"] in told or fmt == "text"
        assert any(shown in told for shown in ('"text":"b"', ": b\n"))
        assert not any(shown in told for shown in ('"text":"a"', ": a\n", "gap"))
    wait = httpx.get(f"{room}/messages", params={"since": at, "wait": "20"}).json()
    assert [each["text"] for each in wait["events"]] == ["b", "c"]
    for query in ("since=1h&after=0", "since=soon", "since=1h&before=1-0"):
        assert httpx.get(f"{room}/messages?{query}").status_code == 400
        assert httpx.get(f"{room}/feed?{query}").status_code == 400


def post(room: str, text: str) -> dict[str, Any]:
    # Ids that differ in their milliseconds, so that the moments do.
    before_ms = int(time.time() * 1000)
    while int(time.time() * 1000) == before_ms:
        pass
    entry: dict[str, Any] = httpx.post(room, content=text, auth=("ann", "")).json()
    return entry


def test_pages_are_text_where_that_is_asked(room: str, server: ServerProcess) -> None:
    name = room.rpartition("/")[2]
    httpx.post(room, content="hello\nworld", auth=("ann", ""))
    httpx.post(f"{room}/topic", json={"text": "the topic"}, auth=("ann", ""))
    day, line, more, topic = curl(f"{room}/messages?format=text").splitlines()
    assert day.startswith("* 20")
    assert line.endswith("] ann: hello")
    assert more == "        world"
    assert topic.endswith("ann set the topic: the topic")
    assert curl(f"{room}/search?q=WORLD&format=text").splitlines()[1:] == [line, more]
    assert f"{name} (1 present): the topic\n" in curl(f"{server.url}/rooms?format=text")
    assert "is allowed" in curl(f"{room}/messages?format=text&limit=0")
    for path in (f"{room}/messages", f"{room}/search", f"{server.url}/rooms"):
        assert httpx.get(f"{path}?format=xml&q=a").status_code == 400
