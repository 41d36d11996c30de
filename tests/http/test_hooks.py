"""Addresses at which other programs post: once a delivery, and signed where that is asked."""

import hashlib
import hmac
import json
import subprocess
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.support.client import run_here
from tests.support.servers import Launch, Launcher, ServerProcess, curl
from tests.support.waiting import wait_equal
from tests.unit.test_hook_senders import read

PASSWORD = "correct horse battery"


class Owner:
    """Of a room with hooks, on a members-only server."""

    def __init__(self, server: ServerProcess, client: httpx.Client) -> None:
        self.server = server
        self.client = client
        self.room = server.room_name
        self.path = f"/chat/{self.room}"
        self.hooks = f"{self.path}/hooks"

    def make(self, **fields: str) -> dict[str, Any]:
        answer = self.client.post(self.hooks, json={"name": "monitor", **fields})
        assert answer.status_code == 201, answer.text
        payload: dict[str, Any] = answer.json()
        return payload

    def texts(self, room: str = "") -> list[str]:
        page = self.client.get(f"/chat/{room or self.room}/messages?limit=500").json()
        return [each["text"] for each in page["events"]]


def sign_up(server: ServerProcess) -> httpx.Client:
    client = httpx.Client(base_url=server.url)
    payload = {"name": "boss", "password": PASSWORD, "invitation": server.owner_code()}
    assert client.post("/account", json=payload).status_code == 201
    return client


@pytest.fixture(scope="module")
def members_only(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[ServerProcess, httpx.Client]]:
    launcher = Launcher(tmp_path_factory.mktemp("hooks"))
    server = launcher("--access", "members", "--limits", "off")
    with closing(sign_up(server)) as client:
        yield server, client
    launcher.stop()


@pytest.fixture
def owner(members_only: tuple[ServerProcess, httpx.Client]) -> Owner:
    """With a room of the test's own."""
    server, client = members_only
    return Owner(server.with_own_room(), client)


@pytest.fixture
def limited(launch: Launch) -> Iterator[Owner]:
    server = launch("--access", "members", "--limits", "hook-bodies=5000/300")
    with closing(sign_up(server)) as client:
        yield Owner(server, client)


def test_a_program_posts_by_the_address_alone(owner: Owner) -> None:
    url = owner.make()["url"]
    answer = json.loads(curl("-d", "disk is full", url))
    assert answer["ok"] is True
    entry = owner.client.get(f"{owner.path}/messages/{answer['id']}").json()
    assert (entry["text"], entry["author"], entry["bot"]) == ("disk is full", "monitor", True)
    assert entry["guest"] is False
    slack = ["-H", "Content-Type: application/json", "-d", '{"text":"a","username":"b"}']
    assert curl(*slack, url) == "ok"
    assert curl("--data-urlencode", 'payload={"text":"c"}', f"{url}/slack?wait=true") == "ok"
    assert owner.texts() == ["disk is full", "a", "c"]
    assert httpx.get(f"{owner.server.room}/messages").status_code == 401


def test_a_delivery_that_is_repeated_is_there_once(owner: Owner) -> None:
    url = owner.make()["url"]
    for name in ("github-push", "gitlab-push", "github-push", "gitlab-push"):
        headers, body = read(name)
        assert httpx.post(url, content=body, headers=headers).json()["ok"]
    assert len(owner.texts()) == 2


def test_a_shared_secret_must_be_right(owner: Owner) -> None:
    hook = owner.make(secret="s3cret")
    headers, body = read("github-ping")
    digest = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    for signed in (
        {},
        {"X-Hub-Signature-256": "sha256=" + "0" * 64},
        {"X-Hub-Signature-256": digest},
        {"X-Gitlab-Token": "wrong"},
    ):
        forged = httpx.post(hook["url"], content=body, headers={**headers, **signed})
        assert (forged.status_code, forged.json()["error"]) == (403, "forbidden")
    assert owner.texts() == []
    signed = {"X-Hub-Signature-256": f"sha256={digest}"}
    assert httpx.post(hook["url"], content=body, headers={**headers, **signed}).is_success
    tokened = {"X-Gitlab-Token": "s3cret", "Content-Type": "text/plain"}
    assert httpx.post(hook["url"], content=b"hi", headers=tokened).is_success
    assert len(owner.texts()) == 2


