"""A room that keeps less than the server does."""

import secrets
from collections.abc import Iterator

import httpx
import pytest

from tests.http.administration import Command, command
from tests.http.test_moderation import PASSWORD
from tests.http.test_room_ends import owned
from tests.support.feeds import next_of, open_ndjson
from tests.support.servers import ServerProcess
from tests.support.waiting import wait_until

__all__ = ["command", "owned"]


@pytest.fixture
def ann(owned: ServerProcess) -> Iterator[httpx.Client]:
    """Owns what she opens."""
    with httpx.Client(base_url=owned.url, timeout=60) as client:
        payload = {"name": f"ann {secrets.token_hex(4)}", "password": PASSWORD}
        assert client.post("/account", json=payload).status_code == 201
        yield client


def numbers(client: httpx.Client, room: str) -> list[int]:
    events = client.get(f"/chat/{room}/messages?limit=500").json()["events"]
    return [int(each["text"]) for each in events if each["kind"] == "message"]


def fill(client: httpx.Client, room: str, count: int) -> None:
    lines = "".join(f'{{"text": "{number}"}}\n' for number in range(count))
    assert client.post(f"/chat/{room}/batch", content=lines).status_code == 201


def test_what_is_over_goes_at_once_and_stays_away(owned: ServerProcess, ann: httpx.Client) -> None:
    fill(ann, "few", 50)
    first = ann.get("/chat/few/messages").json()["events"][0]["id"]
    # In the window of its worker, as a reader has it.
    with open_ndjson(f"{owned.url}/chat/few/feed?format=ndjson&after=0&follow=0") as events:
        next_of(events, "message")
    assert ann.post("/chat/few/rules", json={"retention": 10}).json()["retention"] == 10
    assert numbers(ann, "few") == list(range(40, 50))
    assert ann.post("/chat/few", content="50").status_code == 201
    assert numbers(ann, "few") == list(range(41, 51))
    url = f"{owned.url}/chat/few/feed?format=ndjson&follow=0&after={first}"
    with open_ndjson(url) as events:
        assert next_of(events, "gap")["reason"] == "trimmed"
        assert next_of(events, "message")["text"] == "41"
    assert ann.post("/chat/few/rules", json={"retention": 0}).status_code == 200
    fill(ann, "few", 20)
    assert len(numbers(ann, "few")) == 30


def test_an_age_takes_what_is_older(ann: httpx.Client) -> None:
    assert ann.post("/rooms", json={"room": "brief", "retention_age": "2h"}).status_code == 201
    assert ann.get("/chat/brief/rules").json()["retention_age"] == 7200
    fill(ann, "brief", 3)
    assert numbers(ann, "brief") == [0, 1, 2]
    assert ann.post("/chat/brief/rules", json={"retention_age": 1}).status_code == 200
    # With the time alone: nobody posts.
    wait_until(lambda: numbers(ann, "brief") == [])


@pytest.mark.parametrize(
    "wrong", [{"retention": -1}, {"retention": 10**9}, {"retention_age": "soon"}]
)
def test_what_is_no_number_is_refused(ann: httpx.Client, wrong: dict[str, object]) -> None:
    fill(ann, "whole", 3)
    assert ann.post("/chat/whole/rules", json=wrong).status_code == 400
    assert len(numbers(ann, "whole")) >= 3


def test_the_command_line_sets_it(
    owned: ServerProcess, ann: httpx.Client, command: Command
) -> None:
    fill(ann, "lines", 30)
    said = command(owned, "room", "set", "lines", "--retention", "5", "--retention-age", "7d")
    assert "retention=5, retention_age=604800" in said
    assert command(owned, "room", "show", "lines") == said
    assert "no room never-was" in command(owned, "room", "show", "never-was", code=2)
    assert numbers(ann, "lines") == list(range(25, 30))
    # The setting of the server, which has the same name, is at least 1.
    assert "retention=0" in command(owned, "room", "set", "lines", "--retention", "0")
