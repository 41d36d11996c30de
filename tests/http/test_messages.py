"""Posting to a room and reading its history, over HTTP."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import httpx
import pytest

from sse_chat.web.messages.history import parse_wait
from tests.support.entries import entry_of
from tests.support.servers import Launch, ServerProcess

URLENCODED = "application/x-www-form-urlencoded"


def post(room: str, content: bytes | str, kind: str | None = None, **headers: str) -> Any:
    if kind is not None:
        headers["Content-Type"] = kind
    return httpx.post(room, content=content, headers=headers)


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        pytest.param(None, b"hello", "hello", id="no-type"),
        pytest.param("text/plain", b"hello\n", "hello", id="one-newline-dropped"),
        pytest.param("text/plain", b"hello\n\n", "hello\n", id="only-one-newline-dropped"),
        pytest.param("text/plain; charset=UTF-8", "grüß".encode(), "grüß", id="charset"),
        pytest.param("text/plain", b"a\r\nb\rc", "a\nb\nc", id="line-ends-become-lf"),
        pytest.param("application/json", b'{"text": "a b\\n"}', "a b\n", id="json"),
        pytest.param(URLENCODED, b"text=a+b%21", "a b!", id="form"),
        pytest.param(URLENCODED, b"x=1&text=a", "a", id="form-field-second"),
        pytest.param(URLENCODED, b"hello world+%21", "hello world+%21", id="urlencoded-raw"),
        pytest.param(URLENCODED, b"my text=1", "my text=1", id="urlencoded-no-field"),
        pytest.param(
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\na\nb\r\n--b--\r\n',
            "a\nb",
            id="multipart",
        ),
    ],
)
def test_every_body_form_is_kept_as_sent(
    room: str, kind: str | None, body: bytes, text: str
) -> None:
    answer = post(room, body, kind)
    assert answer.status_code == 201
    entry = entry_of(answer)
    assert entry["text"] == text
    assert answer.headers["location"] == f"/chat/{entry['room']}/messages/{entry['id']}"
    assert answer.headers["cache-control"] == "no-store"
    assert httpx.get(f"{room}/messages/{entry['id']}").json() == entry


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        pytest.param("text/plain", b"", 400, id="empty"),
        pytest.param("text/plain", b" \n\t ", 400, id="blank"),
        pytest.param("text/plain", b"a\0b", 400, id="nul"),
        pytest.param("text/plain", b"\xff\xfe", 400, id="invalid-utf-8"),
        pytest.param("text/plain; charset=klingon", b"a", 400, id="other-charset"),
        pytest.param("text/plain", b"x" * 4097, 413, id="over-the-limit"),
        pytest.param("text/plain", b"x" * 1_000_000, 413, id="far-over-the-limit"),
        pytest.param("application/json", b'{"text": "\\ud800"}', 400, id="lone-surrogate"),
        pytest.param("application/json", b'{"text": 1}', 400, id="not-a-string"),
        pytest.param("application/json", b'{"text": "a"', 400, id="broken-json"),
        pytest.param("application/json", b"[" * 60_000, 400, id="deep-json"),
        pytest.param("application/json", b'["a"]', 400, id="not-an-object"),
        pytest.param(URLENCODED, b"text=%FF", 400, id="form-invalid-utf-8"),
        pytest.param("multipart/form-data", b"--b", 400, id="no-boundary"),
        pytest.param("multipart/form-data; boundary=b", b"junk", 400, id="broken-multipart"),
        pytest.param("image/png", b"a", 415, id="image"),
    ],
)
def test_a_bad_body_is_refused_and_nothing_is_stored(
    room: str, kind: str, body: bytes, status: int
) -> None:
    answer = post(room, body, kind)
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "detail"}
    assert httpx.get(f"{room}/messages").json()["events"] == []


def test_a_key_posts_once(room: str) -> None:
    first = post(room, "a", **{"Idempotency-Key": "k"})
    again = post(room, "a", **{"Idempotency-Key": "k"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert again.json() == entry_of(first)
    assert first.json()["key"] == "k"
    assert len(httpx.get(f"{room}/messages").json()["events"]) == 1


def test_a_key_with_another_text_is_422(room: str) -> None:
    post(room, "a", **{"Idempotency-Key": "k"})
    assert post(room, "b", **{"Idempotency-Key": "k"}).status_code == 422


def test_a_key_holds_per_author_and_room(room: str) -> None:
    statuses = [
        httpx.post(url, content="a", auth=(name, ""), headers={"Idempotency-Key": "k"}).status_code
        for url in (room, f"{room}-2")
        for name in ("ann", "bob")
    ]
    assert statuses == [201, 201, 201, 201]


def test_a_refused_post_does_not_use_the_key_up(room: str) -> None:
    assert post(room, "", **{"Idempotency-Key": "k"}).status_code == 400
    assert post(room, "a", **{"Idempotency-Key": "k"}).status_code == 201


def test_of_identical_posts_at_once_exactly_one_gets_201(room: str) -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = list(
            pool.map(lambda _: post(room, "a", **{"Idempotency-Key": "same"}), range(24))
        )
    assert sorted(answer.status_code for answer in answers) == [200] * 23 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


@pytest.mark.parametrize(
    "body", [{"text": "a", "key": "member"}, {"text": "a", "key": None}, {"text": "a"}]
)
def test_the_keys_header_wins_over_the_member(room: str, body: dict[str, Any]) -> None:
    answer = post(room, json.dumps(body), "application/json", **{"Idempotency-Key": "header"})
    assert answer.json()["key"] == "header"


def test_the_key_may_be_a_member_or_a_field(room: str) -> None:
    assert httpx.post(room, json={"text": "a", "key": "m"}).json()["key"] == "m"
    assert httpx.post(room, data={"text": "a", "key": "f"}).json()["key"] == "f"


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "ü"])
def test_a_bad_key_is_400(room: str, key: str) -> None:
    answer = httpx.post(room, content="a", headers={b"Idempotency-Key": key.encode()})
    assert answer.status_code == 400
    for fields in (
        {"json": {"text": "a", "key": key}},
        {"data": {"text": "a", "key": key}},
        {"files": {"text": (None, "a"), "key": (None, key)}},
    ):
        assert httpx.post(room, **fields).status_code == 400


def test_a_browsers_form_goes_back_to_the_room(room: str) -> None:
    answer = httpx.post(room, data={"text": "a"}, headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 303
    assert room.endswith(answer.headers["location"])


def test_history_pages_backward_and_forward(room: str) -> None:
    ids = [post(room, f"m{number}").json()["id"] for number in range(7)]
    newest = httpx.get(f"{room}/messages?limit=3").json()
    assert [event["id"] for event in newest["events"]] == ids[4:]
    assert newest["cursor"] == ids[6]
    assert newest["more"] is True
    assert newest["gap"] is None
    older = httpx.get(f"{room}/messages?limit=4&before={ids[4]}").json()
    assert [event["id"] for event in older["events"]] == ids[:4]
    assert older["more"] is False
    oldest = httpx.get(f"{room}/messages?before={ids[0]}").json()
    assert (oldest["events"], oldest["cursor"], oldest["more"]) == ([], "0-0", False)
    after = httpx.get(f"{room}/messages?limit=2&after={ids[3]}").json()
    assert [event["id"] for event in after["events"]] == ids[4:6]
    assert (after["cursor"], after["more"]) == (ids[5], True)
    end = httpx.get(f"{room}/messages?after={ids[6]}").json()
    assert (end["events"], end["cursor"], end["more"]) == ([], ids[6], False)
    everything = httpx.get(f"{room}/messages?after=0").json()
    assert [event["id"] for event in everything["events"]] == ids


def test_an_empty_room_has_the_cursor_zero(room: str) -> None:
    page = httpx.get(f"{room}/messages").json()
    assert page == {
        "room": room.rpartition("/")[2],
        "events": [],
        "cursor": "0-0",
        "more": False,
        "gap": None,
    }


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=501", "limit=x", "limit=", "limit=-1", "limit=1.5",
        "before=", "before=x", "before=1", "before=0", "after=", "after=5", "after=1-2-3",
        "after=01-0", "after=18446744073709551616-0", "before=1-0&after=1-0",
        "wait=1", "after=0&wait=x", "after=0&wait=", "after=0&wait=1.5",
    ],
)  # fmt: skip
def test_a_malformed_query_is_400(room: str, query: str) -> None:
    answer = httpx.get(f"{room}/messages?{query}")
    assert answer.status_code == 400
    assert answer.json()["detail"]


@pytest.mark.parametrize("entry_id", ["1-0", "x", "1", "0-0"])
def test_an_entry_that_is_not_there_is_404(room: str, entry_id: str) -> None:
    assert httpx.get(f"{room}/messages/{entry_id}").status_code == 404


def test_a_long_poll_answers_as_soon_as_there_is_an_entry(room: str) -> None:
    cursor = post(room, "first").json()["id"]
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(httpx.get, f"{room}/messages?after={cursor}&wait=20", timeout=60)
        posted = entry_of(post(room, "second"))
        page = poll.result(60).json()
    assert page["events"] == [posted]
    assert page["cursor"] == posted["id"]
    assert page == httpx.get(f"{room}/messages?after={cursor}").json()


@pytest.mark.parametrize("wait", ["0", "-5", "1"])
def test_a_long_poll_without_an_entry_ends_with_none(room: str, wait: str) -> None:
    answer = httpx.get(f"{room}/messages?after=0&wait={wait}", timeout=20)
    assert answer.status_code == 200
    assert answer.json()["events"] == []


@pytest.mark.parametrize(
    ("value", "wait_s"),
    [
        (None, None), ("0", 0), ("-0", 0), ("-7", 0), ("7", 7), ("007", 7), ("25", 25), ("26", 25),
        pytest.param("9" * 20_000, 25, id="long"), pytest.param("-" + "9" * 20_000, 0, id="minus"),
    ],
)  # fmt: skip
def test_the_wait_is_clamped_whatever_its_size(value: str | None, wait_s: int | None) -> None:
    assert parse_wait(value) == wait_s


def test_a_long_poll_beyond_the_newest_is_told_of_a_reset(room: str) -> None:
    posted = entry_of(post(room, "a"))
    page = httpx.get(f"{room}/messages?after=99999999999999-0&wait=20", timeout=60).json()
    assert page["gap"] == {"after": "99999999999999-0", "oldest": posted["id"], "reason": "reset"}
    assert page["events"] == [posted]


def test_the_tutorials_two_calls(server: ServerProcess) -> None:
    by_form = httpx.post(f"{server.url}/send_message", data={"message": "by form"})
    by_json = httpx.post(f"{server.url}/send_message", json={"message": "by json"})
    assert (by_form.status_code, by_json.status_code) == (201, 201)
    assert by_form.json()["room"] == "lobby"
    newest = httpx.get(f"{server.url}/get_messages").json()
    assert newest[-2:] == [entry_of(by_form), entry_of(by_json)]
    assert httpx.post(f"{server.url}/send_message", data={"text": "a"}).status_code == 400


def test_the_tutorials_message_may_go_to_another_room(server: ServerProcess, room: str) -> None:
    name = room.rpartition("/")[2]
    for fields in (
        {"data": {"message": "a", "room": name}},
        {"json": {"message": "a", "room": name}},
        {"files": {"message": (None, "a"), "room": (None, name)}},
    ):
        assert httpx.post(f"{server.url}/send_message", **fields).json()["room"] == name
    call = f"{server.url}/send_message"
    assert httpx.post(f"{call}?room={name}", json={"message": "a"}).json()["room"] == name
    refused = httpx.post(call, json={"message": "a", "room": "No Room"})
    assert refused.status_code == 404
    assert httpx.post(call, json={"message": "a", "room": 5}).status_code == 400
    assert httpx.post(f"{call}?room={name}", json={"message": "a", "room": "b"}).status_code == 400


def test_a_form_that_is_refused_gives_its_text_back(launch: Launch) -> None:
    """Without JavaScript: what was typed would be gone with the page that refuses it."""
    server = launch("--limits", "nameless=1/1", "--anonymous", "off")
    html = {"Accept": "text/html"}
    typed = "<b>half</b> an hour of\nwork"

    def refused(text: str, auth: tuple[str, str] | None) -> str:
        answer = httpx.post(server.room, data={"text": text}, headers=html, auth=auth)
        assert answer.status_code in (401, 413, 429), answer.text
        [kept] = re.findall(r"<textarea name=\"text\"[^>]*>\n(.*?)</textarea>", answer.text, re.S)
        assert ">Send again<" in answer.text
        return unescape(kept)

    assert refused(typed, None) == typed
    assert refused(typed * 300, ("ann", "")) == typed * 300
    assert httpx.post(server.room, data={"text": "taken"}, auth=("ann", "")).status_code == 201
    assert refused(typed, ("ann", "")) == typed
    nothing = httpx.post(server.room, data={"text": " "}, headers=html, auth=("ann", ""))
    assert (nothing.status_code, "<textarea" in nothing.text) == (400, True)
    elsewhere = httpx.post(f"{server.url}/nowhere", data={"text": typed}, headers=html)
    assert (elsewhere.status_code, "<textarea" in elsewhere.text) == (404, False)
