"""What an owner does to the accounts of others, by JSON and from the command line."""

import getpass
import json
import time

import httpx
import pyotp
import redis

from tests.http.administration import (
    HTML,
    Command,
    act,
    boss,
    closed,
    command,
    find,
    invite,
    status,
)
from tests.http.test_moderation import PASSWORD
from tests.support.servers import ServerProcess
from tests.support.waiting import wait_until

__all__ = ["boss", "closed", "command"]


def test_an_owner_invites_and_gives_roles(boss: httpx.Client) -> None:
    ann = invite(boss, "ann")
    assert status(boss, ann) == 200
    assert act(boss, "role", "ann", role="moderator").json()["role"] == "moderator"
    assert find(boss, "ann")["role"] == "moderator"
    assert act(boss, "role", "ann", role="king").status_code == 400
    assert act(boss, "hug", "ann").status_code == 400
    assert act(boss, "end", "nobody here").status_code == 404


def test_an_ended_account_says_so_and_comes_back(boss: httpx.Client) -> None:
    bob = invite(boss, "bob")
    assert act(boss, "end", "bob").json()["ended"] is True
    assert status(boss, bob) == 401
    refused = act(boss, "role", "bob", role="owner")
    assert refused.status_code == 403
    assert "has ended" in refused.json()["detail"]
    assert act(boss, "restore", "bob").json() == {
        "act": "restore", "name": "bob", "author_id": find(boss, "bob")["author_id"],
        "role": "member", "ended": False,
    }  # fmt: skip
    assert status(boss, bob) == 200
    assert act(boss, "restore", "bob").status_code == 404


def test_a_link_sets_a_new_password_once(boss: httpx.Client) -> None:
    invite(boss, "cid")
    links = [act(boss, "reset", "cid").json()["url"] for _ in range(2)]
    page = httpx.get(links[0], headers=HTML)
    assert "new password" in page.text
    assert httpx.post(links[0], json={"password": "short"}).status_code == 400
    wanted = "another good horse"
    as_account = {"name": "eve", "password": wanted, "invitation": links[0].rpartition("/")[2]}
    assert boss.post("/account", json=as_account).status_code == 403
    done = httpx.post(links[0], json={"password": wanted})
    assert (done.status_code, done.json()["name"]) == (200, "cid")
    assert status(boss, ("cid", PASSWORD)) == 401
    assert status(boss, ("cid", wanted)) == 200
    for link in links:
        assert httpx.post(link, json={"password": PASSWORD}).status_code == 404


def test_an_owner_takes_off_a_second_factor_that_was_lost(boss: httpx.Client) -> None:
    name, password = invite(boss, "deb")
    with httpx.Client(base_url=boss.base_url) as deb:
        assert deb.post("/session", json={"name": name, "password": password}).status_code == 200
        secret = deb.post("/account/app", json={"password": password}).json()["secret"]
        code = pyotp.TOTP(secret).now()
        assert deb.post("/account/app/on", json={"code": code}).status_code == 201
    assert find(boss, "deb")["second_factor"] is True
    assert status(boss, (name, password)) == 401
    page = boss.get("/admin/people", headers=HTML).text
    assert 'value="factor_off"' in page
    assert act(boss, "factor_off", "deb").status_code == 200
    assert status(boss, (name, password)) == 200
    noted = boss.get("/audit?limit=1").json()["audit"][0]
    assert (noted["by"], noted["did"], noted["to"]) == ("boss", "remove second factor", "deb")


def test_for_ones_own_account_it_asks_for_the_password_however_new_the_session_is(
    closed: ServerProcess,
) -> None:
    with httpx.Client(base_url=closed.url) as boss:
        boss.post("/session", json={"name": "boss", "password": PASSWORD})
        for what in ("factor_off", "reset"):
            assert act(boss, what, "boss").json()["error"] == "password_needed"
            assert act(boss, what, "boss", password=PASSWORD).status_code in (200, 201)


def test_nobody_else_may(boss: httpx.Client) -> None:
    dan = invite(boss, "dan")
    url = f"{boss.base_url}/"
    token = boss.post("/account/tokens", json={}).json()["token"]
    for path in ("people", "invite"):
        payload = {"act": "end", "who": "boss"}
        assert httpx.post(f"{url}admin/{path}", json=payload, auth=dan).status_code == 403
        assert httpx.post(f"{url}admin/{path}", json=payload).status_code == 401
        bearer = {"Authorization": f"Bearer {token}"}
        assert httpx.post(f"{url}admin/{path}", json=payload, headers=bearer).status_code == 403
    assert httpx.get(f"{url}admin/people", auth=dan).status_code == 403
    assert act(boss, "end", "boss").status_code == 403
    assert act(boss, "role", "boss", role="member").status_code == 403


