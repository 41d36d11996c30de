"""Moderation, links into rooms, and what ends when a right goes away."""

import base64
import re
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from tests.support.feeds import open_lines
from tests.support.servers import Launch, ServerProcess

PASSWORD = "correct horse battery"


class People:
    """An owner of a room of their own, someone else with an account, and a guest."""

    def __init__(self, server: ServerProcess, stack: ExitStack) -> None:
        self.url = server.url
        self.tag = secrets.token_hex(4)
        self._stack = stack
        self.owner = self.account("owner")
        self.other = self.account("other")
        self.guest = self.client()
        self.guest.post("/session", json={"name": f"guest {self.tag}"})
        self.room = f"r{self.tag}"
        answer = self.owner.post("/rooms", json={"room": self.room, "visibility": "public"})
        assert answer.status_code == 201, answer.text

    def client(self) -> httpx.Client:
        return self._stack.enter_context(httpx.Client(base_url=self.url))

    def account(self, name: str) -> httpx.Client:
        client = self.client()
        payload = {"name": f"{name} {self.tag}", "password": PASSWORD}
        assert client.post("/account", json=payload).status_code == 201
        return client

    def post(self, who: httpx.Client, text: str = "hi") -> httpx.Response:
        return who.post(f"/chat/{self.room}", content=text)

    def moderate(self, who: httpx.Client, act: str, **fields: object) -> httpx.Response:
        payload = {"act": act, "who": id_of(who), **fields}
        return self.owner.post(f"/chat/{self.room}/moderation", json=payload)


def id_of(who: httpx.Client) -> str:
    return str(who.get("/session").json()["author_id"])


@pytest.fixture
def people(server: ServerProcess) -> Iterator[People]:
    with ExitStack() as stack:
        yield People(server, stack)


@pytest.mark.parametrize("whom", ["other", "guest"])
def test_who_is_muted_reads_and_does_not_write(people: People, whom: str) -> None:
    who: httpx.Client = getattr(people, whom)
    assert people.post(who).status_code == 201
    assert people.moderate(who, "mute", minutes=5).status_code == 200
    assert people.post(who).status_code == 403
    assert who.get(f"/chat/{people.room}/messages").status_code == 200
    assert people.moderate(who, "unmute").status_code == 200
    assert people.post(who).status_code == 201


@pytest.mark.parametrize("whom", ["other", "guest"])
def test_who_is_banned_neither_reads_nor_writes(people: People, whom: str) -> None:
    who: httpx.Client = getattr(people, whom)
    assert people.moderate(who, "ban").status_code == 200
    assert people.post(who).status_code == 403
    assert who.get(f"/chat/{people.room}/messages").status_code == 403
    assert who.get(f"/chat/{people.room}?follow=0&format=sse").status_code == 403
    assert people.moderate(who, "unban").status_code == 200
    assert people.post(who).status_code == 201


def test_a_feed_ends_with_bye_when_its_right_goes_away(people: People) -> None:
    cookies = dict(people.other.cookies)
    url = f"{people.url}/chat/{people.room}"
    headers = {"Accept": "text/event-stream"}
    with open_lines(url, cookies=cookies, headers=headers) as lines:
        assert any(line == "event: hello" for line in lines)
        people.moderate(people.other, "ban")
        heard = list(lines)
    assert "event: bye" in heard
    assert '"revoked"' in "".join(heard).replace(" ", "")


