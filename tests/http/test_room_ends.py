"""Rooms that are closed, opened again, and deleted: by page, by JSON, from the command line."""

import json
import time
from collections.abc import Iterator

import httpx
import pytest
import redis

from sse_chat.people import room_deletion
from sse_chat.store.embedded import running_url
from sse_chat.store.keys import Keys, partition_of
from tests.http.administration import HTML, OWNER, Command, command
from tests.http.test_moderation import PASSWORD
from tests.support.feeds import open_lines
from tests.support.servers import Launcher, ServerProcess
from tests.support.waiting import wait_until

__all__ = ["command"]


@pytest.fixture(scope="module")
def owned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """An open server, which has an owner."""
    launcher = Launcher(tmp_path_factory.mktemp("owned"))
    server = launcher("--limits", "off")
    payload = {"name": "boss", "password": PASSWORD, "invitation": server.owner_code()}
    assert httpx.post(f"{server.url}/account", json=payload).status_code == 201
    yield server
    launcher.stop()


@pytest.fixture
def boss(owned: ServerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=owned.url, auth=OWNER, timeout=60) as client:
        yield client


@pytest.fixture
def ann(owned: ServerProcess) -> Iterator[httpx.Client]:
    """Has an account, and owns what she opens."""
    with httpx.Client(base_url=owned.url, timeout=60) as client:
        payload = {"name": f"ann {time.monotonic_ns()}", "password": PASSWORD}
        assert client.post("/account", json=payload).status_code == 201
        yield client


def test_a_closed_room_is_read_by_its_owner_alone_until_it_is_open_again(
    owned: ServerProcess, boss: httpx.Client, ann: httpx.Client
) -> None:
    assert ann.post("/chat/plans", content="kept").status_code == 201
    with open_lines(f"{owned.url}/chat/plans/feed?format=ndjson") as feed:
        assert any('"hello"' in line for line in feed)
        payload = {"act": "close", "room": "plans", "reason": "we moved"}
        assert boss.post("/admin/rooms", json=payload).status_code == 200
        assert json.loads(list(feed)[-1])["detail"] == "plans was closed by boss: we moved"
    for refused in (
        httpx.get(f"{owned.url}/chat/plans/messages"),
        httpx.post(f"{owned.url}/chat/plans", content="a"),
        httpx.get(f"{owned.url}/chat/plans"),
    ):
        assert refused.status_code == 410
        assert "plans is closed by boss: we moved; only its owner" in refused.text
    assert "<h1>No longer open</h1>" in httpx.get(f"{owned.url}/chat/plans", headers=HTML).text
    # Who saves the rules of a closed room does not close it.
    assert ann.post("/chat/plans/rules", json={"closed": 1, "slow_s": 0}).status_code == 200
    assert "by boss: we moved" in httpx.get(f"{owned.url}/chat/plans/messages").text
    for wrong in ({"closed": 0, "reason": "a"}, {"closed": 1, "reason": "a" * 201}):
        assert ann.post("/chat/plans/rules", json=wrong).status_code == 400
    assert "plans" not in httpx.get(f"{owned.url}/rooms").text
    assert ann.get("/chat/plans/messages").json()["events"][0]["text"] == "kept"
    assert ann.post("/chat/plans", content="a").status_code == 403
    assert "closed" in ann.get("/chat/plans/rules", headers=HTML).text
    assert "closed" in boss.get("/admin/rooms", headers=HTML).text
    assert ann.post("/chat/plans/rules", json={"closed": 0}).json()["closed"] is False
    assert httpx.post(f"{owned.url}/chat/plans", content="a").status_code == 201


def test_a_deleted_room_leaves_nothing_and_its_feeds_say_so(
    owned: ServerProcess, boss: httpx.Client, ann: httpx.Client
) -> None:
    sent = ann.post("/chat/gone", content="secret", headers={"Update-Key": "k"})
    where = sent.headers["location"]
    ann.post("/chat/gone", content="secret again", headers={"Update-Key": "k"})
    ann.post(f"{where}/reactions", json={"emoji": "\U0001f44d"})
    ann.post("/chat/gone/pins", json={"target": sent.json()["id"]})
    link = ann.post("/chat/gone/link", json={}).json()["url"]
    hook = ann.post("/chat/gone/hooks", json={"name": "ci"}).json()["url"]
    wrong = boss.post("/admin/rooms", json={"act": "delete", "room": "gone"})
    assert (wrong.status_code, "confirm=gone" in wrong.json()["detail"]) == (400, True)
    with (
        open_lines(f"{owned.url}/chat/gone", headers={"User-Agent": "curl/8"}) as text,
        open_lines(f"{owned.url}/feed?rooms=gone,lobby&format=ndjson") as many,
    ):
        assert any("secret" in line for line in text)
        assert any('"hello"' in line for line in many)
        payload = {"act": "delete", "room": "gone", "confirm": "gone", "reason": "over"}
        deleted = boss.post("/admin/rooms", json=payload).json()
        assert deleted["deleted"] >= 2
        assert list(text)[-1] == "* bye: gone was deleted by boss: over"
        assert any('"left"' in line and "was deleted by boss: over" in line for line in many)
    for call in ("/chat/gone/messages", "/chat/gone/search?q=secret", where):
        refused = ann.get(call)
        assert (refused.status_code, refused.json()["error"]) == (410, "room_closed")
    refused = ann.post("/chat/gone", content="a")
    assert (refused.status_code, "another 25 hours" in refused.json()["detail"]) == (410, True)
    assert boss.post("/rooms", json={"room": "gone"}).status_code == 410
    assert httpx.post(link).status_code == 404
    assert httpx.post(hook, content="a").status_code == 404
    assert "gone" not in ann.get("/rooms").text
    assert "delete room: over" in [
        each["did"] for each in boss.get("/audit?contains=gone").json()["audit"]
    ]
    assert not _keys_of(owned, "gone")


