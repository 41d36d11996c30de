"""Accounts, tokens and rooms from the command line, and what it shows of what anyone may write."""

import time

import httpx

from tests.http.test_moderation import PASSWORD
from tests.support.client import run, run_here
from tests.support.servers import Launch, ServerProcess


def command(server: ServerProcess, *words: str, stdin: str = "") -> str:
    done = run_here(*words, "--data", str(server.data), data=stdin.encode())
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def test_the_command_line_does_all_of_it(launch: Launch) -> None:
    server = launch("--accounts", "closed", "--rooms", "owner")
    add = ("user", "add", "ann", "--role", "owner", "--data", str(server.data))
    # From a file of Windows; here the process itself reads it, and translates nothing.
    added = run(*add, data=f"{PASSWORD}\r\n".encode())
    assert added.returncode == 0
    assert added.stdout.startswith(b"ann is an owner now")
    command(server, "user", "add", "deploy bot", "--bot")
    token = command(server, "token", "add", "deploy bot", "--room", "ops", "--days", "30").strip()
    bot = {"Authorization": f"Bearer {token}"}
    ops = f"{server.url}/chat/ops"
    assert httpx.post(ops, content="a", headers=bot).status_code == 404
    command(server, "room", "set", "ops", "--visibility", "invited")
    command(server, "room", "owner", "ops", "deploy bot")
    deadline = time.monotonic() + 60
    # The server looks twice a second.
    while httpx.post(ops, content="a", headers=bot).status_code != 201:
        assert time.monotonic() < deadline
    assert httpx.get(f"{ops}/messages").status_code == 404
    assert httpx.get(f"{ops}/messages", auth=("ann", PASSWORD)).status_code == 200
    assert "ops\tinvited" in command(server, "room", "list")
    # The server's own secret, a setting of the same name, has at least 16 characters.
    assert "/hooks/" in command(server, "hook", "add", "ops", "--secret", "short")
    assert "signed" in command(server, "hook", "list", "ops")
    token_id = command(server, "token", "list", "deploy bot").split("\t")[0]
    command(server, "token", "revoke", token_id)
    while httpx.post(ops, content="a", headers=bot).status_code != 401:
        assert time.monotonic() < deadline
    link = command(server, "invite", "--public-url", server.url).strip()
    payload = {"name": "bob", "password": PASSWORD, "invitation": link.rpartition("/")[2]}
    assert httpx.post(f"{server.url}/account", json=payload).status_code == 201
    command(server, "user", "end", "bob")
    assert "bob\tended" in command(server, "user", "list")


def test_no_list_drives_the_terminal(launch: Launch) -> None:
    server = launch()
    evil = "a \x1b]0;title\x07 \x9b31m \u202e z"
    with httpx.Client(base_url=server.url) as eve:
        assert eve.post("/account", json={"name": "eve", "password": PASSWORD}).status_code == 201
        assert eve.post("/chat/ops/topic", json={"text": evil}).status_code == 201
        label = {"label": f"{evil}\nroot"}
        assert eve.post("/account/tokens", json=label).status_code == 201
    for words in (("room", "list"), ("token", "list"), ("user", "list")):
        written = command(server, *words)
        assert written
        assert all(char.isprintable() for char in written if char not in "\t\n"), ascii(written)
    assert len(command(server, "token", "list").splitlines()) == 1
