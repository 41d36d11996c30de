"""What a ban by address or by name says, and how it ends; what the audit log says of moderators."""

import time
from contextlib import ExitStack

import httpx

from tests.http.administration import Command, command
from tests.http.test_moderation import PASSWORD, People, id_of
from tests.support.servers import Launch, ServerProcess
from tests.support.waiting import wait_until

__all__ = ["command"]

HTML = {"Accept": "text/html"}


def test_a_ban_by_address_holds_for_others_from_there(launch: Launch) -> None:
    server = launch("--limits", "off", "--trusted-proxies", "127.0.0.1")
    near = {"X-Forwarded-For": "2001:db8:1:2::5"}
    same_net = {"X-Forwarded-For": "2001:db8:1:2:ffff::9"}
    other_net = {"X-Forwarded-For": "2001:db8:1:3::5"}
    with ExitStack() as stack:
        people = People(server, stack)
        room = f"{server.url}/chat/{people.room}"
        author_id = httpx.post(room, content="a", headers=near).json()["author_id"]
        payload = {"act": "ban", "who": author_id, "address": 1}
        deadline = time.monotonic() + 60
        # The address is noted beside the post.
        while httpx.post(room, content="a", headers=same_net).status_code != 403:
            assert time.monotonic() < deadline
            people.owner.post(f"/chat/{people.room}/moderation", json=payload)
        assert httpx.post(room, content="a", headers=other_net).status_code == 201


def test_a_ban_tells_no_address_and_ends_as_a_whole(launch: Launch) -> None:
    server = launch("--limits", "off", "--trusted-proxies", "127.0.0.1")
    with ExitStack() as stack:
        people = People(server, stack)
        room, rules = f"{server.url}/chat/{people.room}", f"/chat/{people.room}/rules"
        first, second = {"X-Forwarded-For": "203.0.113.7"}, {"X-Forwarded-For": "2001:db8::7"}
        for where in (first, second):
            people.other.post(f"/chat/{people.room}", content="a", headers=where)
            # The address is noted beside the post.
            wait_until(
                lambda where=where: (
                    people.moderate(people.other, "ban", address=1).status_code == 200
                    and httpx.post(room, content="b", headers=where).status_code == 403
                )
            )
            if where is first:
                # Lets them write once more, from elsewhere.
                people.moderate(people.other, "unban")
        kept = people.owner.get(rules)
        assert kept.json()["banned_until_s"] == {id_of(people.other): 0}
        assert kept.json()["banned_with_address"] == [id_of(people.other)]
        assert "with their IP address" in people.owner.get(rules, headers=HTML).text
        for each in (kept.text, people.owner.get(rules, headers=HTML).text):
            assert "203.0.113" not in each
            assert "2001:db8" not in each
        people.moderate(people.other, "unban")
        assert httpx.post(room, content="c", headers=first).status_code == 201
        assert httpx.post(room, content="c", headers=second).status_code == 201


def test_a_kick_makes_no_ban_shorter(server: ServerProcess) -> None:
    with ExitStack() as stack:
        people = People(server, stack)
        rules = f"/chat/{people.room}/rules"
        people.moderate(people.other, "kick")
        [kicked_s] = people.owner.get(rules).json()["banned_until_s"].values()
        assert 0 < kicked_s - time.time() <= 60
        for minutes in (10, 0):
            people.moderate(people.other, "ban", minutes=minutes)
            banned = people.owner.get(rules).json()["banned_until_s"]
            assert people.moderate(people.other, "kick").status_code == 200
            assert people.owner.get(rules).json()["banned_until_s"] == banned


def test_the_audit_log_names_who_did_what_to_whom(launch: Launch) -> None:
    server = launch()
    with ExitStack() as stack:
        people = People(server, stack)
        owner = stack.enter_context(httpx.Client(base_url=server.url))
        payload = {"name": "boss", "password": PASSWORD, "invitation": server.owner_code()}
        assert owner.post("/account", json=payload).status_code == 201
        for what, fields in (("edit", {"text": "b"}), ("delete", {})):
            for who in (people.other, people.owner):
                where = people.post(who).headers["location"]
                assert people.owner.post(f"{where}/{what}", json=fields).status_code == 201
        link = people.owner.post(f"/chat/{people.room}/link").json()["url"]
        assert people.guest.post(f"/invite/{link.rpartition('/')[2]}").status_code == 200
        people.owner.post(f"/chat/{people.room}/link", json={"days": 0})
        acts = [
            (each["by_id"], each["did"].split()[0], each["to"])
            for each in owner.get("/audit").json()["audit"]
        ]
        me, other, guest = map(id_of, (people.owner, people.other, people.guest))
        assert acts[:5] == [
            (me, "end", people.room),
            (guest, "role", guest),
            (me, "invite", people.room),
            (me, "delete", other),
            (me, "edit", other),
        ]


def test_a_ban_finds_a_guest_by_name(server: ServerProcess, command: Command) -> None:
    """On an open server: guests of a closed one come by a link alone."""
    payload = {"act": "ban", "who": "troll one"}
    with httpx.Client(base_url=server.url) as chief, httpx.Client(base_url=server.url) as guest:
        chief.post("/account", json={"name": "chief", "password": PASSWORD})
        command(server, "user", "role", "chief", "--role", "moderator")
        wait_until(lambda: chief.get("/moderation").status_code == 200)
        assert guest.post("/session", json={"name": "Troll One"}).status_code == 200
        assert guest.post("/chat/trolls", content="hi").status_code == 201
        wait_until(lambda: "Troll" in chief.get("/chat/trolls/people").text)
        assert guest.post("/chat/more-trolls", content="hi again").status_code == 201
        assert chief.post("/chat/trolls", content="stays").status_code == 201
        banned = chief.post("/moderation", json={**payload, "purge": 1}).json()
        assert banned["purged"] == 2
        assert _texts(chief, "trolls") == ["stays"]
        assert _texts(chief, "more-trolls") == []
        assert guest.get("/chat/trolls/messages").status_code == 403
        mine = {"author_id": banned["author_id"], "name": "Troll One", "until": None}
        assert {**mine, "address": False} in chief.get("/moderation").json()["bans"]
        assert "Troll One" in chief.get("/moderation", headers=HTML).text
        assert "Troll One" in command(server, "ban", "list")
        command(server, "ban", "remove", "Troll One")
        wait_until(lambda: guest.get("/chat/trolls/messages").status_code == 200)
        told = ("--reason", " spam ", "--minutes", "5")
        command(server, "ban", "add", "Troll One", *told)
        wait_until(lambda: guest.get("/chat/trolls/messages").status_code == 403)
        assert guest.get("/chat/trolls/messages").json()["reason"] == "spam"
        assert "ban add" in command(server, "ban", "remove", "Troll One", *told[:2], code=2)
        command(server, "ban", "remove", "Troll One")
        wait_until(lambda: guest.get("/chat/trolls/messages").status_code == 200)
        assert chief.post("/moderation", json={**payload, "who": "unheard of"}).status_code == 404
        assert guest.get("/moderation").status_code == 401


def _texts(client: httpx.Client, room: str) -> list[str]:
    events = client.get(f"/chat/{room}/messages").json()["events"]
    return [each["text"] for each in events if each["kind"] == "message"]
