"""`sse-chat tail` of many rooms: one feed, in every way in which it is read."""

import contextlib
import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sse_chat.client.position import Positions
from sse_chat.client.target import Rooms, parse_targets
from sse_chat.errors import ChatError, SettingsError
from tests.support.client import Running, environment, run, running
from tests.support.servers import Launch, Launcher, ServerProcess

STEPS = ("sse", "ndjson", "poll")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    launcher = Launcher(tmp_path_factory.mktemp("rooms"))
    yield launcher("--limits", "off")
    launcher.stop()


def say(server: ServerProcess, room: str, text: str) -> str:
    answer = httpx.post(f"{server.url}/chat/{room}", content=text, auth=("ann", ""), timeout=30)
    answer.raise_for_status()
    return str(answer.json()["id"])


def names(count: int) -> list[str]:
    return [f"c{secrets.token_hex(5)}" for _ in range(count)]


def lines_of(tail: Running) -> list[str]:
    """`#room ann: text`, without the time."""
    return [line[8:] for line in tail.out if line.startswith("[")]


@contextlib.contextmanager
def running_by_each_step(*arguments: str) -> Iterator[list[Running]]:
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(running("tail", *arguments, "--step", step)) for step in STEPS]


def test_each_entry_comes_once_over_a_server_that_is_killed(launch: Launch) -> None:
    server = launch("--limits", "off")
    a, b = names(2)
    expected = []

    def post(room: str, text: str) -> None:
        say(server, room, text)
        expected.append(f"#{room} ann: {text}")

    post(a, "before 0")
    post(b, "before 1")
    with running_by_each_step(f"{server.url}/chat/{a}", f"{server.url}/chat/{b}") as tails:
        for tail in tails:
            tail.wait_line(": before 1", 60)
        for number in range(5):
            post((a, b)[number % 2], f"m{number}")
        for tail in tails:
            tail.wait_line(": m4", 60)
        server.process.kill()
        server.process.wait()
        port = httpx.URL(server.url).port
        server = launch("--limits", "off", port=port, data=server.data)
        for number in range(5, 10):
            post((a, b)[number % 2], f"m{number}")
        for tail in tails:
            tail.wait_for(lambda _, tail=tail: len(lines_of(tail)) >= len(expected), 90)
        post(a, "last")
        for tail in tails:
            tail.wait_line(": last", 90)
    for tail in tails:
        for room in (a, b):
            mine = [line for line in lines_of(tail) if line.startswith(f"#{room}")]
            assert mine == [line for line in expected if line.startswith(f"#{room}")]


def test_all_rooms_include_those_made_later_from_their_first_entry(server: ServerProcess) -> None:
    (fresh,) = names(1)
    with running_by_each_step("*", "--server", server.url) as tails:
        say(server, "lobby", f"begin {fresh}")
        for tail in tails:
            tail.wait_line(f": begin {fresh}", 60)
        for number in range(5):
            say(server, fresh, f"m{number}")
        for tail in tails:
            tail.wait_line(f"#{fresh} ann: m4", 60)
    for tail in tails:
        mine = [line for line in lines_of(tail) if line.startswith(f"#{fresh}")]
        assert mine == [f"#{fresh} ann: m{number}" for number in range(5)]


def test_a_room_that_may_be_read_no_longer_is_told_and_the_others_go_on(launch: Launch) -> None:
    server = launch("--limits", "off")
    with httpx.Client(base_url=server.url, timeout=30) as owner:
        account = {"name": "owner", "password": "correct horse battery"}
        owner.post("/account", json=account).raise_for_status()
        owner.post("/rooms", json={"room": "ours"}).raise_for_status()
        say(server, "ours", "before")
        targets = ("ours", "lobby", "--server", server.url, "--last", "5")
        with running_by_each_step(*targets, "--format", "ndjson") as tails:
            _wait_each(tails, '"before"')
            owner.post("/chat/ours/rules", json={"visibility": "members"}).raise_for_status()
            _wait_each(tails, '"left"')
            owner.post("/chat/ours", content="not for you").raise_for_status()
            for number in range(2):
                say(server, "lobby", f"for all {number}")
                _wait_each(tails, f'"for all {number}"')
    for tail in tails:
        shapes = [json.loads(line) for line in tail.out]
        assert {"kind": "left", "room": "ours", "reason": "revoked"} in shapes
        texts = [payload["text"] for payload in shapes if payload["kind"] == "message"]
        assert texts == ["before", "for all 0", "for all 1"]


def _wait_each(tails: list[Running], part: str) -> None:
    for tail in tails:
        tail.wait_for(lambda lines: any(part in line for line in lines), 60)


def test_filters_hold_for_one_room_and_for_many(server: ServerProcess) -> None:
    a, b = names(2)
    for room, text in ((a, "deploy one"), (b, "lunch"), (b, "Deploy two")):
        say(server, room, text)
    for rooms, found in (((a, b), ["deploy one", "Deploy two"]), ((b,), ["Deploy two"])):
        for start in (("--after", "0"), ("--last", "9")):
            done = run(
                *("tail", *rooms, "--server", server.url, "--no-follow", "--format", "ndjson"),
                *("--contains", "deploy", *start),
            )
            assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == found


