"""Editing and deleting: live, in history, and in what is replayed."""

import re
import socket
from base64 import b64encode
from threading import Thread
from typing import Any

import httpx
import pytest

from tests.support.feeds import next_of, open_ndjson
from tests.support.posts import entries_in, texts_in
from tests.support.servers import Launch, ServerProcess
from tests.support.waiting import WHOLE_UPLOAD_S

ANN, BOB = ("ann", ""), ("bob", "")


def post(room: str, text: str, auth: tuple[str, str] = ANN) -> dict[str, Any]:
    entry: dict[str, Any] = httpx.post(room, content=text, auth=auth).json()
    return entry


def change(room: str, entry: dict[str, Any], how: str, auth: Any = ANN, **body: Any) -> Any:
    headers = {"Edit-Key": entry["edit_key"]} if "edit_key" in entry else {}
    return httpx.post(f"{room}/messages/{entry['id']}/{how}", auth=auth, headers=headers, **body)


def seen(entry: dict[str, Any]) -> dict[str, Any]:
    """As all readers see it."""
    return {name: value for name, value in entry.items() if name != "edit_key"}


def test_an_edit_is_an_entry_and_history_tells_the_newest_text(room: str) -> None:
    first = post(room, "first")
    other = post(room, "other")
    answer = change(room, first, "edit", json={"text": "second"})
    assert answer.status_code == 201
    edit = answer.json()
    assert (edit["kind"], edit["target"], edit["text"]) == ("edit", first["id"], "second")
    assert change(room, first, "edit", content="third").status_code == 201
    told = {event["id"]: event for event in entries_in(room)}
    assert (told[first["id"]]["text"], told[first["id"]]["edited"]) == ("third", True)
    assert "edited" not in told[other["id"]]
    assert httpx.get(f"{room}/messages/{first['id']}").json()["text"] == "third"


def test_an_edit_reaches_those_who_read(room: str) -> None:
    entry = post(room, "before")
    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        edit = change(room, entry, "edit", content="after").json()
        assert next_of(events, "edit") == edit


def test_a_deleted_text_is_nowhere_any_more(room: str) -> None:
    before = post(room, "kept 1")
    entry = post(room, "the secret")
    change(room, entry, "edit", content="the other secret")
    after = post(room, "kept 2")
    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        answer = change(room, entry, "delete")
        assert answer.status_code == 201
        delete = answer.json()
        assert (delete["kind"], delete["target"], delete["text"]) == ("delete", entry["id"], "")
        assert next_of(events, "delete") == delete
    assert httpx.get(f"{room}/messages/{entry['id']}").status_code == 404
    assert [event["id"] for event in entries_in(room)] == [before["id"], after["id"], delete["id"]]
    for query in ("after=0", f"after={before['id']}", "last=50"):
        for fmt in ("sse", "ndjson", "text"):
            body = httpx.get(f"{room}/feed?format={fmt}&follow=0&{query}").text
            assert "secret" not in body
            assert "gap" not in body


def test_a_deletion_is_no_gap_even_of_the_oldest(room: str) -> None:
    oldest = post(room, "oldest")
    post(room, "next")
    change(room, oldest, "delete")
    page = httpx.get(f"{room}/messages?after={oldest['id']}").json()
    assert page["gap"] is None
    assert [event["text"] for event in page["events"]] == ["next", ""]


@pytest.mark.parametrize("how", ["edit", "delete"])
def test_only_ones_own_message_may_be_changed(room: str, how: str) -> None:
    entry = seen(post(room, "mine"))
    assert change(room, entry, how, auth=BOB, content="x").status_code == 403
    assert change(room, entry, how, auth=None, content="x").status_code == 403
    assert [event["text"] for event in entries_in(room)] == ["mine"]


@pytest.mark.parametrize("how", ["edit", "delete"])
def test_what_is_not_there_cannot_be_changed(room: str, how: str) -> None:
    entry = post(room, "a")
    edit = change(room, entry, "edit", content="b").json()
    for missing in ({"id": "1-0"}, {"id": "x"}, edit):
        assert change(room, missing, how, content="x").status_code == 404


