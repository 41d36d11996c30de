"""A server for people with an account, its owner, the command line, and what the owner does."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from sse_chat.cli import main
from tests.http.test_moderation import PASSWORD
from tests.support.servers import Launcher, ServerProcess

HTML = {"Accept": "text/html"}
OWNER = ("boss", PASSWORD)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server for people with an account, which has an owner."""
    launcher = Launcher(tmp_path_factory.mktemp("closed"))
    server = launcher("--limits", "off", "--access", "members")
    payload = {"name": "boss", "password": PASSWORD, "invitation": server.owner_code()}
    assert httpx.post(f"{server.url}/account", json=payload).status_code == 201
    yield server
    launcher.stop()


@pytest.fixture
def boss(closed: ServerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=closed.url, auth=OWNER) as client:
        yield client


Command = Callable[..., str]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """What `sse-chat` says, run in this process: it works on the store of the server."""

    def run(server: ServerProcess, *words: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main([*words, "--data", str(server.data)])
        captured = capsys.readouterr()
        assert ended.value.code == code, captured.err
        return captured.err if code else captured.out

    return run


def invite(boss: httpx.Client, name: str, role: str = "member") -> tuple[str, str]:
    """A new account by an invitation, as its name and password."""
    made = boss.post("/admin/invite", json={"role": role})
    assert made.status_code == 201, made.text
    code = made.json()["url"].rpartition("/")[2]
    payload = {"name": name, "password": PASSWORD, "invitation": code}
    answer = httpx.post(f"{boss.base_url}/account", json=payload)
    assert (answer.status_code, answer.json()["role"]) == (201, role), answer.text
    return name, PASSWORD


def act(boss: httpx.Client, act: str, who: str, **fields: str) -> httpx.Response:
    return boss.post("/admin/people", json={"act": act, "who": who, **fields})


def status(boss: httpx.Client, who: tuple[str, str]) -> int:
    return httpx.get(f"{boss.base_url}/rooms", auth=who).status_code


def find(boss: httpx.Client, name: str) -> dict[str, Any]:
    people = boss.get("/admin/people").json()["people"]
    return next(each for each in people if each["name"] == name)
