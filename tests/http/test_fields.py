"""Fields of calls that act: a word that is not understood is refused, and nothing is done."""

import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sse_chat.errors import Malformed
from sse_chat.switches import parse_switch
from tests.http.test_moderation import PASSWORD
from tests.support.servers import ServerProcess


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", True), ("true", True), ("on", True), ("Yes", True), (True, True), (1, True),
        ("0", False), ("false", False), ("off", False), ("", False), (None, False), (0, False),
    ],
)  # fmt: skip
def test_on_and_off_are_said_in_many_ways(value: object, expected: bool) -> None:
    assert parse_switch("purge", value) is expected


@pytest.mark.parametrize("value", ["2", "maybe", " ", "1 ", [], ["1"], {}, 0.5, "x" * 10_000])
def test_all_else_is_no_switch(value: object) -> None:
    with pytest.raises(Malformed, match=r"purge=.*1 or 0") as raised:
        parse_switch("purge", value)
    assert len(raised.value.detail) < 100


@pytest.fixture
def owner(server: ServerProcess) -> Iterator[httpx.Client]:
    """Of a room of its own, `/chat/NAME` being its base."""
    name = f"f{secrets.token_hex(6)}"
    httpx.post(f"{server.url}/account", json={"name": name, "password": PASSWORD})
    with httpx.Client(base_url=f"{server.url}/chat/{name}", auth=(name, PASSWORD)) as client:
        assert client.post("", content="hi").status_code == 201
        yield client


CALLS: list[tuple[str, dict[str, Any], str]] = [
    ("/moderation", {"act": "ban", "who": "g_1", "purge": "maybe"}, "purge"),
    ("/moderation", {"act": "ban", "who": "g_1", "address": []}, "address"),
    ("/moderation", {"act": "ban", "who": "g_1", "reason": ["x"]}, "reason"),
    ("/moderation", {"act": "ban", "who": True}, "who"),
    ("/members", {"who": {"x": 1}, "role": "member"}, "who"),
    ("/members", {"who": "g_1", "role": ["owner"]}, "role"),
    ("/pins", {"target": "1-1", "remove": "maybe"}, "remove"),
    ("/messages/1-1/reactions", {"emoji": "\N{SPARKLES}", "remove": "maybe"}, "remove"),
    ("/read", {"id": "1-1", "unread": "maybe"}, "unread"),
    ("/../../account/tokens", {"label": {}}, "label"),
    ("/../../account/tokens", {"label": "x", "scope": ["read"]}, "scope"),
]


def test_what_a_field_cannot_say_is_refused_and_nothing_is_done(owner: httpx.Client) -> None:
    for path, payload, name in CALLS:
        url = httpx.URL(str(owner.base_url).rstrip("/") + path)
        answer = owner.post(url, json=payload)
        assert (answer.status_code, answer.json()["error"]) == (400, "malformed"), answer.text
        assert name in answer.json()["detail"]
    rules = owner.get("/rules").json()
    assert (rules["banned_until_s"], len(rules["roles"])) == ({}, 1)
    assert [each["kind"] for each in owner.get("/messages").json()["events"]] == ["message"]
    ended = owner.post(owner.base_url.join("/session/end"), json={"everywhere": "maybe"})
    assert ended.status_code == 400


def test_what_is_null_is_as_if_left_out(owner: httpx.Client) -> None:
    payload = {"act": "ban", "who": "g_1", "reason": None, "purge": None}
    assert owner.post("/moderation", json=payload).status_code == 200
    token = owner.post(owner.base_url.join("/account/tokens"), json={"label": None})
    assert (token.status_code, token.json()["label"]) == (201, "")


def test_a_ban_by_name_is_of_no_account_that_looks_like_it(owner: httpx.Client) -> None:
    end = secrets.token_hex(4)
    guest, account = f"p\u0430ul-{end}", f"paul-{end}"
    with httpx.Client(base_url=owner.base_url) as other:
        other.post(owner.base_url.join("/session"), json={"name": guest})
        written = other.post("", content="hi").json()
        assert written["author"] == guest
        made = httpx.post(
            owner.base_url.join("/account"), json={"name": account, "password": PASSWORD}
        )
        assert made.status_code == 201
        other.post("/present", json={})
        banned = owner.post("/moderation", json={"act": "ban", "who": guest})
        assert (banned.status_code, banned.json().get("author_id")) == (200, written["author_id"])