def test_a_bad_edit_changes_nothing(room: str) -> None:
    entry = post(room, "a")
    for content, status in ((b"", 400), (b"\xff", 400), (b"x" * 5000, 413)):
        assert change(room, entry, "edit", content=content).status_code == status
    assert entries_in(room) == [seen(entry)]


def test_another_worker_forgets_too(launch: Launch) -> None:
    room = launch("--workers", "2", "--limits", "off").room
    entry = post(room, "the secret")
    urls = [f"{room}/feed?format=ndjson&after=0&follow=0"] * 12
    assert all("secret" in httpx.get(url).text for url in urls)
    change(room, entry, "delete")
    assert not any("secret" in httpx.get(url).text for url in urls)


class TestProofs:
    """A name without a password is shared: what was posted under it is changed by proof."""

    @pytest.mark.parametrize("auth", [ANN, None], ids=["by-name", "nameless"])
    @pytest.mark.parametrize("how", ["edit", "delete"])
    def test_a_shared_name_changes_nothing(self, room: str, how: str, auth: Any) -> None:
        entry = httpx.post(room, content="mine", auth=auth).json()
        for headers in ({}, {"Idempotency-Key": ""}, {"Edit-Key": "0" * 32}, {"Edit-Key": "é"}):
            url = f"{room}/messages/{entry['id']}/{how}"
            raw = {name: value.encode("latin-1") for name, value in headers.items()}
            refused = httpx.post(url, content="x", auth=auth, headers=raw)
            assert (refused.status_code, refused.json()["error"]) == (403, "unproven")
            assert "Edit-Key" in refused.json()["detail"]
        assert entries_in(room) == [seen(entry)]
        # From anywhere, under any name: the key is the proof.
        changed = change(room, entry, how, auth=BOB, content="x").json()
        assert changed["author_id"] == entry["author_id"]

    @pytest.mark.parametrize("how", ["edit", "delete"])
    def test_the_key_of_one_message_is_no_other_ones(self, room: str, how: str) -> None:
        mine, other = post(room, "mine"), post(room, "other")
        swapped = {**other, "edit_key": mine["edit_key"]}
        assert change(room, swapped, how, content="x").status_code == 403

    @pytest.mark.parametrize("how", ["edit", "delete"])
    def test_the_idempotency_key_is_a_proof_to_its_author(self, room: str, how: str) -> None:
        headers = {"Idempotency-Key": "mine"}
        entry = httpx.post(room, content="a", auth=ANN, headers=headers).json()
        url = f"{room}/messages/{entry['id']}/{how}"
        assert httpx.post(url, content="x", auth=BOB, headers=headers).status_code == 403
        assert httpx.post(url, content="x", auth=ANN, headers=headers).status_code == 201

    def test_a_key_that_readers_saw_is_no_proof_from_elsewhere(self, launch: Launch) -> None:
        room = launch("--trusted-proxies", "127.0.0.1", "--limits", "off").room

        def send(url: str, content: str, number: int, **more: str) -> httpx.Response:
            headers = {"X-Forwarded-For": f"192.0.2.{number}", **more}
            return httpx.post(url, content=content, auth=ANN, headers=headers)

        key = {"Idempotency-Key": "mine"}
        entry = send(room, "a", 1, **key).json()
        two = '{"text": "b", "key": "mine too"}\n{"text": "c", "key": "and mine"}'
        line, last = httpx.post(
            f"{room}/batch", content=two, auth=ANN, headers={"X-Forwarded-For": "192.0.2.1"}
        ).json()["results"]
        for entry_id, headers in (
            (entry["id"], key),
            (line["id"], {"Idempotency-Key": "mine too"}),
            (last["id"], {"Idempotency-Key": "and mine"}),
        ):
            url = f"{room}/messages/{entry_id}/edit"
            # The same name, and so the same author: anyone may say it, from anywhere.
            refused = send(url, "x", 2, **headers)
            assert (refused.status_code, refused.json()["error"]) == (403, "unproven")
            # A repeat from elsewhere is answered, and proves nothing.
            if entry_id == entry["id"]:
                assert send(room, "a", 2, **key).headers["idempotency-replayed"] == "true"
                assert send(url, "x", 2, **headers).status_code == 403
            assert send(url, "x", 1, **headers).status_code == 201
        assert send(f"{room}/messages/{entry['id']}/edit", "y", 2).status_code == 403
        by_edit_key = {"Edit-Key": entry["edit_key"]}
        assert send(f"{room}/messages/{entry['id']}/edit", "y", 2, **by_edit_key).is_success

    def test_only_the_first_answer_has_the_key(self, room: str) -> None:
        headers = {"Idempotency-Key": "k"}
        first, again = (httpx.post(room, content="a", headers=headers) for _ in range(2))
        assert len(first.json()["edit_key"]) == 32
        assert "edit_key" not in again.text + httpx.get(f"{room}/messages").text
        with httpx.Client() as guest:
            guest.post(f"{room.partition('/chat/')[0]}/session", json={"name": "gus"})
            assert "edit_key" not in guest.post(room, content="a").text

    def test_a_guest_of_the_page_needs_no_key(self, room: str) -> None:
        with httpx.Client() as guest:
            guest.post(f"{room.partition('/chat/')[0]}/session", json={"name": "gus"})
            url = f"{room}/messages/{guest.post(room, content='a').json()['id']}"
            assert guest.post(f"{url}/edit", content="b").status_code == 201
            assert guest.post(f"{url}/delete").status_code == 201


