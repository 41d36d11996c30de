"""The command-line client against a real server: tail, say and pipe."""

import json
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.client import environment, run, running
from tests.support.servers import Launch, ServerProcess
from tests.support.waiting import wait_until


@pytest.fixture
def server(server: ServerProcess) -> ServerProcess:
    return server.with_own_room()


def texts(server: ServerProcess) -> list[str]:
    return [line.split(": ", 1)[1] for line in _all_lines(server) if line.startswith("[")]


def _all_lines(server: ServerProcess) -> list[str]:
    answer = httpx.get(f"{server.room}/feed?format=text&after=0&follow=0", timeout=60)
    return answer.text.splitlines()


def test_what_say_says_tail_shows(launch: Launch) -> None:
    server = launch()
    done = run("say", server.room, "-u", "ann", "hello", "world")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    read = run("tail", server.room, "--no-follow")
    assert read.returncode == 0
    assert read.stdout.decode().endswith("] ann: hello world\n")
    # The default room, by its server's address, and by name.
    for target in ([server.url], ["lobby", "--server", server.url]):
        assert run("tail", *target, "--no-follow").stdout == read.stdout


def test_tail_goes_on_and_ends_quietly_by_ctrl_c(server: ServerProcess) -> None:
    run("say", server.room, "before")
    with running("tail", server.room, "--last", "1") as tail:
        tail.wait_line(": before")
        for number in range(3):
            run("say", server.room, f"message {number}")
            tail.wait_line(f": message {number}")
        assert tail.texts() == ["before", "message 0", "message 1", "message 2"]
        tail.process.send_signal(signal.SIGINT)
        assert tail.process.wait(60) == 130
        assert tail.err == []


def test_tail_starts_where_it_is_told_to(server: ServerProcess) -> None:
    ids = [httpx.post(server.room, content=f"{number}").json()["id"] for number in range(4)]

    def read(*flags: str) -> list[str]:
        done = run("tail", server.room, "--no-follow", "--format", "ndjson", *flags)
        return [json.loads(line)["text"] for line in done.stdout.splitlines()]

    assert read() == []
    assert read("--last", "2") == ["2", "3"]
    assert read("--after", ids[0]) == ["1", "2", "3"]
    assert read("--after", "0") == ["0", "1", "2", "3"]


@pytest.mark.parametrize("form", ["text", "ndjson"])
def test_nothing_that_a_terminal_obeys_comes_through(server: ServerProcess, form: str) -> None:
    nasty = "a\x1b[31mred\x1b]0;title\x07 \x9b2J \u202eb\x7f\x00".replace("\x00", "")
    httpx.post(server.room, content=nasty.encode()).raise_for_status()
    done = run("tail", server.room, "--no-follow", "--after", "0", "--format", form)
    written = done.stdout.decode()
    assert "red" in written
    assert not set(written) & set("\x1b\x07\x9b\u202e\x7f")
    if form == "ndjson":
        assert json.loads(written)["text"] == nasty


def test_the_end_of_a_reader_is_the_end_of_tail(server: ServerProcess) -> None:
    run("pipe", server.room, data=b"".join(b"line %d\n" % number for number in range(2000)))
    command = f"{sys.executable} -m sse_chat tail {server.room} --after 0 | head -n 2"
    script = f"set -o pipefail; {command}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, env=environment())
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.endswith(b": line 0\n")


def test_pipe_keeps_every_line_as_it_is(server: ServerProcess) -> None:
    body = b'one\r\n\n  two \nsaid "quoted" \\ back\nnot utf-8: \xff\nnul: \x00\nlast'
    done = run("pipe", server.room, "-u", "ann", data=body)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    expected = [
        "one",
        "  two ",
        'said "quoted" \\ back',
        "not utf-8: \ufffd",
        "nul: \ufffd",
        "last",
    ]
    assert texts(server) == expected


def test_pipe_says_once_that_it_is_slowed(server: ServerProcess) -> None:
    name = f"slow-{secrets.token_hex(5)}"
    with httpx.Client(base_url=server.url) as owner:
        account = {"name": name, "password": "correct horse battery"}
        owner.post("/account", json=account).raise_for_status()
        owner.post("/rooms", json={"room": name, "slow_s": 1}).raise_for_status()

        def texts() -> list[str]:
            events = owner.get(f"/chat/{name}/messages").json()["events"]
            return [each["text"] for each in events]

        with running("pipe", f"{server.url}/chat/{name}", "-u", "ann") as pipe:
            assert pipe.process.stdin is not None
            # Two requests, and both are slowed.
            for lines in (["1", "2"], ["3", "4"]):
                pipe.process.stdin.write("".join(f"{line}\n" for line in lines).encode())
                pipe.process.stdin.flush()
                wait_until(lambda lines=lines: texts()[-2:] == lines)
            pipe.process.stdin.close()
            assert pipe.process.wait(30) == 0
            wait_until(lambda: pipe.err)
    (said,) = pipe.err
    assert said.startswith("sse-chat: the server slows this down: ")


