"""Passwords, and who may try them; sessions, and how they end."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from sse_chat.errors import Malformed
from sse_chat.events import Author
from sse_chat.people.passwords import check_password
from sse_chat.people.roles import Person, Role
from sse_chat.people.sessions import Sessions
from sse_chat.web.people import confirming
from tests.support.servers import Launch, Launcher, ServerProcess

PASSWORD = "correct horse battery"
WRONG = "not the password"


@pytest.mark.parametrize(
    "password",
    [
        "short", "x" * 257, "aaaaaaaaaa", "abababab", "12345678", "password",
        "PassWord1", "qwertyuiop", "iloveyou", "trustno1", "1q2w3e4r", "margarete",
        "MargaretE", "margarete2025!", None, 5,
    ],
)  # fmt: skip
def test_a_bad_password_is_refused(password: object) -> None:
    with pytest.raises(Malformed):
        check_password(password, "Margarete")


@pytest.mark.parametrize(
    "password", [PASSWORD, "margarete is my name", "Tr0ub4dor&3", "密码是很长的一个"]
)
def test_any_other_password_will_do(password: str) -> None:
    assert check_password(password, "Margarete") == password


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    launcher = Launcher(tmp_path_factory.mktemp("sign-in"))
    yield launcher("--limits", "off")
    launcher.stop()


@contextmanager
def sign_up(server: ServerProcess, name: str, **more: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as client:
        payload = {"name": name, "password": PASSWORD, **more}
        assert client.post("/account", json=payload).status_code == 201
        yield client


def test_the_server_asks_the_rules(site: ServerProcess) -> None:
    for password in ("password", "mallory1", "aaaaaaaa"):
        payload = {"name": "mallory", "password": password}
        assert httpx.post(f"{site.url}/account", json=payload).status_code == 400
    with sign_up(site, "mal") as mal:
        change = {"old": PASSWORD, "new": "iloveyou"}
        assert mal.post("/account/password", json=change).status_code == 400


class TestLimits:
    def test_who_tries_passwords_does_not_shut_the_owner_out(self, launch: Launch) -> None:
        server = launch("--trusted-proxies", "127.0.0.1")
        known = {"X-Forwarded-For": "192.0.2.1"}
        with sign_up(server, "ann") as ann:
            right, wrong = ({"name": "ann", "password": each} for each in (PASSWORD, WRONG))
            assert ann.post("/session", json=right, headers=known).status_code == 200
            # From several networks, until none of them may try any more.
            for number in range(1, 6):
                attack = {"X-Forwarded-For": f"198.51.100.{number}"}
                while ann_tries(server, wrong, attack) == 401:
                    pass
                assert ann_tries(server, right, attack) == 429
            # A new network is out with them, one that signed in before is not.
            assert ann_tries(server, right, {"X-Forwarded-For": "203.0.113.1"}) == 429
            assert ann_tries(server, right, known) == 200
            # Nor is the browser, also from the attacker's own network.
            assert ann.post("/session", json=right, headers=attack).status_code == 200

    def test_one_network_alone_does_not_shut_out_others(self, launch: Launch) -> None:
        server = launch("--trusted-proxies", "127.0.0.1")
        right, wrong = ({"name": "ann", "password": each} for each in (PASSWORD, WRONG))
        with sign_up(server, "ann"):
            pass
        attack = {"X-Forwarded-For": "198.51.100.1"}
        while ann_tries(server, wrong, attack) == 401:
            pass
        assert ann_tries(server, right, {"X-Forwarded-For": "203.0.113.1"}) == 200

    def test_what_a_browser_was_given_is_for_one_account(self, launch: Launch) -> None:
        server = launch()
        with sign_up(server, "ann") as ann, sign_up(server, "eve") as eve:
            wrong = {"name": "ann", "password": WRONG}
            while eve.post("/session", json=wrong).status_code == 401:
                pass
            right = {"name": "ann", "password": PASSWORD}
            assert eve.post("/session", json=right).status_code == 429
            assert ann.post("/session", json=right).status_code == 200


def ann_tries(server: ServerProcess, payload: dict[str, str], headers: dict[str, str]) -> int:
    return httpx.post(f"{server.url}/session", json=payload, headers=headers).status_code


class TestSessions:
    def test_a_new_sign_in_ends_the_session_before_it(self, site: ServerProcess) -> None:
        with sign_up(site, "bea") as bea:
            before = dict(bea.cookies)
            payload = {"name": "bea", "password": PASSWORD}
            assert bea.post("/session", json=payload).status_code == 200
            assert len(bea.get("/account").json()["sessions"]) == 1
        assert httpx.get(f"{site.url}/session", cookies=before).json()["name"] is None

    def test_a_guest_who_signs_out_has_gone(self, site: ServerProcess) -> None:
        with httpx.Client(base_url=site.url) as guest:
            guest.post("/session", json={"name": "gus"})
            copied = dict(guest.cookies)
            guest.post("/session/end")
        assert httpx.get(f"{site.url}/session", cookies=copied).json()["name"] is None
        again = httpx.post(f"{site.url}/session", json={"name": "gus"}, cookies=copied).json()
        assert again["author_id"] not in str(copied)

    def test_the_owner_ends_the_sessions_of_others(self, launch: Launch) -> None:
        server = launch("--limits", "off")
        code = server.owner_code()
        with sign_up(server, "boss", invitation=code) as boss, sign_up(server, "ann") as ann:
            guest = httpx.Client(base_url=server.url)
            author_id = guest.post("/session", json={"name": "gus"}).json()["author_id"]
            for who in (author_id, "ann"):
                assert ann.post("/session/end", json={"who": who}).status_code == 403
                assert boss.post("/session/end", json={"who": who}).is_success
            assert ann.get("/session").json()["name"] is None
            assert guest.get("/session").json()["name"] is None
            assert boss.get("/session").json()["name"] == "boss"
            said = [each["did"] for each in boss.get("/audit").json()["audit"]]
            assert said.count("end sessions") == 2
            guest.close()

    def test_a_new_password_offers_to_end_the_tokens(self, site: ServerProcess) -> None:
        with sign_up(site, "cy") as cy:
            made = [cy.post("/account/tokens", json={"label": "ci"}).json() for _ in range(2)]
            change = {"old": PASSWORD, "new": "another horse battery"}
            kept = cy.post("/account/password", json=change).json()["tokens"]
            assert {each["id"] for each in kept} == {each["id"] for each in made}
            page = cy.get("/account", headers={"Accept": "text/html"}).text
            assert "Also revoke my 2 tokens" in page
            change = {"old": change["new"], "new": PASSWORD, "tokens": "end"}
            assert cy.post("/account/password", json=change).json()["tokens"] == []
            bot = {"Authorization": f"Bearer {made[0]['token']}"}
            assert httpx.get(f"{site.url}/session", headers=bot).status_code == 401


def test_a_session_ends_by_disuse_and_in_all() -> None:
    now_s = 1_800_000_000.0
    sessions = Sessions("secret", idle_s=1000, total_s=3000, clock=lambda: now_s)
    with freeze(now_s):
        cookie = sessions.to_cookie(Author("ann", "u_1"), "id")
    assert (sessions.max_age_s(), sessions.is_due(cookie)) == (1000, False)
    now_s += 900
    signed = sessions.of_cookie(cookie)
    assert signed is not None
    assert sessions.is_due(cookie)
    with freeze(now_s):
        renewed = sessions.to_cookie(signed.author, signed.session_id, signed.began_s)
    now_s += 200
    assert sessions.of_cookie(cookie) is None
    assert sessions.of_cookie(renewed) == signed
    # Two more renewals, and still it ends 3,000 seconds after the sign-in.
    for _ in range(2):
        with freeze(now_s):
            renewed = sessions.to_cookie(signed.author, signed.session_id, signed.began_s)
        now_s += 900
    assert sessions.max_age_s(signed.began_s) == 100
    assert sessions.of_cookie(renewed) == signed
    now_s += 150
    assert sessions.of_cookie(renewed) is None


@contextmanager
def freeze(now_s: float) -> Iterator[None]:
    """The moment at which a cookie is signed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("itsdangerous.timed.time.time", lambda: now_s)
        yield


