"""A batch: many messages in one write, in order, each kept once."""

import json
import threading
from typing import Any

import httpx

from tests.support.feeds import next_of, open_ndjson
from tests.support.posts import texts_in
from tests.support.servers import Launch, curl

ANN = ("ann", "")


def batch(room: str, *lines: Any, auth: tuple[str, str] = ANN) -> httpx.Response:
    body = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines)
    headers = {"Content-Type": "application/x-ndjson"}
    return httpx.post(f"{room}/batch", content=body, headers=headers, auth=auth, timeout=60)


def test_curl_sends_a_batch(room: str) -> None:
    lines = b'{"text": "one", "key": "k1"}\n\n{"text": "two\\nlines"}\r\n"three"\n'
    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        answer = json.loads(
            curl("-H", "Content-Type: application/x-ndjson", "--data-binary", "@-",
                 "-u", "ann:", f"{room}/batch", data=lines)
        )  # fmt: skip
        told = [next_of(events, "message") for _ in range(3)]
    assert answer["count"] == 3
    assert [each["id"] for each in answer["results"]] == [each["id"] for each in told]
    assert answer["cursor"] == told[-1]["id"]
    assert [(each["text"], each["key"], each["author"]) for each in told] == [
        ("one", "k1", "ann"), ("two\nlines", None, "ann"), ("three", None, "ann"),
    ]  # fmt: skip


def test_readers_get_every_line_of_a_long_batch(room: str) -> None:
    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        for number in range(2):
            batch(room, *[{"text": f"{number} {each}"} for each in range(600)])
            httpx.post(room, content=f"after {number}", auth=ANN)
        told = [next_of(events, "message")["text"] for _ in range(1202)]
    of_each = ([*(f"{number} {each}" for each in range(600)), f"after {number}"] for number in "01")
    assert told == [text for each in of_each for text in each]


def test_a_wrong_line_keeps_no_other_out(room: str) -> None:
    lines = ({"text": "a"}, {"no": 1}, "{", {"text": " "}, {"text": "b", "key": ""}, {"text": "c"})
    answer = batch(room, *lines)
    assert answer.status_code == 201
    payload = answer.json()
    assert payload["count"] == 2
    results = payload["results"]
    assert ["error" in each for each in results] == [False, True, True, True, True, False]
    assert all(each.get("detail") for each in results if "error" in each)
    assert texts_in(room) == ["a", "c"]


def test_a_line_of_hundreds_of_kilobytes_is_refused_unread(room: str) -> None:
    line = b'{"text":"a","more":[' + b",".join([b"[]"] * 200_000) + b"]}"
    answer = httpx.post(f"{room}/batch", content=line + b'\n{"text":"b"}')
    results = answer.json()["results"]
    assert (answer.json()["count"], results[0]["error"]) == (1, "too_large")


def test_a_repeat_appends_nothing(room: str) -> None:
    lines = [{"text": f"line {number}", "key": f"k{number}"} for number in range(3)]
    first = batch(room, *lines[:2]).json()
    again = batch(room, *lines)
    assert (again.status_code, again.json()["count"]) == (201, 1)
    assert [each["id"] for each in again.json()["results"][:2]] == [
        each["id"] for each in first["results"]
    ]
    last = batch(room, *lines, {"text": "other", "key": "k0"})
    assert (last.status_code, last.json()["count"]) == (201, 0)
    assert last.json()["results"][-1]["error"] == "key_reused"
    assert batch(room, {"text": "x", "key": "k"}, {"text": "x", "key": "k"}).json()["count"] == 1
    assert texts_in(room) == ["line 0", "line 1", "line 2", "x"]
    # The same key as that of a post.
    posted = httpx.post(room, json=lines[0], auth=ANN)
    assert (posted.status_code, posted.json()["id"]) == (200, first["results"][0]["id"])


def test_nothing_comes_between_the_lines_of_a_batch(room: str) -> None:
    def send(name: str) -> None:
        assert batch(room, *[{"text": name}] * 400).json()["count"] == 400

    threads = [threading.Thread(target=send, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    page = httpx.get(f"{room}/messages?after=0&limit=500").json()
    rest = httpx.get(f"{room}/messages?after={page['cursor']}&limit=500").json()
    names = [event["text"] for event in page["events"] + rest["events"]]
    assert names in (["a"] * 400 + ["b"] * 400, ["b"] * 400 + ["a"] * 400)


def test_what_is_too_much_stores_nothing(room: str) -> None:
    assert batch(room, *[{"text": "a"}] * 1001).status_code == 413
    assert batch(room, {"text": "a"}, "x" * 1_000_000).status_code == 413
    assert httpx.post(f"{room}/batch", content=b"a", headers={"Content-Type": "image/png"}).is_error
    assert batch(room).json() == {"count": 0, "cursor": "0-0", "results": []}
    assert texts_in(room) == []


def test_it_is_charged_for_each_line(launch: Launch) -> None:
    room = launch().room
    assert batch(room, *[{"text": "a"}] * 1000).json()["count"] == 1000
    late = batch(room, {"text": "late"})
    assert late.status_code == 429
    assert 30 <= int(late.headers["retry-after"]) <= 41
    assert httpx.post(room, content="late", auth=ANN).status_code == 429
    assert batch(room, {"text": "b"}, auth=("bob", "")).status_code == 201


def test_a_key_of_the_whole_makes_a_repeat_harmless(room: str) -> None:
    def send() -> dict[str, Any]:
        body = b'"one"\n{"text": "two", "key": "own"}\n\n"three"\n'
        headers = {"Content-Type": "application/x-ndjson", "Idempotency-Key": "the batch"}
        answer = httpx.post(f"{room}/batch", content=body, headers=headers, auth=ANN)
        assert answer.status_code == 201, answer.text
        payload: dict[str, Any] = answer.json()
        return payload

    first, again = send(), send()
    assert (first["count"], again["count"]) == (3, 0)
    assert [each["id"] for each in again["results"]] == [each["id"] for each in first["results"]]
    assert all(each["replayed"] for each in again["results"])
    assert texts_in(room) == ["one", "two", "three"]


def test_two_keys_in_the_query_are_400(room: str) -> None:
    for answer in (
        httpx.post(f"{room}?key=a&key=b", content="x", auth=ANN),
        httpx.put(f"{room}?key=a&key=b", content="x\n", auth=ANN),
    ):
        assert answer.status_code == 400
        assert "'key' is there twice" in answer.json()["detail"]
    assert texts_in(room) == []