def test_a_hook_that_is_refused_opens_no_room(owner: Owner) -> None:
    room = f"{owner.room}-new"
    for wrong in ({"name": "\u202ex"}, {"name": "ci", "secret": "s" * 257}):
        assert owner.client.post(f"/chat/{room}/hooks", json=wrong).status_code == 400
    assert owner.client.post("/rooms", json={"room": room}).status_code == 201


def test_hooks_are_listed_and_revoked(owner: Owner) -> None:
    hook, other = owner.make(), owner.make(name="other")
    listed = owner.client.get(owner.hooks).json()["hooks"]
    assert [(each["id"], each["name"]) for each in listed] == [
        (hook["id"], "monitor"), (other["id"], "other"),
    ]  # fmt: skip
    assert hook["url"].rpartition("/")[2] not in json.dumps(listed)
    assert owner.client.post(f"{owner.hooks}/{hook['id']}/revoke").is_success
    assert httpx.post(hook["url"], content=b"late").status_code == 404
    assert httpx.post(other["url"], content=b"in time").is_success
    assert owner.client.post(f"{owner.hooks}/{hook['id']}/revoke").status_code == 404
    assert owner.client.post(f"/chat/else/hooks/{other['id']}/revoke").status_code == 404


def test_what_is_wrong_is_refused(owner: Owner) -> None:
    url = owner.make()["url"]
    json_type = {"Content-Type": "application/json"}
    for content, headers, status in (
        (b"", {}, 400),
        (b"{", json_type, 400),
        (b'{"a":' * 5000, json_type, 400),
        (b"x" * 1_100_000, {}, 413),
        (b"\xff", {}, 400),
    ):
        answer = httpx.post(url, content=content, headers=headers)
        assert answer.status_code == status, answer.text
    for fields in (
        {},
        {"name": ""},
        {"name": "boss"},
        {"name": 1},
        {"name": "a", "secret": "x" * 300},
    ):
        assert owner.client.post(owner.hooks, json=fields).status_code == 400
    assert owner.texts() == []


def test_secrets_cannot_be_guessed_for_long(limited: Owner) -> None:
    url = limited.make()["url"]
    guess = f"{limited.server.url}/hooks/{'A' * 22}"
    with httpx.Client() as client:
        statuses = [client.post(guess, content=b"x").status_code for _ in range(60)]
        assert statuses[0] == 404
        assert 429 in statuses
        # Whoever has the secret is not held up by it.
        assert client.post(url, content=b"x").is_success
    output = limited.server.output.read_text()
    assert "unknown hook AAAA…" in output
    assert "A" * 22 not in output
    # Nobody fills the log by guessing on.
    assert output.count("unknown hook AAAA…") == statuses.count(404)


def test_who_does_not_own_the_room_makes_no_hook(server: ServerProcess, room: str) -> None:
    assert httpx.post(f"{room}/hooks", json={"name": "x"}, auth=("ann", "")).status_code == 401
    assert httpx.get(f"{room}/hooks").status_code == 401


def test_the_rules_page_makes_lists_and_revokes(owner: Owner) -> None:
    html = {"Accept": "text/html"}
    page = owner.client.post(owner.hooks, data={"name": "from the page"}, headers=html)
    assert "from the page" in page.text
    url = page.text.partition("<code>")[2].partition("</code>")[0]
    assert httpx.post(url, content=b"hi").is_success
    hook_id = owner.client.get(owner.hooks).json()["hooks"][0]["id"]
    ended = owner.client.post(f"{owner.hooks}/{hook_id}/revoke", headers=html)
    assert ended.headers["location"] == f"{owner.path}/rules"
    assert "from the page" not in owner.client.get(f"{owner.path}/rules", headers=html).text
    assert httpx.post(url, content=b"hi").status_code == 404


