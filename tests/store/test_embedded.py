"""The embedded store's bad days: killed, hung, damaged, locked, full. Feeds stay open."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis

from sse_chat.store.embedded import running_url
from tests.support.feeds import next_of, open_ndjson
from tests.support.posts import try_post
from tests.support.servers import Launch, ServerProcess
from tests.support.waiting import wait_until


def store_of(server: ServerProcess) -> "redis.Redis":
    # Not always beside the data: a socket's path has room for a hundred characters.
    url = running_url(server.data / "store") or ""
    return redis.Redis.from_url(url, decode_responses=True, socket_timeout=5)


def signal_store(server: ServerProcess, number: int) -> None:
    with store_of(server) as store:
        pid = store.info("server")["process_id"]
    os.kill(pid, number)


def serve_again(data: Path) -> subprocess.CompletedProcess[str]:
    """A server that is expected not to start."""
    return subprocess.run(
        [sys.executable, "-m", "sse_chat", "serve", "--port", "0", "--data", str(data)],
        capture_output=True,
        text=True,
        timeout=60,
    )


def newest_file(data: Path) -> Path:
    (file,) = (data / "store" / "appendonlydir").glob("*.incr.aof")
    return file


def test_the_store_runs_without_the_caches_that_made_it_grow(launch: Launch) -> None:
    """That it stays flat is shown by python -m tests.soak, in half an hour."""
    server = launch()
    with store_of(server) as store:
        pid = store.info("server")["process_id"]
    # glibc cuts the list in two as it reads it.
    said = Path(f"/proc/{pid}/environ").read_bytes()
    assert b"glibc.malloc.tcache_count=0" in said


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hung"])
def test_a_store_that_is_killed_or_hangs_comes_back_under_open_feeds(
    launch: Launch, number: int
) -> None:
    server = launch()
    with open_ndjson(f"{server.room}/feed?format=ndjson&after=0&heartbeat=2") as events:
        assert try_post(server, "before").status_code == 201
        assert next_of(events, "message")["text"] == "before"
        signal_store(server, number)
        answer = try_post(server, "while away")
        if answer.status_code != 201:
            assert answer.status_code == 503
            assert answer.json()["error"] == "store_unavailable"
            assert answer.headers["retry-after"] == "2"
        wait_until(lambda: try_post(server, "after").status_code == 201)
        texts = [next_of(events, "message")["text"]]
        while texts[-1] != "after":
            texts.append(next_of(events, "message")["text"])
    assert ("while away" in texts) == (answer.status_code == 201)
    server.wait_output("the embedded store runs again")


def test_a_damaged_tail_is_cut_off_and_kept(launch: Launch) -> None:
    server = launch()
    kept = try_post(server, "kept").json()
    kept.pop("edit_key")
    server.stop()
    with newest_file(server.data).open("ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$1\r\nx" + bytes(5000))
    again = launch(data=server.data)
    assert httpx.get(f"{again.room}/messages").json()["events"] == [kept]
    assert try_post(again, "and on").status_code == 201
    (cut,) = (server.data / "store").glob("*.cut-*")
    assert cut.stat().st_size == 5000 + 18
    assert "the last 5,018 bytes were cut off" in again.output.read_text()


def test_damage_in_the_middle_is_said_in_one_line_and_nothing_is_cut(launch: Launch) -> None:
    server = launch()
    for text in ("one", "two", "three"):
        try_post(server, text)
    server.stop()
    file = newest_file(server.data)
    data = bytearray(file.read_bytes())
    at = data.index(b"$3\r\ntwo")
    data[at : at + 8] = bytes(8)
    file.write_bytes(data)
    refused = serve_again(server.data)
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "is damaged at byte" in refused.stderr
    assert "restore a backup" in refused.stderr
    assert file.read_bytes() == data


def test_a_folder_that_another_server_uses_is_refused_in_one_line(launch: Launch) -> None:
    server = launch()
    refused = serve_again(server.data)
    assert refused.returncode == 2
    assert refused.stderr.splitlines() == [
        f"sse-chat: the data folder {server.data}/store cannot be used: "
        "another sse-chat server uses it"
    ]
    assert try_post(server, "undisturbed").status_code == 201


@contextlib.contextmanager
def small_disk(folder: Path, options: str) -> Iterator[None]:
    """A file system of its own, which only root can make."""
    folder.mkdir()
    mount = shutil.which("mount")
    command = [str(mount), "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if mount is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_read_only_folder_is_refused_in_one_line(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "ro"):
        refused = serve_again(tmp_path / "disk" / "data")
    assert refused.returncode == 2
    assert refused.stderr.splitlines() == [
        f"sse-chat: the data folder {tmp_path}/disk/data cannot be used: Read-only file system"
    ]


def test_a_full_disk_refuses_posts_and_nothing_else_until_there_is_room(
    launch: Launch, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", "size=24m"):
        server = launch(data=tmp_path / "disk" / "data")
        assert try_post(server, "before").status_code == 201
        ballast = tmp_path / "disk" / "ballast"
        ballast.write_bytes(bytes(shutil.disk_usage(tmp_path / "disk").free - 1024 * 1024))
        wait_until(lambda: try_post(server, "no room").status_code == 503)
        refused = try_post(server, "no room")
        assert refused.json()["error"] == "store_full"
        assert refused.headers["retry-after"] == "10"
        with open_ndjson(f"{server.room}/feed?format=ndjson&after=0") as events:
            assert next_of(events, "message")["text"] == "before"
            ballast.unlink()
            wait_until(lambda: try_post(server, "room again").status_code == 201)
            while next_of(events, "message")["text"] != "room again":
                pass
        assert "posts are refused until" in server.output.read_text()
        assert "restarting" not in server.output.read_text()
        server.stop()


def fill(folder: Path) -> None:
    """To the last byte, before anyone can look."""
    with (folder / "filler").open("wb", buffering=0) as file:
        for size in (1024 * 1024, 4096):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass


def test_a_disk_that_fills_at_once_takes_no_reads_down(launch: Launch, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, "size=24m"):
        server = launch(data=disk / "data")
        assert try_post(server, "before").status_code == 201
        with store_of(server) as store:
            # They expire while there is no room, and that is written: more than a page.
            passing = [f"passes{number}" for number in range(500)]
            for key in passing:
                store.set(key, "", px=3000)
            fill(disk)
            wait_until(lambda: not store.exists(*passing))
        wait_until(lambda: try_post(server, "no room").json().get("error") == "store_full")
        assert httpx.get(f"{server.room}/messages").json()["events"][0]["text"] == "before"
        assert "the disk of" in server.output.read_text()
        assert "restarting" not in server.output.read_text()
        (disk / "filler").unlink()
        wait_until(lambda: try_post(server, "room again").status_code == 201)
        server.stop()


def test_a_store_that_dies_on_a_full_disk_is_started_to_be_read(
    launch: Launch, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, "size=24m"):
        server = launch(data=disk / "data")
        assert try_post(server, "before").status_code == 201
        fill(disk)
        server.wait_output("the disk of")
        signal_store(server, signal.SIGKILL)
        server.wait_output("runs again")
        wait_until(lambda: httpx.get(f"{server.room}/messages").status_code == 200)
        wait_until(lambda: try_post(server, "no room").json().get("error") == "store_full")
        server.stop()
        # The same for a server that starts on a full disk.
        again = launch(data=disk / "data")
        assert httpx.get(f"{again.room}/messages").json()["events"][0]["text"] == "before"
        wait_until(lambda: try_post(again, "no room").json().get("error") == "store_full")
        (disk / "filler").unlink()
        wait_until(lambda: try_post(again, "room again").status_code == 201)
        again.stop()


def test_workers_end_with_a_killed_supervisor_and_leave_the_port_and_the_data(
    launch: Launch,
) -> None:
    server = launch("--workers", "2")
    kept = try_post(server, "kept").json()
    kept.pop("edit_key")
    server.process.kill()
    server.process.wait()
    port = httpx.URL(server.url).port
    wait_until(lambda: is_free(port))
    again = launch("--workers", "2", port=port, data=server.data)
    assert httpx.get(f"{again.room}/messages").json()["events"] == [kept]


def is_free(port: int | None) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5)
    except httpx.ConnectError:
        return True
    except httpx.TransportError:
        pass
    return False
