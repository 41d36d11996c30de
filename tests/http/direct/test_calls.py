"""Each call of a room, from both sides of a conversation."""

import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from sse_chat.room_names import direct_room
from sse_chat.web.http.queries import Route
from sse_chat.web.routes import ROUTES
from tests.http.direct.people import Account

_ROOM = "/chat/{room}"


@dataclass(frozen=True)
class Call:
    """What is sent to a route of a room; what is not in CALLS is sent an empty body."""

    query: str = ""
    payload: dict[str, Any] | None = None
    content: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


_ND = {"Content-Type": "application/x-ndjson"}


CALLS: dict[tuple[str, str], Call] = {
    ("GET", ""): Call("?follow=0&last=5"),
    ("POST", ""): Call(payload={"text": "hello"}),
    ("PUT", ""): Call(content="a line\n"),
    ("GET", "/feed"): Call("?follow=0&last=5&format=ndjson"),
    ("POST", "/feed"): Call(payload={"follow": 0, "last": 5}),
    ("POST", "/batch"): Call(content='{"text": "one"}\n', headers=_ND),
    ("POST", "/ask"): Call(payload={"text": "ready?", "choices": ["yes", "no"]}),
    ("POST", "/messages/{entry_id}/answer"): Call(payload={"choice": "yes"}),
    ("POST", "/messages/{entry_id}/edit"): Call(payload={"text": "better"}),
    ("POST", "/messages/{entry_id}/reactions"): Call(payload={"emoji": "👍"}),
    ("POST", "/mentions"): Call(payload={"text": "hello @nobody"}),
    ("POST", "/pins"): Call(payload={"target": "{entry_id}"}),
    ("POST", "/read"): Call(payload={"id": "1-0"}),
    ("POST", "/topic"): Call(payload={"text": "plans"}),
    ("GET", "/search"): Call("?q=ready"),
    ("POST", "/rules"): Call(payload={"slow_s": 1}),
    ("POST", "/members"): Call(payload={"who": "boss"}),
    ("POST", "/moderation"): Call(payload={"act": "mute", "who": "boss"}),
    ("POST", "/hooks"): Call(payload={"name": "ci"}),
}


# What nobody does in a conversation.
_MANAGING = {
    ("POST", "/rules"), ("POST", "/members"), ("POST", "/link"), ("POST", "/moderation"),
    ("POST", "/delete"),
    ("GET", "/messages/{entry_id}/versions"), ("HEAD", "/messages/{entry_id}/versions"),
    ("GET", "/hooks"), ("HEAD", "/hooks"), ("POST", "/hooks"), ("POST", "/hooks/{hook_id}/revoke"),
}  # fmt: skip


ROOM_CALLS = sorted(
    (method, route.path.removeprefix(_ROOM))
    for route in ROUTES
    if isinstance(route, Route) and route.path.startswith(_ROOM)
    for method in route.methods or ()
)


def send(account: Account, base: str, method: str, rest: str) -> httpx.Response:
    """Sends it where the account has a question of its own."""
    call = CALLS.get((method, rest), Call())
    asked = account.client.post(f"{base}/ask", json={"text": "ready?", "choices": ["yes", "no"]})
    path = rest.replace("{entry_id}", asked.json()["id"]).replace("{hook_id}", "0" * 12)
    path = path.replace("{author_id}", account.author_id)
    payload = call.payload
    if payload and "target" in payload:
        payload = {"target": asked.json()["id"]}
    return account.client.request(
        method, f"{base}{path}{call.query}", json=payload, content=call.content,
        headers=call.headers,
    )  # fmt: skip


@pytest.mark.parametrize(("method", "rest"), ROOM_CALLS, ids=lambda part: part or "room")
def test_each_call_of_a_room_works_in_a_conversation(
    pair: tuple[Account, Account], method: str, rest: str
) -> None:
    ann, bob = pair
    in_room = send(ann, f"/chat/t{secrets.token_hex(6)}", method, rest)
    assert in_room.status_code != 405
    stored = direct_room(ann.author_id, bob.author_id)
    for own, other in ((ann, bob), (bob, ann)):
        answer = send(own, own.to(other), method, rest)
        if (method, rest) in _MANAGING:
            assert answer.status_code == 403
        else:
            assert answer.status_code == in_room.status_code, answer.text
            assert answer.headers.get("content-type") == in_room.headers.get("content-type")
        said = answer.text + str(answer.headers)
        assert stored not in said
        assert "/chat/" not in said
        if '"room":' in answer.text:
            assert f'"room":"dm:{other.name}"' in answer.text
            assert f'"dm":"{other.name}"' in answer.text
        if "location" in answer.headers:
            assert answer.headers["location"].startswith(own.to(other))
