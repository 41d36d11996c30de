"""An account and all that it wrote go: by its own page, by an owner, from the command line."""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
import redis

from sse_chat.room_names import direct_room
from sse_chat.store.embedded import running_url
from sse_chat.store.keys import Keys
from tests.http.administration import HTML, OWNER, Command, command
from tests.http.test_moderation import PASSWORD
from tests.http.test_room_ends import owned
from tests.support.feeds import next_of, open_ndjson
from tests.support.servers import ServerProcess
from tests.support.waiting import wait_until

__all__ = ["command", "owned"]

_NAME = "erasable-7f3a"
_WORD = "unforgettable-91c2"


@pytest.fixture
def clients(owned: ServerProcess) -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def sign_up(owned: ServerProcess, clients: ExitStack, name: str) -> httpx.Client:
    client = clients.enter_context(httpx.Client(base_url=owned.url, timeout=60))
    made = client.post("/account", json={"name": name, "password": PASSWORD})
    assert made.status_code == 201, made.text
    return client


def write_everywhere(who: httpx.Client, other: httpx.Client, other_name: str) -> None:
    """What there is to erase: every kind of entry, in rooms and in a conversation."""
    said = who.post("/chat/lobby", content=f"{_WORD} @{other_name}")
    who.post(f"{said.headers['location']}/edit", json={"text": f"{_WORD} again"})
    theirs = other.post("/chat/lobby", content="stays").headers["location"]
    who.post(f"{theirs}/reactions", json={"emoji": "\N{THUMBS UP SIGN}"})
    who.post("/chat/erasables", content=_WORD)
    who.post("/chat/erasables/topic", json={"text": "a topic"})
    who.post("/chat/erasables/pins", json={"target": _newest(who, "erasables")})
    who.post("/chat/erasables/read", json={"id": _newest(who, "erasables")})
    asked = other.post("/chat/lobby/ask", data={"text": "?", "choices": "yes,no"})
    who.post(f"{asked.headers['location']}/answer", json={"choice": "yes"})
    who.post(f"/dm/{other_name}", content=_WORD)
    assert other.post(f"/dm/{_NAME}", content="stays too").status_code == 201
    who.post("/account/tokens", json={"label": _NAME})


def _newest(client: httpx.Client, room: str) -> str:
    events = client.get(f"/chat/{room}/messages").json()["events"]
    return str([each["id"] for each in events if each["kind"] == "message"][-1])


def store_of(server: ServerProcess) -> "redis.Redis[str]":
    return redis.Redis.from_url(running_url(server.data / "store") or "", decode_responses=True)


def find_in_store(server: ServerProcess, words: tuple[str, ...], but: str = "-") -> list[str]:
    """Keys in which one of the words is, but for the audit logs; the name `but` does not count."""
    read = {
        "string": lambda store, key: store.get(key),
        "hash": lambda store, key: store.hgetall(key),
        "list": lambda store, key: store.lrange(key, 0, -1),
        "set": lambda store, key: store.smembers(key),
        "zset": lambda store, key: store.zrange(key, 0, -1),
        "stream": lambda store, key: store.xrange(key),
    }
    with store_of(server) as store:
        found = []
        for key in store.scan_iter():
            held = f"{key} {read[store.type(key)](store, key)}".replace(but, "")
            if ":audit" not in key and any(word in held for word in words):
                found.append(f"{key} {held[:2000]}")
        return found


def told_present(server: ServerProcess, author_id: str) -> bool:
    with store_of(server) as store:
        told = [row for key in store.scan_iter("*:live") for _, row in store.xrange(key)]
    return any(row.get("note") == "presence" and author_id in row["data"] for row in told)


