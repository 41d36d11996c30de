"""The page of recipes: each is run as it stands there."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from sse_chat.web.site.help import EXAMPLE_URL, read_pages
from tests.http.test_help import blocks_of
from tests.proxies.forward import squid
from tests.support.client import environment
from tests.support.programs import Through, need
from tests.support.servers import Launch, Launcher, ServerProcess
from tests.support.waiting import wait_until
from tests.support.windows import Command, parse_cmd, parse_powershell

PASSWORD = "correct horse battery"


def block(language: str, holding: str) -> str:
    (found,) = (each for each in blocks_of("recipes", language) if holding in each)
    return found


class Room:
    """`deploys` of a server that may be started again; ann has an account."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self.server = launch("--limits", "off")
        with httpx.Client(base_url=self.server.url, timeout=30) as ann:
            payload = {"name": "ann", "password": PASSWORD}
            assert ann.post("/account", json=payload).status_code == 201

    @property
    def url(self) -> str:
        return f"{self.server.url}/chat/deploys"

    def restart(self) -> None:
        self.server.process.kill()
        self.server.process.wait()
        port = httpx.URL(self.server.url).port
        self.server = self._launch("--limits", "off", port=port, data=self.server.data)

    def question(self) -> dict[str, Any]:
        def find() -> Any:
            events = httpx.get(f"{self.url}/messages", timeout=30).json()["events"]
            return [each for each in events if "ask" in each]

        (found,) = wait_until(find)
        return dict(found)

    def answer(self, choice: str, name: str = "ann", password: str = PASSWORD) -> int:
        url = f"{self.url}/messages/{self.question()['id']}/answer"
        auth = (name, password)
        return httpx.post(url, data={"choice": choice}, auth=auth, timeout=30).status_code


@pytest.fixture
def room(launch: Launch) -> Room:
    return Room(launch)


