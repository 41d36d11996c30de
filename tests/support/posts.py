"""Posts as most tests make them."""

from typing import Any

import httpx

from tests.support.entries import entry_of
from tests.support.servers import ServerProcess
from tests.support.waiting import WAIT_S

ANN, BOB = ("ann", ""), ("bob", "")


def post(room: str, text: str, auth: Any = ANN, **more: Any) -> dict[str, Any]:
    """The entry as all readers see it, at the room's URL; `more` are further members."""
    answer = httpx.post(room, json={"text": text, **more}, auth=auth)
    assert answer.status_code == 201, answer.text
    return entry_of(answer)


def entries_in(room: str) -> list[dict[str, Any]]:
    """The newest 500, the oldest first, as history has them."""
    answer = httpx.get(f"{room}/messages", params={"limit": 500})
    assert answer.status_code == 200, answer.text
    events: list[dict[str, Any]] = answer.json()["events"]
    return events


def texts_in(room: str) -> list[str]:
    return [entry["text"] for entry in entries_in(room)]


def try_post(server: ServerProcess, text: str, room: str = "lobby") -> httpx.Response:
    """What a server says whose store may be away."""
    return httpx.post(f"{server.url}/chat/{room}", content=text, timeout=WAIT_S)