def test_a_link_of_a_room_says_what_it_is_for(boss: httpx.Client) -> None:
    assert boss.post("/rooms", json={"room": "ops"}).status_code == 201
    code = boss.post("/chat/ops/link", json={}).json()["url"].rpartition("/")[2]
    payload = {"name": "gus", "password": PASSWORD, "invitation": code}
    answer = httpx.post(f"{boss.base_url}/account", json=payload)
    assert answer.status_code == 403
    assert "lets into the room ops" in answer.json()["detail"]
    of_account = boss.post("/admin/invite", json={}).json()["url"]
    other = httpx.post(of_account)
    assert other.status_code == 403
    assert "new account" in other.json()["detail"]


def test_the_command_line_takes_back_an_end(
    boss: httpx.Client, closed: ServerProcess, command: Command
) -> None:
    hal = invite(boss, "hal")
    assert "restore" in command(closed, "user", "end", "hal")
    wait_until(lambda: status(boss, hal) == 401)
    assert "has ended" in command(closed, "user", "role", "hal", code=2)
    command(closed, "user", "restore", "hal")
    wait_until(lambda: status(boss, hal) == 200)
    link = command(closed, "user", "reset", "hal", "--public-url", closed.url).strip()
    assert httpx.post(link, json={"password": "another good horse"}).status_code == 200
    acts = boss.get("/audit?contains=hal").json()["audit"]
    by_command = [each["did"] for each in acts if each["by"].startswith("command line (")]
    assert by_command == ["restore account", "end account"]
    assert f"command line ({getpass.getuser()}" in acts[-1]["by"] + acts[1]["by"]
    assert "restore account" in command(closed, "audit", "--contains", "HAL")


def test_an_account_is_shown_with_what_it_used_last(
    boss: httpx.Client, closed: ServerProcess, command: Command
) -> None:
    jan = invite(boss, "jan")
    payload = {"label": "ci", "scope": "read"}
    made = httpx.post(f"{boss.base_url}/account/tokens", json=payload, auth=jan).json()
    token = {"Authorization": f"Bearer {made['token']}"}
    assert httpx.get(f"{boss.base_url}/rooms", headers=token).status_code == 200
    wait_until(lambda: find(boss, "jan")["last_seen"])
    wait_until(
        lambda: boss.get("/admin/people?who=jan").json()["tokens"][0]["last_used"] is not None
    )
    found = boss.get("/admin/people?who=jan").json()
    assert (found["tokens"][0]["label"], len(found["sessions"])) == ("ci", 1)
    page = boss.get("/admin/people?who=jan", headers=HTML).text
    assert "last used" in page
    today = found["last_seen"][:10]
    assert f"read\tall rooms\t-\tci\t{today}" in command(closed, "token", "list", "jan")
    assert f"\t{today}" in command(closed, "user", "list")
    assert act(boss, "revoke_tokens", "jan").status_code == 200
    assert httpx.get(f"{boss.base_url}/rooms", headers=token).status_code == 401
    assert boss.get("/admin/people?who=nobody").status_code == 404


def test_an_old_session_asks_for_the_password_again(closed: ServerProcess) -> None:
    with httpx.Client(base_url=closed.url) as boss:
        boss.post("/session", json={"name": "boss", "password": PASSWORD})
        me = boss.get("/session").json()["author_id"]
        assert boss.post("/admin/invite", json={}).status_code == 201
        _age_sessions(closed, me)
        # Each worker looks twice a second.
        wait_until(lambda: boss.post("/admin/invite", json={}).status_code == 403)
        refused = boss.post("/admin/people", json={"act": "reset", "who": "boss"})
        assert refused.json()["error"] == "password_needed"
        assert "Your password" in boss.get("/admin/people", headers=HTML).text
        payload = {"act": "reset", "who": "boss", "password": PASSWORD}
        assert boss.post("/admin/people", json=payload).status_code == 201


def _age_sessions(server: ServerProcess, account_id: str) -> None:
    """As if they had begun an hour ago."""
    store = redis.Redis(unix_socket_path=str(next(server.data.rglob("*.sock"))))
    with store:
        name = f"sse-chat:{{people}}:sessions:{account_id}"
        for digest in store.hkeys(name):
            store.hset(name, digest, json.dumps([int(time.time()) - 3600]))
        store.incr("sse-chat:{people}:version")


def test_a_name_that_looks_like_another_is_nobodys(
    closed: ServerProcess, boss: httpx.Client, command: Command
) -> None:
    name, _ = invite(boss, "lola")
    for likeness in ("l0la", "lol\u0430", "lola\u200b", "1ola"):
        for each in ("end", "sign_out", "erase"):
            answer = act(boss, each, likeness, confirm=likeness)
            assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
        assert boss.get("/admin/people", params={"who": likeness}).status_code == 404
        assert "no account" in command(closed, "user", "end", likeness, code=2)
    assert not find(boss, name)["ended"]
    # The same name written otherwise.
    assert act(boss, "sign_out", "LOLA").status_code == 200