@pytest.mark.parametrize("count", [1, 2], ids=["one-room", "two-rooms"])
def test_a_position_in_a_file_is_where_the_next_one_goes_on(
    server: ServerProcess, tmp_path: Path, count: int
) -> None:
    rooms, file = names(count), tmp_path / "position"
    command = ("tail", *rooms, "--server", server.url, "--position", str(file))

    def read() -> list[str]:
        done = run(*command, "--no-follow", "--format", "ndjson")
        assert (done.returncode, done.stderr) == (0, b"")
        return [json.loads(line)["text"] for line in done.stdout.splitlines()]

    say(server, rooms[0], "before the first time")
    assert read() == []
    say(server, rooms[0], "one")
    say(server, rooms[-1], "two")
    assert read() == ["one", "two"]
    assert read() == []
    before = file.read_text()
    with running(*command, "--step", "ndjson") as tail:
        say(server, rooms[-1], "three")
        tail.wait_line(": three", 60)
        # It is kept while it goes on, not only at the end.
        tail.wait_for(lambda _: file.read_text() != before, 60)
    assert read() == []
    file.write_text("nonsense!")
    assert run(*command, "--no-follow").returncode == 2
    nowhere = str(tmp_path / "no" / "where")
    done = run(*command[:-1], nowhere, "--no-follow")
    assert (done.returncode, b"cannot be written" in done.stderr) == (2, True)


def test_tail_ends_in_a_silent_room_when_nobody_reads_its_output(server: ServerProcess) -> None:
    (room,) = names(1)
    say(server, room, "found")
    tail = f"{sys.executable} -m sse_chat tail {room} --server {server.url}"
    script = f"set -o pipefail; {tail} | grep -m1 found"
    # Without an end it would wait for the next entry, which never comes.
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, env=environment(), timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.endswith(b": found\n")


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("a", "b", "a"), Rooms("http://h:1", rooms=("a", "b"))),
        (("https://x/p/chat/a", "https://x/p/chat/b"), Rooms("https://x/p", rooms=("a", "b"))),
        (("*",), Rooms("http://h:1", rooms=("*",))),
        (("https://x/*",), Rooms("https://x", rooms=("*",))),
        (("https://x/p/chat/*",), Rooms("https://x/p", rooms=("*",))),
        (("x:8/*",), Rooms("http://x:8", rooms=("*",))),
    ],
)
def test_rooms_of_one_server_are_one_target(texts: tuple[str, ...], expected: Rooms) -> None:
    assert parse_targets(texts, "h:1") == expected


@pytest.mark.parametrize(
    "texts",
    [
        ("a", "*"),
        ("a", "https://x"),
        ("a", "https://x/chat/b"),
        tuple(f"r{number}" for number in range(101)),
        ("a", "No Room"),
    ],
)
def test_rooms_that_make_no_feed_are_refused(texts: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError):
        parse_targets(texts, "http://h:1")


def test_a_redirect_of_many_rooms_leads_to_the_same_host_alone() -> None:
    rooms = Rooms("http://h:8/p", rooms=("a",))

    def moved(location: str) -> object:
        request = httpx.Request("GET", "http://h:8/p/messages?rooms=a")
        answer = httpx.Response(301, headers={"Location": location}, request=request)
        return rooms.moved(answer)

    assert moved("https://h/p/messages?rooms=a") == Rooms("https://h/p", rooms=("a",))
    for location in ("https://other/p/messages", "http://h/p/messages", "https://h/login"):
        assert moved(location) is None


def test_positions_take_each_entry_of_each_room_once() -> None:
    positions = Positions()
    positions.begin("TOKEN-1")
    entries = [{"room": room, "id": f"{ms}-0"} for room in ("a", "b") for ms in (5, 6)]
    assert [positions.take(entry) for entry in [*entries, *entries]] == [True] * 4 + [False] * 4
    assert positions.after == "TOKEN-1,a:6-0,b:6-0"
    positions.move("TOKEN-2")
    assert positions.after == "TOKEN-2"
    reset = {"room": "a", "after": "6-0", "oldest": "2-0", "reason": "reset"}
    assert [positions.take_gap(dict(reset)) for _ in range(2)] == [True, False]
    assert positions.take({"room": "a", "id": "2-0"})
    assert not positions.take({"room": "b", "id": "2-0"})
    assert positions.after == "TOKEN-2,a:2-0"
    assert Positions(positions.after).after == positions.after


@pytest.mark.parametrize("after", ["!", "a:1", "TOKEN,TOKEN", "A:1-0", "x" * 1501])
def test_what_is_no_position_in_many_rooms_is_refused(after: str) -> None:
    with pytest.raises(ChatError):
        Positions(after)