def test_pipe_splits_a_long_line(server: ServerProcess) -> None:
    line = "é\x01" * 15_000
    assert run("pipe", server.room, data=line.encode()).returncode == 0
    events = httpx.get(f"{server.room}/messages?limit=500").json()["events"]
    assert "".join(event["text"] for event in events) == line


def test_a_line_is_there_as_soon_as_it_is_written(server: ServerProcess) -> None:
    with running("tail", server.room) as tail, running("pipe", server.room) as pipe:
        assert pipe.process.stdin is not None
        for number in range(5):
            pipe.process.stdin.write(b"line %d\n" % number)
            pipe.process.stdin.flush()
            tail.wait_line(f": line {number}")
        pipe.process.stdin.close()
        assert pipe.process.wait(60) == 0


@pytest.mark.long
def test_a_killed_server_costs_neither_a_line_nor_a_line_twice(launch: Launch) -> None:
    server = launch("--limits", "off")
    expected = [f"line {number}" for number in range(2400)]
    with running("tail", server.room, "--after", "0") as tail, running("pipe", server.room) as pipe:
        writer = threading.Thread(target=_write, args=(pipe.process.stdin, expected))
        writer.start()
        for seen in (300, 1200):
            tail.wait_for(lambda lines, seen=seen: len(lines) > seen, 30)
            server.process.kill()
            server.process.wait()
            server = _relaunch(server, launch)
        writer.join(60)
        assert pipe.process.wait(60) == 0
        tail.wait_line(": line 2399", 60)
        assert tail.texts() == expected
        assert texts(server) == expected


def _write(stdin: object, lines: list[str]) -> None:
    with stdin:  # type: ignore[attr-defined]
        for line in lines:
            stdin.write(f"{line}\n".encode())  # type: ignore[attr-defined]


def _relaunch(server: ServerProcess, launch: Launch) -> ServerProcess:
    port = httpx.URL(server.url).port
    return launch("--limits", "off", port=port, data=server.data)


@pytest.fixture
def losing(server: ServerProcess) -> Iterator[str]:
    """A path to the server that cuts the first two answers off."""
    listener = socket.create_server(("127.0.0.1", 0))
    upstream = httpx.URL(server.url)

    def carry() -> None:
        posts = 0
        while posts < 3:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client, socket.create_connection((upstream.host, upstream.port or 0)) as origin:
                client.settimeout(10)
                request = client.recv(65_536)
                while request.startswith(b"POST") and request.endswith(b"\r\n\r\n"):
                    request += client.recv(65_536)
                origin.sendall(request.replace(b"keep-alive", b"close"))
                answer = b""
                while part := origin.recv(65_536):
                    answer += part
                posts += request.startswith(b"POST")
                if posts > 2:
                    client.sendall(answer)

    thread = threading.Thread(target=carry)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}{httpx.URL(server.room).path}"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(60)


def test_a_lost_answer_does_not_say_it_twice(server: ServerProcess, losing: str) -> None:
    done = run("say", losing, "-u", "ann", "once")
    assert (done.returncode, texts(server)) == (0, ["once"])
    assert b"trying again" in done.stderr


def test_a_lost_answer_does_not_pipe_twice(server: ServerProcess, losing: str) -> None:
    done = run("pipe", losing, "-u", "ann", data=b"one\ntwo\nthree\n")
    assert (done.returncode, texts(server)) == (0, ["one", "two", "three"])


def test_netrc_says_who_speaks_unless_the_command_does(
    server: ServerProcess, tmp_path: Path
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login nora\n")
    env = environment(tmp_path)
    run("say", server.room, "by netrc", env=env)
    run("say", server.room, "-u", "ann", "by flag", env=env)
    authors = [e["author"] for e in httpx.get(f"{server.room}/messages").json()["events"]]
    assert authors == ["nora", "ann"]
    netrc.write_text("machine\n")
    assert run("say", server.room, "hi", env=env).returncode == 2
