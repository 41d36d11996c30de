"""Update-Key: one message that its author gives another text, as often as it likes."""

import asyncio
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from sse_chat.events import Author, Draft
from sse_chat.store import updates
from sse_chat.store.appending import Appending
from sse_chat.store.keys import Keys
from sse_chat.store.links import Links
from sse_chat.store.records import is_intact, pair
from sse_chat.store.updates import UpdateStore
from tests.support.feeds import next_of, open_ndjson
from tests.support.posts import entries_in
from tests.support.servers import Launch, curl
from tests.support.stores import run_store

ANN, BOB = ("ann", ""), ("bob", "")


def update(room: str, text: str, key: str = "build", auth: Any = ANN) -> httpx.Response:
    return httpx.post(room, content=text, headers={"Update-Key": key}, auth=auth)


def wait_edits(room: str, text: str) -> list[dict[str, Any]]:
    """Until the message has this text; the edits that led to it."""
    deadline_s = time.monotonic() + 60
    while (found := entries_in(room))[0]["text"] != text:
        assert time.monotonic() < deadline_s, found
        httpx.get(f"{room}/messages?after={found[-1]['id']}&wait=1")
    return [each for each in found if each["kind"] == "edit"]


def test_a_message_is_given_another_text(room: str) -> None:
    first = update(room, "10 %")
    assert first.status_code == 201
    again = update(room, "20 %")
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert (again.json()["text"], again.json()["edited"]) == ("20 %", True)
    assert again.headers["location"].endswith(f"/messages/{first.json()['id']}")
    assert len(wait_edits(room, "20 %")) == 1


def test_quick_changes_are_merged_and_the_last_text_wins(room: str) -> None:
    began_s = time.monotonic()
    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        for percent in range(60):
            assert update(room, f"{percent} %").status_code in (200, 201)
        told = next_of(events, "message")
        while (edit := next_of(events, "edit"))["text"] != "59 %":
            assert edit["target"] == told["id"]
    edits = wait_edits(room, "59 %")
    # At most one a second.
    assert len(edits) <= time.monotonic() - began_s + 1
    at_ms = [int(each["id"].split("-")[0]) for each in edits]
    # The store names the time: a write that was slow to reach it is nearer to the next.
    assert all(after - before >= 800 for before, after in pairwise(at_ms))


def test_the_same_text_changes_nothing(room: str) -> None:
    update(room, "done")
    assert update(room, "done").status_code == 200
    assert [each["kind"] for each in entries_in(room)] == ["message"]


def test_a_key_is_of_one_author_and_one_room(room: str) -> None:
    mine = update(room, "mine").json()
    theirs = update(room, "theirs", auth=BOB)
    assert theirs.status_code == 201
    assert update(f"{room}-2", "mine too").status_code == 201
    assert [each["text"] for each in entries_in(room)] == ["mine", "theirs"]
    assert "build" not in str(mine)


def test_who_takes_a_name_and_guesses_a_key_changes_nothing(launch: Launch) -> None:
    server = launch("--limits", "off", "--trusted-proxies", "127.0.0.1")
    account = {"name": "boss", "password": "correct horse battery"}
    assert httpx.post(f"{server.url}/account", json=account).status_code == 201

    def update_from(address: str, text: str, auth: tuple[str, str]) -> int:
        headers = {"X-Forwarded-For": address, "Update-Key": "build-7"}
        return httpx.post(server.room, content=text, headers=headers, auth=auth).status_code

    assert update_from("203.0.113.1", "mine", ANN) == 201
    assert update_from("203.0.113.2", "forged", ANN) == 201
    assert update_from("203.0.113.1", "mine", ANN) == 200
    # Who proves who they are may move.
    boss = (account["name"], account["password"])
    assert [update_from(f"203.0.113.{number}", "b", boss) for number in (3, 4)] == [201, 200]
    assert [each["text"] for each in entries_in(server.room)] == ["mine", "forged", "b"]


def test_a_deleted_message_is_made_anew(room: str) -> None:
    first = update(room, "one").json()
    update(room, "two")
    key = {"Edit-Key": first["edit_key"]}
    gone = httpx.post(f"{room}/messages/{first['id']}/delete", auth=ANN, headers=key)
    assert gone.status_code == 201, gone.text
    assert update(room, "three").status_code == 201
    assert [each["text"] for each in entries_in(room) if each["kind"] == "message"] == ["three"]


