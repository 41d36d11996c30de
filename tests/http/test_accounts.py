"""Accounts: made, signed in to and out of; sessions and tokens that end when they are ended."""

import base64
import json
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.support.servers import Launch, ServerProcess

PASSWORD = "correct horse battery"


@contextmanager
def browser_of(server: ServerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as client:
        yield client


@pytest.fixture
def name(room: str) -> str:
    """One that nobody has: rooms of tests are named at random."""
    return "n" + room.rpartition("/")[2][-12:]


@pytest.fixture
def account(server: ServerProcess, name: str) -> Iterator[httpx.Client]:
    with browser_of(server) as client:
        answer = client.post("/account", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        yield client


def token_of(account: httpx.Client, **fields: object) -> str:
    answer = account.post("/account/tokens", json=fields)
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["token"]
    return token


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_an_account_is_signed_in_when_made(account: httpx.Client, name: str, room: str) -> None:
    me = account.get("/session").json()
    assert (me["name"], me["guest"], me["role"]) == (name, False, "member")
    entry = account.post(room, content="hi").json()
    assert entry["author_id"] == me["author_id"]
    assert not entry.get("guest")


def test_the_same_person_signs_in_anywhere(
    account: httpx.Client, server: ServerProcess, name: str, room: str
) -> None:
    me = account.get("/session").json()["author_id"]
    with browser_of(server) as other:
        answer = other.post("/session", data={"name": name.upper(), "password": PASSWORD})
        assert answer.json()["author_id"] == me
    by_curl = httpx.post(room, content="hi", auth=(name, PASSWORD))
    assert (by_curl.status_code, by_curl.json()["author_id"]) == (201, me)


def test_wrong_and_unknown_are_told_in_the_same_words(
    account: httpx.Client, server: ServerProcess, name: str, room: str
) -> None:
    ways: list[Callable[[str], httpx.Response]] = [
        lambda each: httpx.post(
            f"{server.url}/session", data={"name": each, "password": "wrong wrong"}
        ),
        lambda each: httpx.post(room, content="a", auth=(each, "wrong wrong")),
    ]
    for ask in ways:
        wrong, unknown = ask(name), ask("nobody-at-all")
        assert wrong.status_code == unknown.status_code == 401
        assert wrong.json()["detail"] == unknown.json()["detail"]


@pytest.mark.parametrize(
    "change", [str, str.upper, lambda n: n + "\u200d", lambda n: "\uff4e" + n[1:]]
)
def test_no_guest_has_the_name_of_an_account(
    account: httpx.Client,
    server: ServerProcess,
    room: str,
    name: str,
    change: Callable[[str], str],
) -> None:
    wanted = change(name)
    with browser_of(server) as guest:
        assert guest.post("/session", json={"name": wanted}).status_code == 401
        assert guest.get("/session").json()["name"] is None
    # curl sends UTF-8, httpx Latin-1.
    basic = base64.b64encode(f"{wanted}:".encode()).decode()
    answer = httpx.post(room, content="a", headers={"Authorization": f"Basic {basic}"})
    assert answer.status_code == 401
    taken = httpx.post(f"{server.url}/account", json={"name": wanted, "password": PASSWORD})
    assert (taken.status_code, taken.json()["error"]) == (400, "bad_name")


def test_a_guest_loses_a_name_that_became_an_accounts(
    server: ServerProcess, name: str, room: str
) -> None:
    with browser_of(server) as guest, browser_of(server) as other:
        guest.post("/session", json={"name": name})
        other.post("/account", json={"name": name, "password": PASSWORD})
        assert guest.get("/session").json()["name"] is None
        assert guest.post(room, content="a").json()["author"].startswith("guest-")


@pytest.mark.parametrize("password", ["", "short", "x" * 257, 12345678, None, "\ud800aaaaaaaa"])
def test_a_bad_password_is_refused(server: ServerProcess, name: str, password: object) -> None:
    payload = {"name": name, "password": password}
    content = json.dumps(payload)
    headers = {"Content-Type": "application/json"}
    answer = httpx.post(f"{server.url}/account", content=content, headers=headers)
    assert answer.status_code == 400


def test_signing_out_ends_the_session_and_not_only_the_cookie(account: httpx.Client) -> None:
    cookies = dict(account.cookies)
    assert account.post("/session/end").status_code == 200
    kept = httpx.get(account.base_url.join("/session"), cookies=cookies)
    assert kept.json()["name"] is None


def test_signing_out_everywhere_ends_all_sessions(
    account: httpx.Client, server: ServerProcess, name: str
) -> None:
    with browser_of(server) as other:
        other.post("/session", json={"name": name, "password": PASSWORD})
        assert len(account.get("/account").json()["sessions"]) == 2
        account.post("/session/end", json={"everywhere": 1})
        assert other.get("/session").json()["name"] is None


def test_a_new_password_ends_the_other_sessions(
    account: httpx.Client, server: ServerProcess, name: str, room: str
) -> None:
    new = "another long secret"
    with browser_of(server) as other:
        other.post("/session", json={"name": name, "password": PASSWORD})
        wrong = account.post("/account/password", json={"old": "not this one", "new": new})
        assert wrong.status_code == 401
        right = account.post("/account/password", json={"old": PASSWORD, "new": new})
        assert right.status_code == 200
        assert other.get("/session").json()["name"] is None
    assert account.get("/session").json()["name"] == name
    assert httpx.post(room, content="a", auth=(name, PASSWORD)).status_code == 401
    assert httpx.post(room, content="a", auth=(name, new)).status_code == 201
    # Where a person did it, the page says that it is done.
    change = {"old": new, "new": PASSWORD}
    page = account.post("/account/password", data=change, headers={"Accept": "text/html"})
    assert (page.status_code, "Password changed." in page.text) == (200, True)


def test_a_token_speaks_by_basic_and_bearer_and_never_in_the_url(
    account: httpx.Client, name: str, room: str
) -> None:
    token = token_of(account, label="ci")
    me = account.get("/session").json()["author_id"]
    for answer in (
        httpx.post(room, content="a", auth=(name, token)),
        httpx.post(room, content="a", headers=bearer(token)),
    ):
        assert (answer.status_code, answer.json()["author_id"]) == (201, me)
    assert httpx.post(room, content="a", auth=("somebody", token)).status_code == 401
    for query in ("token", "access_token", "authorization"):
        in_url = httpx.post(room, params={query: token}, content="a")
        assert (in_url.status_code, in_url.json()["error"]) == (400, "malformed")


@pytest.mark.parametrize(
    ("scope", "may_read", "may_post"),
    [("read", True, False), ("post", False, True), ("both", True, True)],
)
def test_a_token_does_what_its_scope_says(
    account: httpx.Client, room: str, scope: str, may_read: bool, may_post: bool
) -> None:
    headers = bearer(token_of(account, scope=scope))
    read = httpx.get(room, params={"follow": "0"}, headers=headers)
    history = httpx.get(f"{room}/messages", headers=headers)
    posted = httpx.post(room, content="a", headers=headers)
    piped = httpx.put(room, content="a\nb\n", headers=headers)
    assert {read.status_code, history.status_code} == {200 if may_read else 403}
    assert {posted.status_code, piped.status_code} == {201 if may_post else 403}


def test_a_token_that_only_posts_is_told_nothing_by_a_quote(
    account: httpx.Client, room: str
) -> None:
    said = account.post(room, content="for readers").json()["id"]
    reply = {"text": "a", "reply_to": said}
    headers = bearer(token_of(account, scope="post"))
    answer = httpx.post(room, json=reply, headers=headers)
    assert answer.status_code == 403
    assert "for readers" not in answer.text
    headers = bearer(token_of(account, scope="both"))
    assert httpx.post(room, json=reply, headers=headers).json()["quote"]["text"] == "for readers"


def test_a_token_for_a_room_is_for_no_other(account: httpx.Client, room: str) -> None:
    headers = bearer(token_of(account, rooms=room.rpartition("/")[2]))
    assert httpx.post(room, content="a", headers=headers).status_code == 201
    assert httpx.post(f"{room}-other", content="a", headers=headers).status_code == 403
    assert httpx.get(f"{room}-other/messages", headers=headers).status_code == 403


def test_a_token_cannot_take_the_account_over(account: httpx.Client) -> None:
    headers = bearer(token_of(account))
    url = str(account.base_url)
    for path, fields in (
        ("/account/tokens", {}),
        ("/account/password", {"old": PASSWORD, "new": "x" * 12}),
    ):
        assert httpx.post(url + path, json=fields, headers=headers).status_code == 403
    assert httpx.get(f"{url}/account", headers=headers).status_code == 403


def test_a_revoked_token_is_refused_at_once(account: httpx.Client, room: str) -> None:
    token = token_of(account)
    assert httpx.post(room, content="a", headers=bearer(token)).status_code == 201
    (kept,) = account.get("/account").json()["tokens"]
    assert token not in str(kept)
    assert account.post(f"/account/tokens/{kept['id']}/revoke").status_code == 200
    assert httpx.post(room, content="a", headers=bearer(token)).status_code == 401


def test_nobody_revokes_the_token_of_another(
    account: httpx.Client, server: ServerProcess, name: str
) -> None:
    token_of(account)
    (kept,) = account.get("/account").json()["tokens"]
    with browser_of(server) as other:
        other.post("/account", json={"name": f"{name}z", "password": PASSWORD})
        assert other.post(f"/account/tokens/{kept['id']}/revoke").status_code == 404
    assert len(account.get("/account").json()["tokens"]) == 1


@pytest.mark.parametrize("mode", ["invited", "closed"])
def test_a_setting_keeps_accounts_for_the_invited(launch: Launch, mode: str) -> None:
    server = launch("--accounts", mode)
    answer = httpx.post(f"{server.url}/account", json={"name": "ann", "password": PASSWORD})
    assert answer.status_code == 403


def test_accounts_outlive_a_restart_and_are_not_readable_in_the_data(launch: Launch) -> None:
    first = launch()
    with browser_of(first) as client:
        client.post("/account", json={"name": "ann", "password": PASSWORD})
        token = token_of(client)
        cookies = dict(client.cookies)
    first.stop()
    kept = b"".join(each.read_bytes() for each in first.data.rglob("*") if each.is_file())
    assert b"ann" in kept
    assert PASSWORD.encode() not in kept
    assert token.encode() not in kept
    second = launch(data=first.data)
    assert httpx.get(f"{second.url}/session", cookies=cookies).json()["name"] == "ann"
    assert httpx.post(second.room, content="a", headers=bearer(token)).status_code == 201
    assert stat.S_IMODE((second.data / "secret").stat().st_mode) == 0o600