def test_the_rules_page_makes_lists_and_revokes_hooks_out(owner: Owner) -> None:
    html = {"Accept": "text/html"}
    fields = {"url": "https://robot.example/in", "kind": "", "contains": "deploy", "author": ""}
    page = owner.client.post(owner.hooks, data=fields, headers=html)
    assert page.text.count("<code>whsec_") == 1
    (hook,) = owner.client.get(owner.hooks).json()["out"]
    assert (hook["url"], hook["contains"]) == ("https://robot.example/in", "deploy")
    assert "kind" not in hook
    shown = owner.client.get(f"{owner.path}/rules", headers=html).text
    assert "https://robot.example/in" in shown
    assert "whsec_" not in shown
    owner.client.post(f"{owner.hooks}/{hook['id']}/revoke", headers=html)
    assert "robot.example" not in owner.client.get(f"{owner.path}/rules", headers=html).text


def test_the_command_line_makes_lists_and_revokes(owner: Owner) -> None:
    def hook(*words: str) -> str:
        done = run_here("hook", *words, "--data", str(owner.server.data))
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()

    path = hook("add", owner.room, "--name", "cron").strip()
    assert httpx.post(f"{owner.server.url}{path}", content=b"hi").is_success
    hook_id, room, name, *_ = hook("list", owner.room).split("\t")
    assert (room, name) == (owner.room, "cron")
    hook("revoke", hook_id)
    url = f"{owner.server.url}{path}"
    # The server hears of it by the version that it watches.
    wait_equal(lambda: httpx.post(url, content=b"hi").status_code, 404)


def test_the_command_line_makes_lists_and_revokes_hooks_out(owner: Owner) -> None:
    def hook(*words: str) -> tuple[int, str]:
        done = run_here("hook", *words, "--data", str(owner.server.data))
        return done.returncode, done.stdout.decode()

    flags = ("--url", "https://robot.example/in", "--kind", "message", "--contains", "deploy")
    code, secret = hook("add", owner.room, *flags)
    assert code == 0
    assert secret.startswith("whsec_")
    (out,) = owner.client.get(owner.hooks).json()["out"]
    assert out["kind"] == "message"
    hook_id, room, to, _, wanted = hook("list", owner.room)[1].rstrip().split("\t")
    assert (hook_id, room, to) == (out["id"], owner.room, "to https://robot.example/in")
    assert sorted(wanted.split()) == ["contains=deploy", "kind=message"]
    assert hook("revoke", hook_id)[0] == 0
    assert owner.client.get(owner.hooks).json()["out"] == []
    assert hook("revoke", hook_id)[0] != 0
    assert hook("add", owner.room, "--kind", "message")[0] == 2
    assert hook("add", owner.room, "--url", "ftp://x")[0] != 0


def test_curl_of_a_members_only_server_is_told_how_to_sign_in(owner: Owner) -> None:
    url = owner.server.url
    told = curl(url)
    assert "machine 127.0.0.1 login NAME password SECRET" in told
    line = next(line for line in told.splitlines() if line.strip().startswith("write"))
    command = (
        line.strip()
        .removeprefix("write")
        .strip()
        .replace("curl -n", f"curl -s -u boss:'{PASSWORD}'")
    )
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout)["text"] == "hello"


def test_a_large_body_is_rendered_beside_the_others_turns(owner: Owner) -> None:
    """The server's own watch tells what held its loop, and the launcher looks at what it said."""
    url = owner.make()["url"]
    for part in (b"[]", b'{"a":1}', b'"\\u0041"'):
        body = b'{"attachments":[' + b",".join([part] * (900_000 // (len(part) + 1))) + b"]}"
        answer = httpx.post(url, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in (200, 400), answer.text


def test_what_is_sent_to_a_hook_is_charged_by_its_size(limited: Owner) -> None:
    url, body = limited.make()["url"], b"[" + b" " * 999_000
    headers = {"Content-Type": "application/json"}
    said = [httpx.post(url, content=body, headers=headers).status_code for _ in range(30)]
    assert said[:20] == [400] * 20
    assert said[-1] == 429


def test_a_guess_writes_nothing_of_its_own_into_the_log(server: ServerProcess) -> None:
    httpx.post(f"{server.url}/hooks/%1b%5b2J")
    assert "\x1b" not in server.wait_output("unknown hook")
