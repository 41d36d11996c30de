"""What others learn of a conversation, which is nothing, and of a person."""

import secrets
import time
from urllib.parse import quote

import httpx
import pytest

from sse_chat.room_names import direct_room
from tests.http.direct.people import Site
from tests.support.client import run
from tests.support.waiting import wait_until


def test_nobody_else_learns_of_a_conversation(site: Site) -> None:
    ann, bob, cyd = site.account(), site.account(), site.account()
    secret = f"s{secrets.token_hex(8)}"
    assert ann.say(bob, f"{secret} @{bob.name}").status_code == 201
    assert ann.client.post(f"{ann.to(bob)}/topic", json={"text": secret}).is_success
    stored = direct_room(ann.author_id, bob.author_id)
    guest, nobody = site.client(auth=("guest", "")), site.client()
    for client in (cyd.client, site.owner, guest, nobody):
        for path in (
            "/rooms", "/rooms?format=text", "/unread", "/mentions", "/metrics", "/audit", "/",
            "/feed?rooms=*&last=50&follow=0", "/messages?rooms=*", f"/chat/{quote(stored)}",
            f"/feed?rooms={quote(stored)}&follow=0", f"/feed?rooms=dm:{bob.name}&last=5&follow=0",
            f"/chat/{quote(stored)}/messages", f"/dm/{ann.name}/messages",
            f"/dm/{bob.name}/people", f"/dm/{quote(stored)}", f"/dm/{bob.name}/search?q={secret}",
        ):  # fmt: skip
            for accept in ("*/*", "text/html"):
                said = client.get(path, headers={"Accept": accept}).text
                assert secret not in said, path
                assert stored not in said or quote(stored) in path, path
    for client in (cyd.client, site.owner):
        for path in (f"/chat/{quote(stored)}", "/send_message"):
            payload = {"text": "x", "message": "x", "room": stored}
            assert client.post(path, json=payload).status_code == 404
    said = run("room", "list", "--data", str(site.server.data)).stdout.decode()
    assert secret not in said
    assert "@u_" not in said


@pytest.mark.parametrize(
    ("auth", "status"), [(("guest", ""), 403), (None, 401)], ids=["guest", "nobody"]
)
def test_who_has_no_account_gets_one_answer_for_any_name(
    site: Site, auth: tuple[str, str] | None, status: int
) -> None:
    ann, bob = site.account(), site.account()
    ann.say(bob, "hello")
    with httpx.Client(base_url=site.server.url, auth=auth) as client:
        answers = [
            client.request(method, f"/dm/{name}{rest}")
            for name in (ann.name, bob.name, "nobody-has-this")
            for method, rest in (("GET", ""), ("POST", ""), ("POST", "/block"))
        ]
        answers.append(client.get(f"/feed?rooms=dm:{ann.name}"))
    assert {each.status_code for each in answers} == {status}
    assert all("direct messages are between accounts" in each.text for each in answers)


@pytest.mark.parametrize(
    "called", ["nobody-has-this", "b\u043ess", "bo ss", "@u_1+u_2", "u_" + "0" * 16, "x" * 500]
)
def test_a_name_that_no_account_has_is_not_found(site: Site, called: str) -> None:
    ann = site.account()
    for answer in (
        ann.client.get(f"/dm/{quote(called)}/messages"),
        ann.client.post(f"/dm/{quote(called)}", content="hi"),
        ann.client.post(f"/dm/{quote(called)}/block"),
    ):
        assert answer.status_code == 404
        assert answer.json()["detail"].startswith("no account is called")


def test_notes_to_oneself_are_seen_by_nobody_else(site: Site) -> None:
    ann = site.account()
    assert ann.say(ann, "milk").status_code == 201
    assert ann.read(ann) == ["milk"]
    assert ann.conversations() == [ann.name]
    assert ann.client.post(f"{ann.to(ann)}/block").status_code == 400


def test_a_persons_card_says_who_they_are_and_whether_one_can_write_to_them(site: Site) -> None:
    ann, bob = site.account(), site.account()
    room = f"/chat/t{secrets.token_hex(6)}"
    assert ann.client.post(room, content="mine").status_code == 201
    assert bob.client.post(room, content="hello").status_code == 201
    card = f"{room}/people/{bob.author_id}"
    # Presence is noted a moment after the answer.
    wait_until(lambda: ann.client.get(card).json()["here"])
    found = ann.client.get(card).json()
    assert (found["name"], found["guest"], found["role"]) == (bob.name, False, "member")
    assert (found["dm"], found["blocked"]) == (bob.name, False)
    assert found["since"][:4] == found["last_here"][:4] == f"{time.gmtime().tm_year}"
    ann.client.post(f"{ann.to(bob)}/block")
    assert ann.client.get(card).json()["blocked"] is True
    assert bob.client.get(f"{room}/people/{ann.author_id}").json()["blocked"] is False
    assert bob.client.get(f"{room}/people/{ann.author_id}").json()["role"] == "owner"
    with httpx.Client(base_url=site.server.url, auth=("guest", "")) as guest:
        assert guest.get(card).json()["dm"] is None
        said = guest.post(room, content="hi").json()
        url = f"{room}/people/{said['author_id']}"
        wait_until(lambda: ann.client.get(url).is_success)
        found = ann.client.get(url).json()
        assert (found["guest"], found["role"], found["dm"]) == (True, "guest", None)
        assert ann.client.get(f"{room}/people/g_0123456789abcdef").status_code == 404
