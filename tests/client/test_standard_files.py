"""Commands whose stdin, stdout or stderr is closed, full, no longer read, or not UTF-8."""

import io
import json
import os
import select
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from sse_chat.backup.file import STANDARD, write_backup
from tests.client.test_client_room import answer_when_asked
from tests.support.client import environment, run_here
from tests.support.programs import free_port
from tests.support.servers import ServerProcess
from tests.support.waiting import wait_until


def run_in_shell(redirection: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["sh", "-c", f'exec "$0" -m sse_chat "$@" {redirection}', sys.executable, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment(),
        timeout=120,
    )


@pytest.mark.parametrize("redirection", [">&-", ">/dev/full"])
def test_what_cannot_be_written_is_told_in_a_line(redirection: str) -> None:
    done = run_in_shell(redirection, "deploy", "nginx")
    assert done.returncode == 1
    assert done.stderr.startswith(b"sse-chat: stdout cannot be written: ")
    assert done.stderr.count(b"\n") == 1


def test_what_is_not_written_does_not_count_as_shown(room: str, tmp_path: Path) -> None:
    assert run_here("say", room, "hi").returncode == 0
    place = tmp_path / "place"
    tail = ("tail", room, "--no-follow", "--position", str(place))
    assert run_in_shell(">&-", *tail).returncode == 1
    assert run_here(*tail).stdout.endswith(b": hi\n")


def test_notices_do_not_go_to_stdout_where_stderr_is_closed() -> None:
    address = f"http://127.0.0.1:{free_port()}/chat/lobby"
    done = run_in_shell("2>&-", "tail", address, "--no-follow")
    assert (done.returncode, done.stdout) == (3, b"")


def test_a_closed_stdin_is_an_empty_one(server: ServerProcess) -> None:
    done = run_in_shell("<&-", "say", server.room)
    assert done.returncode == 8
    assert b"blank" in done.stderr


def test_a_non_blocking_stdin_is_read_to_its_end(room: str) -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    command = [sys.executable, "-m", "sse_chat", "say", room, "--format", "ndjson"]
    with subprocess.Popen(
        command, stdin=reader, stdout=subprocess.PIPE, env=environment()
    ) as process:
        os.write(writer, b"one\n")
        # Once it has taken the first line it waits for the next, or has ended.
        wait_until(lambda: not select.select([reader], [], [], 0)[0] or process.poll() is not None)
        os.write(writer, b"two")
        os.close(writer)
        os.close(reader)
        said = process.communicate(timeout=60)[0]
    assert json.loads(said)["text"] == "one\ntwo"


def test_a_non_blocking_stdout_loses_nothing() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    # So that it is full at once.
    os.write(writer, b"x" * 65_536)
    command = [sys.executable, "-m", "sse_chat", "deploy", "nginx"]
    with subprocess.Popen(command, stdout=writer, env=environment()) as process:
        wait_until(lambda: os.get_blocking(writer) or process.poll() is not None)
        os.close(writer)
        with os.fdopen(reader, "rb") as out:
            assert out.read().endswith(b"}\n")
    assert process.returncode == 0


def test_a_list_that_is_no_longer_read_ends_quietly() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "sse_chat", "deploy", "nginx"]
    with os.fdopen(writer, "wb") as out:
        done = subprocess.run(
            command, stdout=out, stderr=subprocess.PIPE, env=environment(), timeout=60
        )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_no_that_nobody_reads_does_not_end_like_a_yes(room: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    thread = answer_when_asked(room, "no")
    command = [sys.executable, "-m", "sse_chat", "ask", room, "Deploy?", "--choices", "yes,no"]
    with os.fdopen(writer, "wb") as out:
        done = subprocess.run(
            command, stdout=out, stderr=subprocess.PIPE, env=environment(), timeout=120
        )
    thread.join()
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_backup_to_stdout_is_utf_8_in_any_locale() -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    with mock.patch.object(sys, "stdout", out):
        write_backup(STANDARD, [{"text": "café, 日本"}])
    assert '{"text":"café, 日本"}\n'.encode() in out.buffer.getvalue()  # type: ignore[attr-defined]


def test_a_message_that_is_not_utf_8_is_refused_and_not_changed(room: str) -> None:
    done = run_here("say", room, os.fsdecode(b"caf\xe9"))
    assert done.returncode == 8
    assert b"not valid UTF-8" in done.stderr
    asked = run_here("ask", room, os.fsdecode(b"caf\xe9"), "--choices", "yes,no")
    assert (asked.returncode, asked.stderr) == (2, b"sse-chat: an argument is not valid UTF-8\n")


def test_a_position_that_cannot_be_kept_is_told_before_anything_is_shown(
    room: str, tmp_path: Path
) -> None:
    assert run_here("say", room, "hi").returncode == 0
    done = run_here("tail", room, "--no-follow", "--position", str(tmp_path / "no" / "place"))
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"place cannot be written: No such file" in done.stderr


def test_a_wrong_position_names_its_file(room: str, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.write_text("garbage")
    done = run_here("tail", room, "--no-follow", "--position", str(place))
    assert done.returncode == 2
    assert done.stderr.startswith(f"sse-chat: --position {place}: 'garbage' is not".encode())