def test_a_cookie_is_signed_anew_while_its_person_is_here(launch: Launch) -> None:
    server = launch("--secret", "a secret of this test", "--session-idle", "600")
    old = time.time() - 500
    sessions = Sessions("a secret of this test", clock=lambda: old)
    with freeze(old):
        cookie = sessions.to_cookie(Author("gus", "g_0123456789abcdef"))
    name = sessions.cookie_name("")
    for path in ("/rooms", "/chat/lobby?follow=0", "/session"):
        answer = httpx.get(server.url + path, cookies={name: cookie})
        assert answer.headers["set-cookie"].startswith(f"{name}="), path
        assert "Max-Age=600" in answer.headers["set-cookie"]
    again = {name: answer.cookies[name]}
    fresh = httpx.get(f"{server.url}/session", cookies=again)
    assert fresh.json()["name"] == "gus"
    assert "set-cookie" not in fresh.headers


class _Accounts:
    """Sessions of these ages, in seconds."""

    def __init__(self) -> None:
        self.ages = {"fresh": 14 * 60, "old": 16 * 60}

    async def began_s(self, account_id: str, session_id: str) -> int:
        return int(time.time()) - self.ages[session_id]


@pytest.mark.parametrize(
    ("session_id", "password_hash", "expected"),
    [("fresh", "", False), ("old", "", True), ("old", "a hash", False)],
)
def test_an_old_session_is_asked_for_the_password_again(
    monkeypatch: pytest.MonkeyPatch, session_id: str, password_hash: str, expected: bool
) -> None:
    services = SimpleNamespace(accounts=_Accounts())
    monkeypatch.setattr(confirming, "services_of", lambda request: services)
    author = Author("ann", "u_1", guest=False)
    person = Person(author, Role.MEMBER, "", session_id, password_hash=password_hash)
    request: Any = None
    assert asyncio.run(confirming.needs_password(request, person)) is expected


def test_a_cookie_is_settled_while_nothing_is_due() -> None:
    now_s = 1_800_000_000.0
    sessions = Sessions("secret", idle_s=1000, total_s=1100, clock=lambda: now_s)
    with freeze(now_s):
        cookie = sessions.to_cookie(Author("ann", "u_1"), "id")
        began_s = int(now_s)
    assert sessions.is_settled(cookie, 60)
    assert not sessions.is_settled(cookie, 300)
    assert not sessions.is_settled(cookie + "x", 60)
    now_s += 200
    assert not sessions.is_settled(cookie, 60)
    now_s += 850
    with freeze(now_s):
        renewed = sessions.to_cookie(Author("ann", "u_1"), "id", began_s)
    # It is new, and yet the session is over soon.
    assert sessions.is_settled(renewed, 40)
    assert not sessions.is_settled(renewed, 60)