def test_nothing_of_an_erased_account_is_left(owned: ServerProcess, clients: ExitStack) -> None:
    ann, who = sign_up(owned, clients, "ann-stays"), sign_up(owned, clients, _NAME)
    own_id, ann_id = (each.get("/session").json()["author_id"] for each in (who, ann))
    write_everywhere(who, ann, "ann-stays")
    assert find_in_store(owned, (_NAME, _WORD, own_id))
    wait_until(lambda: told_present(owned, own_id))
    refused = who.post("/account/erase", json={})
    assert (refused.status_code, refused.json()["error"]) == (403, "password_needed")
    with open_ndjson(f"{owned.room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        done = who.post("/account/erase", json={"password": PASSWORD})
        assert done.status_code == 200, done.text
        assert done.json()["erased"]["messages"] == 3
        assert done.json()["erased"]["other_entries"] >= 3
        assert any("backups" in each for each in done.json()["not_erased"])
        # Readers are told at once.
        assert next_of(events, "delete")["author"] == "erased"
    assert who.get("/account").status_code == 401
    # Its bare id stays, for the conversation's other side.
    left = find_in_store(owned, (_NAME, _WORD, own_id), but=direct_room(ann_id, own_id))
    assert {each.partition(" ")[0] for each in left} == {
        Keys().people("accounts"),
        Keys().people("direct", ann_id),
    }, left
    assert not find_in_store(owned, (_NAME, _WORD))
    texts = [each["text"] for each in ann.get("/chat/lobby/messages").json()["events"]]
    assert "stays" in texts
    conversations = [each for each in ann.get("/rooms").json()["rooms"] if "dm" in each]
    shown = ann.get(f"/dm/{conversations[0]['dm']}/messages").json()["events"]
    assert [each["text"] for each in shown if each["kind"] == "message"] == ["stays too"]
    # The name is free again, and is somebody else.
    again = sign_up(owned, clients, _NAME)
    assert again.get("/session").json()["author_id"] != own_id


def test_an_owner_erases_by_name_and_the_last_owner_stays(
    owned: ServerProcess, clients: ExitStack
) -> None:
    sign_up(owned, clients, "bea").post("/chat/lobby", content="by bea")
    with httpx.Client(base_url=owned.url, auth=OWNER, timeout=60) as boss:
        payload = {"act": "erase", "who": "bea"}
        wrong = boss.post("/admin/people", json=payload)
        assert (wrong.status_code, "confirm=bea" in wrong.json()["detail"]) == (400, True)
        assert "type its name" in boss.get("/admin/people", headers=HTML).text
        erased = boss.post("/admin/people", json={**payload, "confirm": "bea"}).json()
        assert erased["erased"]["messages"] == 1
        assert "by bea" not in boss.get("/chat/lobby/messages").text
        assert "erase account" in boss.get("/audit").text
        last = boss.post("/account/erase", json={"password": PASSWORD})
        assert (last.status_code, "only owner" in last.json()["detail"]) == (403, True)


def test_the_command_line_erases(
    owned: ServerProcess, clients: ExitStack, command: Command
) -> None:
    cid = sign_up(owned, clients, "cid")
    cid.post("/chat/lobby", content="by cid")
    assert "--yes" in command(owned, "user", "erase", "cid", code=2)
    said = command(owned, "user", "erase", "cid", "--yes")
    assert "1 messages" in said
    assert "backups" in said
    wait_until(lambda: cid.get("/account").status_code == 401)
    assert "by cid" not in httpx.get(f"{owned.room}/messages").text


def test_an_erased_account_does_not_come_back(
    owned: ServerProcess, clients: ExitStack, command: Command
) -> None:
    boss = clients.enter_context(httpx.Client(base_url=owned.url, auth=OWNER, timeout=60))
    sign_up(owned, clients, "goner")
    shown = boss.get("/admin/people?who=goner").json()["author_id"]
    assert boss.post("/admin/people", json={"act": "end", "who": "goner"}).status_code == 200
    reset = boss.post("/admin/people", json={"act": "reset", "who": "goner"})
    assert (reset.status_code, "has ended" in reset.json()["detail"]) == (403, True)
    erase = {"act": "erase", "who": "goner", "confirm": "goner"}
    assert boss.post("/admin/people", json=erase).status_code == 200
    for act in ("restore", "reset", "role", "end", "erase"):
        for who in (shown, "goner", "account, erased"):
            payload = {"act": act, "who": who, "role": "owner", "confirm": "account, erased"}
            assert boss.post("/admin/people", json=payload).status_code == 404
    people = boss.get("/admin/people").json()["people"]
    assert shown not in {each["author_id"] for each in people}
    assert shown not in command(owned, "user", "list")