class Job:
    """A job of a CI: a step in a folder with `deploy-gate` in it."""

    def __init__(self, folder: Path, room: Room, step: str, **variables: str) -> None:
        script = block("bash", "ask()")
        assert len(script.splitlines()) <= 7
        (folder / "deploy-gate").write_text(script)
        env = environment(
            folder, PATH=os.environ["PATH"], CHAT_ROOM=room.url, CHAT_TOKEN="", **variables
        )
        self.process = subprocess.Popen(
            ["bash", "-c", step], cwd=folder, env=env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def wait(self) -> int:
        output, _ = self.process.communicate(timeout=120)
        # Shown by pytest where the test fails.
        print(output)
        return self.process.returncode


def steps_of(language: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    for text in blocks_of("recipes", language):
        payload = yaml.safe_load(text)
        if "jobs" in payload:
            steps = [each["run"] for each in payload["jobs"]["deploy"]["steps"] if "run" in each]
            yield "github", steps[0], payload["jobs"]["deploy"]["env"]
        elif "deploy" in payload:
            yield "gitlab", payload["deploy"]["script"][0], payload["deploy"]["variables"]


STEPS = {name: (step, variables) for name, step, variables in steps_of("yaml")}


def test_a_gate_holds_through_squid_over_a_restart_and_against_the_wrong_person(
    room: Room, through: Through, tmp_path: Path
) -> None:
    step, variables = STEPS["github"]
    assert variables["CHAT_ROOM"] == f"{EXAMPLE_URL}/chat/deploys"
    proxy = through(squid(), room.server.url)
    job = Job(tmp_path, room, step, GITHUB_RUN_ID="7", http_proxy=proxy, no_proxy="")
    asked = room.question()
    assert asked["text"] == "Deploy 7?"
    assert room.answer("yes", "bo", "") == 403
    assert room.answer("yes", "ann", "") in (401, 403)
    room.restart()
    assert room.answer("yes", "bo", "") == 403
    assert job.process.poll() is None
    assert room.answer("yes") == 201
    assert job.wait() == 0
    assert room.question()["id"] == asked["id"]


@pytest.mark.parametrize("choice", ["yes", "no"])
def test_a_job_that_is_started_again_finds_its_answer(
    room: Room, tmp_path: Path, choice: str
) -> None:
    step, _ = STEPS["gitlab"]
    first = Job(tmp_path, room, step, CI_PIPELINE_ID="8")
    room.question()
    first.kill()
    assert room.answer(choice) == 201
    again = Job(tmp_path, room, step, CI_PIPELINE_ID="8")
    assert again.wait() == (0 if choice == "yes" else 1)
    assert room.question()["ask"]["answer"]["author"] == "ann"


def test_a_gate_that_is_refused_ends(room: Room, tmp_path: Path) -> None:
    env = {"CHAT_ROOM": f"{room.server.url}/chat/No-Room"}
    job = Job(tmp_path, room, f"CHAT_ROOM={env['CHAT_ROOM']} bash deploy-gate 9")
    assert job.wait() == 1


def test_one_line_of_the_command_asks_and_goes_on(room: Room, tmp_path: Path) -> None:
    line = block("", "sse-chat ask deploys").strip()
    assert line.endswith("&& ./deploy")
    deploy = tmp_path / "deploy"
    deploy.write_text("#!/bin/sh\necho deployed\n")
    deploy.chmod(0o755)
    env = environment(tmp_path, PATH=_path(), SSE_CHAT_SERVER=room.server.url)
    job = subprocess.Popen(
        ["bash", "-c", line], cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True
    )
    assert room.answer("yes", "bo", "") == 403
    assert room.answer("yes") == 201
    output, _ = job.communicate(timeout=120)
    assert (job.returncode, output) == (0, "yes\ndeployed\n")


def test_a_line_of_a_crontab_is_there_once(server: ServerProcess, tmp_path: Path) -> None:
    line = block("cron", "backup").strip()
    command = line.split(" ", 6)[6].replace("\\%", "%").replace(EXAMPLE_URL, server.url)
    command = command.replace("/usr/local/bin/backup", "true").replace("/lobby", "/cron")
    for _ in range(2):
        subprocess.run(
            ["/bin/sh", "-c", command], check=True, timeout=60, env=environment(tmp_path)
        )
    events = httpx.get(f"{server.url}/chat/cron/messages").json()["events"]
    assert [each["text"] for each in events] == ["backup done"]


def test_a_unit_pipes_a_log(server: ServerProcess, tmp_path: Path) -> None:
    unit = block("ini", "ExecStart")
    path = tmp_path / "log-to-chat.service"
    path.write_text(unit)
    checked = subprocess.run(
        [need("systemd-analyze"), "verify", str(path)], capture_output=True, text=True, timeout=60
    )
    assert "Unknown" not in checked.stderr
    log = tmp_path / "error.log"
    log.touch()
    (start,) = (line for line in unit.splitlines() if line.startswith("ExecStart="))
    command = start.removeprefix("ExecStart=").replace("/var/log/nginx/error.log", str(log))
    env = environment(tmp_path, PATH=_path(), SSE_CHAT_SERVER=server.url)
    service = subprocess.Popen(["bash", "-c", f"exec {command}"], env=env, start_new_session=True)
    try:
        deadline_s = time.monotonic() + 60

        def texts() -> list[str]:
            events = httpx.get(f"{server.url}/chat/ops/messages").json()["events"]
            return [each["text"] for each in events]

        # `tail -n 0` begins when it is up: lines are written until one arrives.
        while "disk full" not in texts():
            assert time.monotonic() < deadline_s
            with log.open("a") as file:
                file.write("no favicon\ndisk full\n")
            time.sleep(0.2)
        assert "no favicon" not in texts()
    finally:
        os.killpg(service.pid, signal.SIGTERM)
        service.wait(30)


def _path() -> str:
    return f"{Path(sys.executable).parent}:/usr/bin:/bin"


WINDOWS = [
    pytest.param(parse, line, id=f"{language}-{number}")
    for language, parse in (("bat", parse_cmd), ("powershell", parse_powershell))
    for text in blocks_of("recipes", language)
    for number, line in enumerate(text.splitlines())
]


@pytest.fixture(scope="module")
def few_rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of its own: `rooms=*` is refused once there are a hundred, as others may make."""
    launcher = Launcher(tmp_path_factory.mktemp("windows"))
    yield launcher("--limits", "off")
    launcher.stop()


@pytest.mark.parametrize(("parse", "line"), WINDOWS)
def test_a_line_for_windows(
    few_rooms: ServerProcess, parse: Callable[[str], Command], line: str
) -> None:
    server = few_rooms
    httpx.post(server.room, content="something to read").raise_for_status()
    command = parse(line.replace(EXAMPLE_URL, server.url).replace("wait=25", "wait=0"))
    assert command.words[0] == "curl.exe"
    done = subprocess.run(
        [need("curl"), *command.words[1:]], input=command.piped or "",
        capture_output=True, text=True, timeout=60, env=environment(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert '"error"' not in done.stdout
    if "R&D" in line:
        assert json.loads(done.stdout)["text"] == "50 % of R&D"
    if command.piped:
        assert json.loads(done.stdout)["text"] == command.piped.strip()


def test_an_alert_by_a_url_alone(room: Room, tmp_path: Path) -> None:
    with httpx.Client(base_url=room.server.url, auth=("ann", PASSWORD)) as ann:
        ann.post("/rooms", json={"room": "deploys"}).raise_for_status()
        ann.post("/chat/deploys/rules", json={"visibility": "members"}).raise_for_status()
        hook = ann.post("/chat/deploys/hooks", json={"name": "disks"}).raise_for_status().json()
        line = block("", "hooks/SECRET").strip()
        line = line.replace(f"{EXAMPLE_URL}/hooks/SECRET", hook["url"])
        subprocess.run(["bash", "-c", line], check=True, timeout=60, env=environment(tmp_path))
        (event,) = ann.get("/chat/deploys/messages").json()["events"]
    assert (event["author"], event["text"]) == ("disks", "disk is 98 % full")


def test_an_agent_goes_on_with_what_was_chosen(server: ServerProcess, tmp_path: Path) -> None:
    line = block("", "old branches").strip()
    room = f"{server.url}/chat/agents"
    line = line.replace("lobby", room)
    env = environment(tmp_path, PATH=_path())
    agent = subprocess.Popen(["bash", "-c", line], env=env, stdout=subprocess.PIPE, text=True)
    (asked,) = wait_until(lambda: httpx.get(f"{room}/messages").json()["events"])
    assert asked["text"] == "Delete 14 old branches?"
    url = f"{room}/messages/{asked['id']}/answer"
    assert httpx.post(url, data={"choice": "no"}, auth=("ann", "")).status_code == 201
    output, _ = agent.communicate(timeout=120)
    assert (agent.returncode, output) == (1, "no\n")


def test_no_recipe_is_without_a_test() -> None:
    """The `sh` of all pages are run by the tests of the help, `html` in a browser, and the `yaml`
    of Alertmanager by Alertmanager; all else here."""
    fences = re.findall(r"^```(\w+)\n", read_pages()["recipes"].markdown, re.MULTILINE)
    run_here = {"bash", "yaml", "cron", "ini", "bat", "powershell"}
    assert set(fences) == run_here | {"sh", "html"}
    assert (len(blocks_of("recipes", "yaml")), len(blocks_of("recipes", ""))) == (3, 3)
