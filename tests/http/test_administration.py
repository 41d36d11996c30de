"""The owner of a server and the accounts of others: by page, by JSON and from the command line."""

import getpass
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pyotp
import pytest
import redis

from sse_chat.cli import main
from tests.http.test_moderation import PASSWORD
from tests.support.servers import Launcher, ServerProcess
from tests.support.waiting import wait_until

HTML = {"Accept": "text/html"}
OWNER = ("boss", PASSWORD)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server for people with an account, which has an owner."""
    launcher = Launcher(tmp_path_factory.mktemp("closed"))
    server = launcher("--limits", "off", "--access", "members")
    shape = {"name": "boss", "password": PASSWORD, "invitation": server.owner_code()}
    assert httpx.post(f"{server.url}/account", json=shape).status_code == 201
    yield server
    launcher.stop()


@pytest.fixture
def boss(closed: ServerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=closed.url, auth=OWNER) as client:
        yield client


Command = Callable[..., str]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """What `sse-chat` says, run in this process: it works on the store of the server."""

    def run(server: ServerProcess, *words: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main([*words, "--data", str(server.data)])
        captured = capsys.readouterr()
        assert ended.value.code == code, captured.err
        return captured.err if code else captured.out

    return run


def invite(boss: httpx.Client, name: str, role: str = "member") -> tuple[str, str]:
    """A new account by an invitation, as its name and password."""
    made = boss.post("/admin/invite", json={"role": role})
    assert made.status_code == 201, made.text
    code = made.json()["url"].rpartition("/")[2]
    shape = {"name": name, "password": PASSWORD, "invitation": code}
    answer = httpx.post(f"{boss.base_url}/account", json=shape)
    assert (answer.status_code, answer.json()["role"]) == (201, role), answer.text
    return name, PASSWORD


def act(boss: httpx.Client, act: str, who: str, **fields: str) -> httpx.Response:
    return boss.post("/admin/people", json={"act": act, "who": who, **fields})


def status(boss: httpx.Client, who: tuple[str, str]) -> int:
    return httpx.get(f"{boss.base_url}/rooms", auth=who).status_code


def find(boss: httpx.Client, name: str) -> dict[str, Any]:
    people = boss.get("/admin/people").json()["people"]
    return next(each for each in people if each["name"] == name)


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
        shape = {"act": "end", "who": "boss"}
        assert httpx.post(f"{url}admin/{path}", json=shape, auth=dan).status_code == 403
        assert httpx.post(f"{url}admin/{path}", json=shape).status_code == 401
        bearer = {"Authorization": f"Bearer {token}"}
        assert httpx.post(f"{url}admin/{path}", json=shape, headers=bearer).status_code == 403
    assert httpx.get(f"{url}admin/people", auth=dan).status_code == 403
    assert act(boss, "end", "boss").status_code == 403
    assert act(boss, "role", "boss", role="member").status_code == 403


def test_the_pages_do_it_by_plain_forms(boss: httpx.Client) -> None:
    invite(boss, "fay")
    page = boss.get("/admin/people", headers=HTML)
    assert "fay" in page.text
    made = boss.post("/admin/invite", data={"role": "member", "days": "1"}, headers=HTML)
    assert "/invite/" in made.text
    who = find(boss, "fay")["author_id"]
    ended = boss.post("/admin/people", data={"act": "end", "who": who}, headers=HTML)
    assert (ended.status_code, ended.headers["location"]) == (303, "/admin/people")
    assert "Restore the account" in boss.get("/admin/people", headers=HTML).text


def test_a_link_of_a_room_says_what_it_is_for(boss: httpx.Client) -> None:
    assert boss.post("/rooms", json={"room": "ops"}).status_code == 201
    code = boss.post("/chat/ops/link", json={}).json()["url"].rpartition("/")[2]
    shape = {"name": "gus", "password": PASSWORD, "invitation": code}
    answer = httpx.post(f"{boss.base_url}/account", json=shape)
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


def test_the_audit_log_is_read_in_pages(boss: httpx.Client) -> None:
    invite(boss, "ivy")
    whole = boss.get("/audit").json()
    assert whole["more"] is False
    first = boss.get("/audit?limit=2").json()
    assert (first["audit"], first["more"]) == (whole["audit"][:2], True)
    rest = boss.get(f"/audit?before={first['audit'][-1]['id']}").json()["audit"]
    assert rest == whole["audit"][2:]
    assert boss.get("/audit?before=x").status_code == 400
    page = boss.get("/audit?limit=1&contains=account", headers=HTML).text
    assert "Older" in page


def test_a_ban_finds_a_guest_by_name(server: ServerProcess, command: Command) -> None:
    """On an open server: guests of a closed one come by a link alone."""
    shape = {"act": "ban", "who": "troll one"}
    with httpx.Client(base_url=server.url) as chief, httpx.Client(base_url=server.url) as guest:
        chief.post("/account", json={"name": "chief", "password": PASSWORD})
        command(server, "user", "role", "chief", "--role", "moderator")
        wait_until(lambda: chief.get("/moderation").status_code == 200)
        assert guest.post("/session", json={"name": "Troll One"}).status_code == 200
        assert guest.post("/chat/trolls", content="hi").status_code == 201
        wait_until(lambda: "Troll" in chief.get("/chat/trolls/people").text)
        assert guest.post("/chat/more-trolls", content="hi again").status_code == 201
        assert chief.post("/chat/trolls", content="stays").status_code == 201
        banned = chief.post("/moderation", json={**shape, "purge": 1}).json()
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
        assert chief.post("/moderation", json={**shape, "who": "unheard of"}).status_code == 404
        assert guest.get("/moderation").status_code == 401


def _texts(client: httpx.Client, room: str) -> list[str]:
    events = client.get(f"/chat/{room}/messages").json()["events"]
    return [each["text"] for each in events if each["kind"] == "message"]


def test_the_overview_tells_state_settings_and_this_request(
    boss: httpx.Client, closed: ServerProcess
) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.7"}
    found = boss.get("/admin", headers=forwarded).json()
    state, seen = found["state"], found["request"]
    assert state["store"]["kind"] == "embedded"
    assert state["store"]["version"].startswith("valkey ")
    assert {"format": "sse", "step": "1", "count": 0} in state["feeds"]
    assert (seen["client"], seen["peer"], seen["scheme"]) == ("127.0.0.1", "127.0.0.1", "http")
    assert seen["forwarded"] == {"x-forwarded-for": "203.0.113.7"}
    assert seen["has_untrusted_proxy"] is True
    settings = {each["flag"]: each for each in found["settings"]}
    assert (settings["--access"]["value"], settings["--access"]["source"]) == (
        "members", "--access"
    )  # fmt: skip
    assert settings["--rotate"]["source"] == "default"
    # The secret of this data folder was made, not given.
    assert settings["--secret"]["value"] in ("", "(set)")
    with boss.stream("GET", "/doctor", headers=forwarded) as doctor:
        lines = doctor.iter_lines()
        assert any("does not trust it" in next(lines) for _ in range(3))
    page = boss.get("/admin", headers=HTML).text
    assert "--trusted-proxies 127.0.0.1" in page
    assert closed.output.read_text().count("127.0.0.1 sends X-Forwarded-*") == 1
    assert httpx.get(f"{closed.url}/admin").status_code == 401


def test_rooms_are_listed_with_rules_and_sizes(boss: httpx.Client) -> None:
    assert boss.post("/rooms", json={"room": "store", "visibility": "invited"}).status_code == 201
    for text in ("one", "two"):
        assert boss.post("/chat/store", content=text).status_code == 201
    rooms = {each["room"]: each for each in boss.get("/admin/rooms").json()["rooms"]}
    assert (rooms["store"]["entries"], rooms["store"]["visibility"]) == (2, "invited")
    assert rooms["store"]["bytes"] > 100
    assert "#</span>store" in boss.get("/admin/rooms", headers=HTML).text


def test_an_account_is_shown_with_what_it_used_last(
    boss: httpx.Client, closed: ServerProcess, command: Command
) -> None:
    jan = invite(boss, "jan")
    shape = {"label": "ci", "scope": "read"}
    made = httpx.post(f"{boss.base_url}/account/tokens", json=shape, auth=jan).json()
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
        shape = {"act": "reset", "who": "boss", "password": PASSWORD}
        assert boss.post("/admin/people", json=shape).status_code == 201


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