@pytest.mark.parametrize("key", ["", "x" * 256, "ü"])
def test_a_wrong_key_stores_nothing(room: str, key: str) -> None:
    refused = httpx.post(room, json={"text": "a", "update_key": key})
    assert (refused.status_code, refused.json()["error"]) == (400, "bad_key")
    assert entries_in(room) == []


def test_curl_updates_by_header_and_by_field(room: str) -> None:
    curl("-H", "Update-Key: k", "-d", "one", room)
    curl("-d", "update_key=k", "-d", "text=two", room)
    assert len(wait_edits(room, "two")) == 1


def test_what_was_pending_survives_a_restart(launch: Launch) -> None:
    server = launch("--limits", "off")
    update(server.room, "one")
    update(server.room, "two")
    server.process.kill()
    server.process.wait()
    again = launch("--limits", "off", data=server.data)
    assert wait_edits(again.room, "two")


def test_it_is_charged_like_posts(launch: Launch) -> None:
    server = launch("--limits", "person=2/0.01")
    with httpx.Client(base_url=server.url) as client:
        assert client.post("/session", json={"name": "ann"}).status_code == 200
        # What is sent again costs nothing.
        headers = {"Update-Key": "build", "Idempotency-Key": "once"}
        sent = [client.post("/chat/lobby", content="a", headers=headers) for _ in range(4)]
        assert [answer.status_code for answer in sent] == [201, 200, 200, 200]
        lines = '{"text": "a"}\n' * 1000
        headers = {"Content-Type": "application/x-ndjson"}
        batch = client.post("/chat/lobby/batch", content=lines, headers=headers, timeout=60)
        assert batch.json()["count"] == 1000
        update = client.post("/chat/lobby", content="late", headers={"Update-Key": "k"})
        assert update.status_code == 429


def test_every_edit_carries_a_sum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the text that became an edit at once, and of the one that waited for its second."""

    async def work(url: str) -> None:
        keys, pipeline = Keys(), Links(url).pipeline()
        store = UpdateStore(pipeline, keys, Appending(keys, retention=100, retention_age_s=0))

        async def edits() -> list[dict[str, str]]:
            rows = await pipeline.call("XRANGE", keys.room("lobby"), "-", "+")
            found = [pair(flat) for _, flat in rows]
            return [each for each in found if each.get("kind") == "edit"]

        async def update(text: str) -> None:
            await store.update(Draft("lobby", Author("änn", "g_1"), text), "k")

        tasks = [asyncio.create_task(each) for each in (pipeline.serve(), store.run())]
        try:
            await update("one")
            monkeypatch.setattr(updates, "_EVERY_MS", 0)
            await update("two")
            monkeypatch.setattr(updates, "_EVERY_MS", 1000)
            await update("three, **bold**")
            async with asyncio.timeout(60):
                while len(found := await edits()) < 2:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            assert [each["text"] for each in found] == ["two", "three, **bold**"]
            for fields in found:
                assert "sum" in fields
                assert is_intact("lobby", fields)
                assert not is_intact("lobby", {**fields, "target": "1-1"})
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    with run_store(tmp_path) as running:
        asyncio.run(work(running.url))


def test_a_text_that_is_sent_again_late_undoes_no_newer_one(room: str) -> None:
    def send(text: str, once: str, key: str = "build") -> httpx.Response:
        headers = {"Update-Key": key, "Idempotency-Key": once}
        return httpx.post(room, content=text, headers=headers, auth=ANN)

    first = send("10 %", "k1")
    assert first.status_code == 201
    assert send("20 %", "k2").status_code == 200
    for text, once in (("10 %", "k1"), ("20 %", "k2")):
        again = send(text, once)
        assert again.status_code == 200
        assert again.headers["idempotency-replayed"] == "true"
        assert again.json()["id"] == first.json()["id"]
    assert send("30 %", "k2").status_code == 422
    assert len(wait_edits(room, "20 %")) == 1
    # It holds for the author and the room, whatever the update key is.
    assert send("10 %", "k1", "other").json()["id"] == first.json()["id"]
    plain = httpx.post(room, content="10 %", headers={"Idempotency-Key": "k1"}, auth=ANN)
    assert (plain.status_code, plain.json()["id"]) == (200, first.json()["id"])
