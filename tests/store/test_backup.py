"""Backup and restore: a round trip, while the server runs, in two parts."""

import gzip
import json
from pathlib import Path

import httpx
import pytest
import redis

from sse_chat.store.embedded import running_url
from sse_chat.store.keys import Keys
from tests.support.client import run, run_here
from tests.support.servers import Launch, ServerProcess
from tests.support.stores import run_store

ANN = ("ann", "")


def post(server: ServerProcess, text: str, room: str = "lobby", **headers: str) -> dict[str, str]:
    answer = httpx.post(f"{server.url}/chat/{room}", content=text, headers=headers, auth=ANN)
    answer.raise_for_status()
    posted: dict[str, str] = answer.json()
    return posted


def as_read(posted: dict[str, str]) -> dict[str, str]:
    """Without what is for whoever posted it alone."""
    return {name: value for name, value in posted.items() if name != "edit_key"}


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
    changes = ((wrong, "edit", {"text": "right"}), (gone, "delete", {"x": ""}))
    for entry, how, form in changes:
        url, headers = f"{server.room}/messages/{entry['id']}", {"Edit-Key": entry["edit_key"]}
        httpx.post(f"{url}/{how}", data=form, headers=headers).raise_for_status()
    assert back_up(server, file).startswith("3 entries")
    # The deletion has reached what was written before it.
    assert "to be deleted" not in file.read_text()
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


def test_a_room_that_was_deleted_goes_from_the_file_too(launch: Launch, tmp_path: Path) -> None:
    server, file = launch(), tmp_path / "backup.ndjson"
    post(server, "of the old room", "gone")
    post(server, "stays")
    back_up(server, file)
    done = run("room", "delete", "gone", "--yes", "--data", str(server.data))
    assert done.returncode == 0, done.stderr
    back_up(server, file)
    assert "of the old room" not in file.read_text()
    assert "stays" in file.read_text()
    # A day later the name is free, and what has it is another room.
    url = running_url(server.data / "store")
    assert url is not None
    with redis.Redis.from_url(url) as store:
        store.hset(Keys().people("rules", "gone"), "deleted", "1800000000")
        for ms in (1_700_000_000_000, 1_900_000_000_000):
            fields = {"author": "ann", "author_id": "n_ann", "text": f"of {ms}"}
            store.xadd(Keys().room("gone"), fields, f"{ms}-0")  # type: ignore[arg-type]
    back_up(server, file)
    with run_store(tmp_path / "redis") as other:
        done = run("restore", "--redis", other.url, str(file))
        assert done.returncode == 0, done.stderr
        with other.client() as client:
            kept = [entry_id for entry_id, _ in client.xrange(Keys().room("gone"))]
    assert kept == ["1900000000000-0"]


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
    assert events_of(launch(data=other), "lobby") == [as_read(posted)]


@pytest.mark.parametrize("name", ["-", "backup.ndjson.gz"])
def test_a_backup_goes_through_a_pipe_or_is_compressed(
    launch: Launch, tmp_path: Path, name: str
) -> None:
    server = launch()
    posted = post(server, "kept ☕")
    file = str(tmp_path / name) if name != "-" else "-"
    done = run("backup", "--data", str(server.data), file)
    assert done.returncode == 0, done.stderr
    if file != "-":
        assert gzip.decompress(Path(file).read_bytes()).startswith(b'{"backup":"sse-chat"')
        assert b"0 entries added" in run("backup", "--data", str(server.data), file).stdout
    other = tmp_path / "other"
    restored = run("restore", "--data", str(other), file, data=done.stdout)
    assert restored.returncode == 0, restored.stderr
    assert events_of(launch(data=other), "lobby") == [as_read(posted)]


def test_a_file_that_was_cut_or_is_none_is_refused_and_makes_no_store(
    launch: Launch, tmp_path: Path
) -> None:
    server, file = launch(), tmp_path / "backup.ndjson"
    for number in range(5):
        post(server, str(number))
    back_up(server, file)
    whole = file.read_bytes()
    lines = whole.splitlines(keepends=True)
    bad = {
        "was cut": b"".join(lines[:-2]),
        "cut: its end": whole[:-40],
        "is damaged": b"".join(lines[:3] + lines[4:]),
        "line 3": b"".join([*lines[:2], b"{]\n", *lines[3:]]),
        "not a backup": b"\x7fELF\xff\xfe",
        "is not a backup": b"hello\n",
        "a backup that": b'{"hello": 1}\n',
    }
    for said, content in bad.items():
        file.write_bytes(content)
        for command in ("restore", "backup"):
            data = tmp_path / "none" if command == "restore" else server.data
            refused = run_here(command, "--data", str(data), str(file))
            assert refused.returncode == 2
            assert said.encode() in refused.stderr
            assert b"Traceback" not in refused.stderr
            assert file.read_bytes() == content
    assert not (tmp_path / "none").exists()


def test_a_backup_of_an_earlier_version_is_restored(launch: Launch, tmp_path: Path) -> None:
    server, file = launch(), tmp_path / "backup.ndjson"
    posted = post(server, "kept")
    back_up(server, file)
    _, *lines, _ = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines))
    other = tmp_path / "other"
    assert run("restore", "--data", str(other), str(file)).returncode == 0
    assert events_of(launch(data=other), "lobby") == [as_read(posted)]


def test_accounts_and_rules_come_along_also_into_a_folder_that_was_used(
    launch: Launch, tmp_path: Path
) -> None:
    server, file = launch(), tmp_path / "backup.ndjson"
    payload = {"name": "ann", "password": "correct horse battery"}
    with httpx.Client(base_url=server.url) as ann:
        assert ann.post("/account", json=payload).status_code == 201
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
    by_name = httpx.get(f"{again.url}/chat/ours/messages", auth=tuple(payload.values()))
    assert by_name.json()["events"][0]["text"] == "secret"