def _keys_of(server: ServerProcess, room: str) -> list[str]:
    """What the store has of it but for the mark of its deletion and what ends by itself."""
    with redis.Redis.from_url(_store_of(server), decode_responses=True) as store:
        keys = [key for key in store.scan_iter() if f":{room}" in key]
        left = [key for key in keys if store.ttl(key) == -1]
        live = store.xrange(Keys().changes(partition_of(room)))
        of_room = [fields for _, fields in live if fields.get("room") == room]
        # That its last reader left may be told after it went.
        in_live = [str(each) for each in of_room if '"people": []' not in each.get("data", "")]
    return [key for key in left if not key.endswith(f"rules:{room}")] + in_live


def _store_of(server: ServerProcess) -> str:
    return running_url(server.data / "store") or ""


def test_the_owner_of_a_room_deletes_it_by_its_rules_page(ann: httpx.Client) -> None:
    assert ann.post("/rooms", json={"room": "anns", "visibility": "invited"}).status_code == 201
    assert "Delete this room" in ann.get("/chat/anns/rules", headers=HTML).text
    path = "/chat/anns/delete"
    assert ann.post(path, json={"confirm": "other"}).status_code == 400
    done = ann.post(path, data={"confirm": "anns"}, headers=HTML)
    assert done.status_code == 303
    # That there was a room which not everybody saw stays a secret.
    assert ann.get("/chat/anns/messages").status_code == 404


def test_nobody_else_deletes_it_and_the_default_room_stays(
    owned: ServerProcess, boss: httpx.Client, ann: httpx.Client
) -> None:
    assert ann.post("/chat/hers", content="a").status_code == 201
    with httpx.Client(base_url=owned.url) as other:
        assert other.post("/chat/hers/delete", json={"confirm": "hers"}).status_code == 401
        assert other.post("/admin/rooms", json={"act": "close", "room": "hers"}).status_code == 401
    with httpx.Client(base_url=owned.url) as helper:
        name = f"helper {time.monotonic_ns()}"
        assert helper.post("/account", json={"name": name, "password": PASSWORD}).status_code == 201
        for role in ("member", "moderator"):
            ann.post("/chat/hers/members", json={"who": name, "role": role}).raise_for_status()
            assert helper.post("/chat/hers/delete", json={"confirm": "hers"}).status_code == 403
    assert ann.get("/chat/hers/messages").status_code == 200
    payload = {"act": "delete", "room": "lobby", "confirm": "lobby"}
    refused = boss.post("/admin/rooms", json=payload)
    assert (refused.status_code, "default room" in refused.json()["detail"]) == (403, True)
    missing = {"act": "delete", "room": "never-was", "confirm": "never-was"}
    assert boss.post("/admin/rooms", json=missing).status_code == 400


def test_the_command_line_closes_and_deletes(
    owned: ServerProcess,
    ann: httpx.Client,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room_deletion, "_LET_IN_S", 0)
    assert ann.post("/chat/old", content="a").status_code == 201
    assert "closed" in command(owned, "room", "close", "old")
    wait_until(lambda: httpx.get(f"{owned.url}/chat/old/messages").status_code == 410)
    assert "open again" in command(owned, "room", "open", "old")
    assert "--yes" in command(owned, "room", "delete", "old", code=2)
    assert "1 entries" in command(owned, "room", "delete", "old", "--yes")
    wait_until(lambda: ann.get("/chat/old/messages").status_code == 410)
    assert "no room never-was" in command(owned, "room", "delete", "never-was", "--yes", code=2)


def test_the_name_is_free_again_once_the_time_is_over(
    owned: ServerProcess, boss: httpx.Client, ann: httpx.Client
) -> None:
    assert ann.post("/chat/again", content="before").status_code == 201
    payload = {"act": "delete", "room": "again", "confirm": "again"}
    assert boss.post("/admin/rooms", json=payload).status_code == 200
    with redis.Redis.from_url(_store_of(owned)) as store:
        store.hset(Keys().people("rules", "again"), "deleted", "1")
        store.incr(Keys().people("version"))
    wait_until(lambda: ann.post("/chat/again", content="after").status_code == 201)
    texts = [each["text"] for each in ann.get("/chat/again/messages").json()["events"]]
    assert texts == ["after"]


def test_what_is_not_there_is_not_closed(
    owned: ServerProcess, boss: httpx.Client, command: Command
) -> None:
    for act in ("close", "open"):
        answer = boss.post("/admin/rooms", json={"act": act, "room": "never-was"})
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
        assert "no room never-was" in command(owned, "room", act, "never-was", code=2)
    assert not [each for each in boss.get("/audit").json()["audit"] if each["to"] == "never-was"]
    assert boss.post("/admin/rooms", json={"act": "open", "room": "lobby"}).status_code == 200


def test_nobody_gives_a_deleted_room_rules(
    owned: ServerProcess, boss: httpx.Client, ann: httpx.Client, command: Command
) -> None:
    assert ann.post("/chat/over", content="a").status_code == 201
    payload = {"act": "delete", "room": "over", "confirm": "over"}
    assert boss.post("/admin/rooms", json=payload).status_code == 200
    assert "was deleted" in command(owned, "room", "set", "over", "--visibility", "invited", code=2)
    assert "was deleted" in command(owned, "room", "owner", "over", "boss", code=2)
    with redis.Redis.from_url(_store_of(owned)) as store:
        assert set(store.hgetall(Keys().people("rules", "over"))) == {
            b"deleted",
            b"was",
            b"end_note",
        }