def _post_at_once(room: str, count: int) -> list[int]:
    """By one connection, the next before the answer to the last. The status of each."""
    url = httpx.URL(room)
    credentials = b64encode(":".join(ANN).encode()).decode()
    post = (
        f"POST {url.path} HTTP/1.1\r\nHost: {url.netloc.decode()}\r\n"
        f"Authorization: Basic {credentials}\r\nContent-Length: 1\r\n\r\na"
    ).encode()
    raw = b""
    with socket.create_connection((url.host, url.port or 80), timeout=60) as connection:
        sending = Thread(target=connection.sendall, args=(post * count,))
        sending.start()
        while len(found := re.findall(rb"HTTP/1\.1 (\d{3}) ", raw)) < count:
            raw += connection.recv(1 << 20)
        sending.join()
    return [int(each) for each in found]


class TestLimits:
    def test_a_person_is_slowed_after_the_burst(self, launch: Launch) -> None:
        room = launch("--limits", "person=20/60").room
        statuses = _post_at_once(room, 400)
        assert 20 <= statuses.count(201) < 400
        assert set(statuses) == {201, 429}
        with httpx.Client(auth=ANN) as client:
            refused = client.post(room, content="a")
            while refused.status_code != 429:
                _post_at_once(room, 100)
                refused = client.post(room, content="a")
        assert refused.json()["error"] == "too_many"
        assert 1 <= int(refused.headers["retry-after"]) <= 2
        assert httpx.post(room, content="a", auth=BOB).status_code == 201

    def test_a_refused_post_is_neither_kept_nor_remembered(self, launch: Launch) -> None:
        room = launch("--limits", "person=20/60").room
        headers = {"Idempotency-Key": "k"}
        with httpx.Client(auth=ANN) as client:
            assert 429 in _post_at_once(room, 400)
            refused = client.post(room, content="late", headers=headers)
            while refused.status_code == 429:
                refused = client.post(room, content="late", headers=headers)
            assert refused.status_code == 201
        assert texts_in(room).count("late") == 1

    def test_a_pipe_is_slowed_and_loses_nothing(self, launch: Launch) -> None:
        room = launch().room
        lines = [f"line {number}" for number in range(230)]
        answer = httpx.put(room, content="\n".join(lines), auth=ANN, timeout=WHOLE_UPLOAD_S)
        assert answer.json()["count"] == 230
        assert texts_in(room) == lines

    def test_limits_can_be_switched_off(self, server: ServerProcess, room: str) -> None:
        with httpx.Client(auth=ANN) as client:
            assert {client.post(room, content="a").status_code for _ in range(300)} == {201}