@pytest.mark.parametrize("way", ["sign out", "token", "private", "password"])
def test_what_ends_a_right_ends_the_feed(people: People, way: str) -> None:
    token = people.other.post("/account/tokens", json={}).json()
    auth = {"Authorization": f"Bearer {token['token']}"} if way == "token" else {}
    if way == "password":
        basic = base64.b64encode(f"other {people.tag}:{PASSWORD}".encode()).decode()
        auth = {"Authorization": f"Basic {basic}"}
    cookies = {} if auth else dict(people.other.cookies)
    url = f"{people.url}/chat/{people.room}/feed"
    if way == "sign out":
        rules = {"visibility": "members"}
        assert people.owner.post(f"/chat/{people.room}/rules", json=rules).status_code == 200
    with open_lines(url, cookies=cookies, headers=auth) as lines:
        assert any(line == "event: hello" for line in lines)
        if way == "sign out":
            people.other.post("/session/end")
        elif way == "token":
            people.other.post(f"/account/tokens/{token['id']}/revoke")
        elif way == "password":
            people.other.post("/account/password", json={"old": PASSWORD, "new": PASSWORD[1:]})
        else:
            people.owner.post(f"/chat/{people.room}/rules", json={"visibility": "invited"})
        assert "event: bye" in list(lines)


def test_a_long_poll_tells_nothing_to_who_was_banned_meanwhile(people: People) -> None:
    people.post(people.owner, "first")
    history = people.other.get(f"/chat/{people.room}/messages").json()
    answers: list[httpx.Response] = []
    params = {"after": history["cursor"], "wait": "20"}
    poll = threading.Thread(
        target=lambda: answers.append(
            httpx.get(
                f"{people.url}/chat/{people.room}/messages",
                params=params,
                cookies=dict(people.other.cookies),
                timeout=60,
            )
        )
    )
    poll.start()
    people.moderate(people.other, "ban")
    people.post(people.owner, "a secret")
    poll.join(60)
    assert answers[0].status_code == 403
    assert "secret" not in answers[0].text


def test_slow_mode_holds_for_people_and_not_for_moderators(people: People) -> None:
    rules = {"slow_s": 60}
    assert people.owner.post(f"/chat/{people.room}/rules", json=rules).json()["slow_s"] == 60
    assert people.post(people.other).status_code == 201
    slowed = people.post(people.other)
    assert (slowed.status_code, slowed.json()["error"]) == (429, "too_many")
    assert 0 < int(slowed.headers["retry-after"]) <= 60
    assert [people.post(people.owner).status_code for _ in range(3)] == [201] * 3


def test_a_purge_takes_all_their_messages_and_no_others(people: People) -> None:
    for number in range(5):
        people.post(people.other, f"spam {number}")
        people.post(people.owner, f"kept {number}")
    answer = people.moderate(people.other, "ban", purge=1)
    assert answer.json()["purged"] == 5
    history = people.owner.get(f"/chat/{people.room}/messages").text
    assert "spam" not in history
    assert all(f"kept {number}" in history for number in range(5))


def test_who_is_kicked_is_out_and_no_longer_a_member(people: People) -> None:
    payload = {"who": id_of(people.other), "role": "member"}
    people.owner.post(f"/chat/{people.room}/members", json=payload)
    assert people.moderate(people.other, "kick").status_code == 200
    refused = people.post(people.other)
    assert refused.status_code == 403
    assert re.fullmatch(
        rf"you were kicked from {people.room} by owner {people.tag} until [-\d]+ [:\d]+ UTC",
        refused.json()["detail"],
    )
    rules = people.owner.get(f"/chat/{people.room}/rules").json()
    assert id_of(people.other) not in rules["roles"]


@pytest.mark.parametrize("act", ["ban", "mute"])
def test_who_is_refused_is_told_by_whom_why_and_until_when(people: People, act: str) -> None:
    people.post(people.guest)
    assert people.moderate(people.guest, act, minutes=5, reason="no\nlines").status_code == 400
    assert people.moderate(people.guest, act, minutes=5, reason="n" * 201).status_code == 400
    assert people.moderate(people.guest, act, minutes=5, reason=" spam ").status_code == 200
    refused = people.post(people.guest).json()
    assert (refused["act"], refused["by"], refused["reason"]) == (
        act, f"owner {people.tag}", "spam"
    )  # fmt: skip
    assert refused["detail"].endswith(f" by owner {people.tag} until {minute(refused)} UTC: spam")
    people.moderate(people.guest, f"un{act}")
    assert people.post(people.guest).status_code == 201
    people.moderate(people.guest, act)
    refused = people.post(people.guest).json()
    assert (refused["until"], refused["reason"]) == (None, "")


