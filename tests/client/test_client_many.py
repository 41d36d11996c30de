"""Programs in Python that read many rooms: on one feed, with one position for all of them."""

import asyncio
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest

from sse_chat.client import Problem, Rooms, SyncRooms
from sse_chat.errors import ChatError, SettingsError
from tests.http.test_help import EXAMPLE_URL, blocks_of
from tests.support.client import environment
from tests.support.servers import Launch, ServerProcess
from tests.support.waiting import wait_until


def say(server: ServerProcess, room: str, text: str) -> None:
    answer = httpx.post(f"{server.url}/chat/{room}", content=text, auth=("ann", ""))
    answer.raise_for_status()


def names(count: int) -> list[str]:
    return [f"p{secrets.token_hex(5)}" for _ in range(count)]


def in_room(entries: Iterable[dict[str, Any]], room: str) -> list[str]:
    return [each["text"] for each in entries if each["room"] == room]


def rotations(server: ServerProcess) -> float:
    lines = httpx.get(f"{server.url}/metrics").text.splitlines()
    return sum(float(each.split()[-1]) for each in lines if 'byes_total{reason="rotate"' in each)


async def take(entries: AsyncIterator[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    return [await anext(entries) for _ in range(count)]


def test_a_program_reads_each_entry_once_over_rotations_a_kill_and_its_own_restart(
    launch: Launch,
) -> None:
    flags = ("--limits", "off", "--rotate", "1")
    server = launch(*flags)
    a, b = names(2)
    expected = {a: [f"{number} in a" for number in range(12)], b: [f"{n} in b" for n in range(12)]}

    def say_both(begin: int, end: int) -> None:
        for number in range(begin, end):
            for room in (a, b):
                say(server, room, expected[room][number])

    def open_rooms() -> Rooms:
        return Rooms(f"{server.url}/chat/{a}", f"{server.url}/chat/{b}", give_up_s=300)

    async def first() -> tuple[list[dict[str, Any]], str | None]:
        nonlocal server
        async with open_rooms() as rooms:
            following = rooms.follow(after="0")
            await asyncio.to_thread(say_both, 0, 3)
            seen = await take(following, 6)
            server.process.kill()
            server.process.wait()
            port = httpx.URL(server.url).port
            server = await asyncio.to_thread(launch, *flags, port=port, data=server.data)
            await asyncio.to_thread(say_both, 3, 6)
            seen += await take(following, 6)
            # More is read than is taken: the position is that of what was taken.
            await asyncio.to_thread(say_both, 6, 9)
            seen += await take(following, 1)
            return seen, following.position

    async def second(after: str | None) -> list[dict[str, Any]]:
        async with open_rooms() as rooms:
            following = rooms.follow(after=after)
            seen = await take(following, 5)
            for number in range(9, 12):
                await asyncio.to_thread(say_both, number, number + 1)
                seen += await take(following, 2)
                before = await asyncio.to_thread(rotations, server)
                await asyncio.to_thread(wait_until, lambda b=before: rotations(server) > b)
            return seen

    seen, position = asyncio.run(first())
    seen += asyncio.run(second(position))
    assert {room: in_room(seen, room) for room in (a, b)} == expected


def test_a_slow_reader_of_rooms_misses_nothing_and_knows_its_place(server: ServerProcess) -> None:
    rooms = names(2)
    lines = "\n".join(f'"{number}"' for number in range(700))
    for room in rooms:
        headers = {"Content-Type": "application/x-ndjson"}
        url = f"{server.url}/chat/{room}/batch"
        httpx.post(url, content=lines, headers=headers).raise_for_status()

    async def work() -> list[dict[str, Any]]:
        seen: list[dict[str, Any]] = []
        after: str | None = "0"
        while len(seen) < 1400:
            async with Rooms(*rooms, server=server.url) as here:
                following = here.follow(after=after)
                seen += await take(following, 1)
                # Others have their turn, and more is waiting than is kept.
                for _ in range(200):
                    await asyncio.sleep(0.001)
                seen += await take(following, min(499, 1400 - len(seen)))
                after = following.position
        return seen

    seen = asyncio.run(work())
    assert {room: in_room(seen, room) for room in rooms} == {
        room: [f"{number}" for number in range(700)] for room in rooms
    }


def test_a_program_answers_in_rooms_that_are_made_later(launch: Launch) -> None:
    # All rooms are at most 100.
    server = launch()
    (fresh,) = names(1)
    with SyncRooms("*", server=server.url, user="bot") as rooms:
        say(server, "lobby", f"begin {fresh}")
        following = rooms.follow(last=1, contains=fresh)
        assert next(following)["text"] == f"begin {fresh}"
        say(server, fresh, f"hello {fresh}")
        entry = next(following)
        assert (entry["room"], entry["text"]) == (fresh, f"hello {fresh}")
        answer = rooms.room(entry["room"]).say(f"hello ann {fresh}", reply_to=entry["id"])
        assert next(following)["id"] == answer["id"]
        found = rooms.wait(after=f"{fresh}:{entry['id']}", author="bot", timeout_s=60)
        assert found is not None
        assert found["id"] == answer["id"]


def test_a_room_that_is_taken_away_is_told_and_the_last_one_ends_it(launch: Launch) -> None:
    server = launch("--limits", "off")
    with httpx.Client(base_url=server.url) as owner:
        account = {"name": "owner", "password": "correct horse battery"}
        owner.post("/account", json=account).raise_for_status()
        for room in ("ours", "theirs"):
            owner.post("/rooms", json={"room": room}).raise_for_status()
            owner.post(f"/chat/{room}", content="before").raise_for_status()

        def close(room: str) -> None:
            rules = {"visibility": "members"}
            owner.post(f"/chat/{room}/rules", json=rules).raise_for_status()

        with SyncRooms("ours", "theirs", server=server.url) as rooms:
            following = rooms.follow(after="0", gaps=True)
            assert {next(following)["room"] for _ in range(2)} == {"ours", "theirs"}
            close("ours")
            left = {"kind": "left", "room": "ours", "reason": "revoked"}
            assert next(following) == left
            owner.post("/chat/theirs", content="after").raise_for_status()
            assert next(following)["text"] == "after"
            close("theirs")
            assert next(following) == {**left, "room": "theirs"}
            with pytest.raises(Problem):
                next(following)
        with SyncRooms("ours", server=server.url) as rooms, pytest.raises(Problem):
            next(rooms.follow())


def test_the_program_of_the_help_goes_on_where_it_was(launch: Launch, tmp_path: Path) -> None:
    server = launch()
    (block,) = (each for each in blocks_of("client", "python") if "SyncRooms" in each)
    (room,) = names(1)
    program = block.replace(EXAMPLE_URL, server.url).replace("bot:SECRET", room)
    program = program.replace('mentions="bot"', f'mentions="{room}"')
    (tmp_path / "bot.py").write_text(program)
    first = httpx.get(f"{server.url}/messages", params={"rooms": "*", "limit": "1"}).json()
    (tmp_path / "bot.position").write_text(first["cursor"])
    environ = {**environment(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}

    def answers() -> list[dict[str, Any]]:
        events = httpx.get(f"{server.url}/chat/{room}/messages").json()["events"]
        return [each for each in events if each["author"] == room]

    for count in (1, 2):
        say(server, room, f"@{room} number {count}")
        process = subprocess.Popen([sys.executable, "bot.py"], cwd=tmp_path, env=environ)
        try:
            wait_until(lambda count=count: len(answers()) >= count)  # type: ignore[misc]
        finally:
            process.kill()
            process.wait()
    assert [each["text"] for each in answers()] == ["hello ann"] * 2


def test_what_names_no_rooms_is_refused() -> None:
    for rooms in ((), ("https://x",), ("a", "https://x/chat/b"), ("a", "*")):
        with pytest.raises(SettingsError):
            Rooms(*rooms, server="http://h:1")
    with pytest.raises(ChatError):
        Rooms("a", server="http://h:1").follow(after="!")
