"""Who is told by @: present or not, in any script, and not in code or addresses."""

import secrets
from typing import Any

import httpx
import pytest

from tests.support.servers import Launch, ServerProcess


def _account(server: ServerProcess, name: str) -> None:
    answer = httpx.post(f"{server.url}/account", json={"name": name, "password": "long enough"})
    assert answer.status_code == 201, answer.text


def _post(room: str, text: str, user: str = "cy") -> dict[str, Any]:
    answer = httpx.post(room, json={"text": text}, auth=(user, ""))
    assert answer.status_code == 201, answer.text
    entry: dict[str, Any] = answer.json()
    return entry


@pytest.fixture
def open_server(launch: Launch) -> ServerProcess:
    return launch("--limits", "off", "--accounts", "open")


def test_an_account_is_told_that_never_was_in_the_room(open_server: ServerProcess) -> None:
    _account(open_server, "Zoë")
    room = f"{open_server.url}/chat/team"
    entry = _post(room, "@zoe look, @nobody else")
    assert len(entry["mentions"]) == 1
    told = httpx.post(f"{room}/mentions", json={"text": "@zoe and @nobody"}, auth=("cy", "")).json()
    assert [each["name"] for each in told["people"]] == ["Zoë"]
    assert told["unknown"] == ["nobody"]
    mine = httpx.get(f"{open_server.url}/mentions", auth=("Zoë", "long enough")).json()["events"]
    assert [each["id"] for each in mine] == [entry["id"]]


def test_an_account_that_may_not_read_the_room_is_not_told(open_server: ServerProcess) -> None:
    for name in ("ann", "bo"):
        _account(open_server, name)
    ann = ("ann", "long enough")
    made = {"room": "secret", "visibility": "invited"}
    assert httpx.post(f"{open_server.url}/rooms", json=made, auth=ann).status_code == 201
    room = f"{open_server.url}/chat/secret"
    assert "mentions" not in httpx.post(room, json={"text": "@bo"}, auth=ann).json()
    httpx.post(f"{room}/members", json={"who": "bo"}, auth=ann)
    assert "mentions" in httpx.post(room, json={"text": "@bo"}, auth=ann).json()


def test_mentions_are_listed_newest_first_without_what_was_deleted(
    server: ServerProcess, room: str
) -> None:
    name = f"dee{secrets.token_hex(3)}"
    _post(room, "hello", name)
    ids = [_post(room, f"@{name} {number}")["id"] for number in range(3)]
    httpx.post(f"{room}/messages/{ids[1]}/delete", auth=("cy", ""))
    events = httpx.get(f"{server.url}/mentions", auth=(name, "")).json()["events"]
    kept = [each["id"] for each in events]
    assert kept in ([ids[2], ids[0]], [ids[2], ids[1], ids[0]])
    assert httpx.get(f"{server.url}/mentions").status_code == 401


def test_here_tells_all_who_are_present(room: str) -> None:
    ids = {_post(room, "hello", name)["author_id"] for name in ("ann", "bo")}
    assert ids <= set(_post(room, "@here, lunch?")["mentions"])


def test_people_are_offered_by_any_part_of_their_name(room: str) -> None:
    for name in ("Zoë Müller", "Mulan", "bo"):
        _post(room, "hello", name)
    found = httpx.get(f"{room}/people", params={"name": "mül"}, auth=("cy", "")).json()["people"]
    assert [each["name"] for each in found] == ["Zoë Müller"]


def test_accounts_are_offered_to_accounts_wherever_they_have_been(
    open_server: ServerProcess,
) -> None:
    tag = secrets.token_hex(4)
    for name in (f"Mona {tag}", f"Eve {tag}"):
        _account(open_server, name)

    def offered(*auth: str) -> list[str]:
        url = f"{open_server.url}/chat/elsewhere/people"
        people = httpx.get(url, params={"name": f"Mona {tag}"}, auth=auth).json()["people"]
        return [each["name"] for each in people]

    assert offered(f"Eve {tag}", "long enough") == [f"Mona {tag}"]
    assert offered("a guest", "") == []


def test_a_room_that_was_never_opened_has_a_badge_once_one_is_named_there(
    open_server: ServerProcess,
) -> None:
    _account(open_server, "Zoë")
    zoe = ("Zoë", "long enough")
    entry = _post(f"{open_server.url}/chat/elsewhere", "@zoe, over here")
    rooms = httpx.get(f"{open_server.url}/unread", auth=zoe).json()["rooms"]
    assert [(each["room"], each["unread"], each["mentions"]) for each in rooms] == [
        ("elsewhere", 1, 1)
    ]
    httpx.post(f"{open_server.url}/chat/elsewhere/read", json={"id": entry["id"]}, auth=zoe)
    rooms = httpx.get(f"{open_server.url}/unread", auth=zoe).json()["rooms"]
    assert [(each["unread"], each["mentions"]) for each in rooms] == [(0, 0)]


def test_lines_of_a_batch_tell_those_they_name(open_server: ServerProcess) -> None:
    _account(open_server, "Zoë")
    room = f"{open_server.url}/chat/team"
    lines = '"@zoe one"\n"two"\n"@zoe three"\n'
    headers = {"Content-Type": "application/x-ndjson"}
    answer = httpx.post(f"{room}/batch", content=lines, headers=headers, auth=("cy", ""))
    assert answer.status_code == 201, answer.text
    mine = httpx.get(f"{open_server.url}/mentions", auth=("Zoë", "long enough")).json()["events"]
    assert [each["text"] for each in mine] == ["@zoe three", "@zoe one"]


def test_lines_of_a_pipe_and_a_message_that_grows_tell_those_they_name(
    open_server: ServerProcess,
) -> None:
    _account(open_server, "Zoë")
    room = f"{open_server.url}/chat/team"
    assert httpx.put(room, content="@zoe one\ntwo\n", auth=("cy", "")).json()["count"] == 2
    grown = httpx.put(f"{room}?grow=1", content="three, @zoe", auth=("cy", ""))
    assert grown.status_code == 201, grown.text
    mine = httpx.get(f"{open_server.url}/mentions", auth=("Zoë", "long enough")).json()["events"]
    assert [each["text"] for each in mine] == ["three, @zoe", "@zoe one"]