def minute(refused: dict[str, str]) -> str:
    return refused["until"][:16].replace("T", " ")


def test_nobody_moderates_their_betters(people: People) -> None:
    payload = {"who": id_of(people.other), "role": "moderator"}
    assert people.owner.post(f"/chat/{people.room}/members", json=payload).status_code == 200
    against_owner = {"act": "ban", "who": id_of(people.owner)}
    answer = people.other.post(f"/chat/{people.room}/moderation", json=against_owner)
    assert answer.status_code == 403
    against_guest = {"act": "mute", "who": id_of(people.guest)}
    answer = people.other.post(f"/chat/{people.room}/moderation", json=against_guest)
    assert answer.status_code == 200


def test_of_many_who_make_a_room_at_once_one_owns_it(people: People) -> None:
    name = f"one{people.tag}"
    clients = [people.owner, people.other] * 4
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda who: who.post("/rooms", json={"room": name}), clients))
    assert sorted(each.status_code for each in answers) == [201] + [403] * 7
    roles = [who.get(f"/chat/{name}/rules").json()["role"] for who in clients[:2]]
    assert sorted(roles) == ["member", "owner"]


def test_a_link_lets_in_until_a_new_one_is_made(people: People) -> None:
    room = f"/chat/{people.room}"
    people.owner.post(f"{room}/rules", json={"visibility": "invited"})
    first = people.owner.post(f"{room}/link", json={"days": 1}).json()["url"]
    assert people.other.get(f"{room}/messages").status_code == 404
    path = first.removeprefix(people.url)
    assert people.room in people.other.get(path, headers={"Accept": "text/html"}).text
    assert people.other.post(path).json() == {"room": people.room}
    assert people.other.get(f"{room}/messages").status_code == 200
    second = people.owner.post(f"{room}/link", json={}).json()["url"]
    assert people.guest.post(path).status_code == 404
    assert people.guest.post(second.removeprefix(people.url)).status_code == 200
    assert people.post(people.guest).status_code == 201


def test_the_first_run_has_a_link_that_makes_one_owner(launch: Launch) -> None:
    server = launch()
    code = server.owner_code()
    page = httpx.get(f"{server.url}/invite/{code}", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "owner" in page.text
    payload = {"name": "ann", "password": PASSWORD, "invitation": code}
    bad = httpx.post(f"{server.url}/account", json={**payload, "name": "\u202ex"})
    assert bad.status_code == 400
    made = httpx.post(f"{server.url}/account", json=payload)
    assert (made.status_code, made.json()["role"]) == (201, "owner")
    again = httpx.post(f"{server.url}/account", json={**payload, "name": "bob"})
    assert again.status_code == 404
    did = httpx.get(f"{server.url}/audit", auth=("ann", PASSWORD)).json()["audit"]
    assert "owner" in did[0]["did"]
    assert httpx.get(f"{server.url}/audit").status_code == 401
    server.stop()
    second = launch(data=server.data)
    assert second.owner_code() == ""


@pytest.mark.parametrize(
    ("way", "path", "fields"),
    [
        ("owner", "rules", {"visibility": "secret"}),
        ("owner", "rules", {"slow_s": "-1"}),
        ("owner", "rules", {}),
        ("owner", "members", {"who": "nobody known", "role": "member"}),
        ("owner", "members", {"who": "g_0123456789abcdef", "role": "king"}),
        ("owner", "moderation", {"act": "hug", "who": "g_0123456789abcdef"}),
        ("owner", "moderation", {"act": "mute", "who": "g_0123456789abcdef", "minutes": "x"}),
        ("owner", "link", {"days": 1000}),
    ],
)
def test_nonsense_is_refused(
    people: People, way: str, path: str, fields: dict[str, object]
) -> None:
    client: httpx.Client = getattr(people, way)
    answer = client.post(f"/chat/{people.room}/{path}", json=fields)
    assert answer.status_code in (400, 404), answer.text
    assert answer.json()["detail"]
