"""Backup and restore: a round trip, while the server runs, in two parts."""

import json
from pathlib import Path

import httpx
from client import run
from conftest import Launch, ServerProcess
from stores import run_store

ANN = ("ann", "")


def post(server: ServerProcess, text: str, room: str = "lobby", **headers: str) -> dict[str, str]:
    answer = httpx.post(f"{server.url}/chat/{room}", content=text, headers=headers, auth=ANN)
    answer.raise_for_status()
    posted: dict[str, str] = answer.json()
    return posted


def events_of(server: ServerProcess, room: str) -> list[dict[str, str]]:
    events: list[dict[str, str]] = httpx.get(f"{server.url}/chat/{room}/messages").json()["events"]
    return events


def back_up(server: ServerProcess, file: Path) -> str:
    done = run("backup", "--data", str(server.data), str(file))
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def test_a_backup_of_a_running_server_goes_on_and_comes_back_in_another_store(
    launch: Launch, tmp_path: Path
) -> None:
    secret = ("--secret", "the same for both")
    server, file = launch(*secret), tmp_path / "backup.ndjson"
    post(server, "first ☕", **{"Idempotency-Key": "k1"})
    wrong = post(server, "wrong")
    gone = post(server, "to be deleted")
    post(server, "elsewhere", "other")
    assert back_up(server, file).startswith("4 entries")
    post(server, "second")
    for part, form in ((f"{wrong['id']}/edit", {"text": "right"}), (f"{gone['id']}/delete", {})):
        httpx.post(
            f"{server.room}/messages/{part}", data=form or {"x": ""}, auth=ANN
        ).raise_for_status()
    # Cut in the middle of a line, as by a full disk: the next run mends it.
    with file.open("a") as opened:
        opened.write('{"room": "lob')
    assert back_up(server, file).startswith("3 entries")
    assert file.stat().st_mode & 0o077 == 0
    with run_store(tmp_path / "redis") as store:
        done = run("restore", "--redis", store.url, str(file))
        assert done.returncode == 0, done.stderr
        again = launch("--redis", store.url, *secret)
        for room in ("lobby", "other"):
            assert events_of(again, room) == events_of(server, room)
        texts = [event["text"] for event in events_of(again, "lobby")]
        assert "right" in texts
        assert "to be deleted" not in texts
        # Keys of posts came along: a repeated post is not doubled.
        repeated = httpx.post(
            again.room, content="first ☕", headers={"Idempotency-Key": "k1"}, auth=ANN
        )
        assert repeated.status_code == 200
        resumed = httpx.get(f"{again.room}/messages?after={wrong['id']}").json()
        assert resumed["gap"] is None
        refused = run("restore", "--redis", store.url, str(file))
        assert refused.returncode == 2
        assert b"the store is not empty" in refused.stderr


def test_a_stopped_server_is_backed_up_from_its_folder_and_restored_into_another(
    launch: Launch, tmp_path: Path
) -> None:
    server, file = launch(), tmp_path / "backup.ndjson"
    posted = post(server, "kept")
    server.stop()
    back_up(server, file)
    rooms = [line for line in map(json.loads, file.read_text().splitlines()) if "room" in line]
    assert [line["id"] for line in rooms] == [posted["id"]]
    other = tmp_path / "other"
    assert run("restore", "--data", str(other), str(file)).returncode == 0
    assert events_of(launch(data=other), "lobby") == [posted]


def test_accounts_and_rules_come_along_also_into_a_folder_that_was_used(
    launch: Launch, tmp_path: Path
) -> None:
    server, file = launch(), tmp_path / "backup.ndjson"
    shape = {"name": "ann", "password": "correct horse battery"}
    with httpx.Client(base_url=server.url) as ann:
        assert ann.post("/account", json=shape).status_code == 201
        room = {"room": "ours", "visibility": "invited"}
        assert ann.post("/rooms", json=room).status_code == 201
        assert ann.post("/chat/ours", content="secret").status_code == 201
    back_up(server, file)
    other = launch()
    assert other.owner_code()
    other.stop()
    done = run("restore", "--data", str(other.data), str(file))
    assert done.returncode == 0, done.stderr
    again = launch(data=other.data)
    assert httpx.get(f"{again.url}/chat/ours/messages").status_code == 404
    by_name = httpx.get(f"{again.url}/chat/ours/messages", auth=tuple(shape.values()))
    assert by_name.json()["events"][0]["text"] == "secret"
