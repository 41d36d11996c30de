"""What a feed is asked for, and the ways to say it."""

import json
from typing import Any

import httpx
import pytest

from tests.support.entries import entry_of


@pytest.mark.parametrize(
    "members",
    [{"after": "0"}, {"last": 2, "follow": False}, {"last": "2", "heartbeat": None}],
    ids=json.dumps,
)
def test_the_feeds_fields_come_by_json_too(room: str, members: dict[str, Any]) -> None:
    posted = [entry_of(httpx.post(room, content=text)) for text in ("a", "b")]
    answer = httpx.post(f"{room}/feed", params={"follow": "0"}, json=members)
    assert [json.loads(line) for line in answer.text.splitlines()[2:]] == posted


@pytest.mark.parametrize("body", ["[]", '{"after": "x"}', '{"last": [1]}', '{"last": 1.5}', "{"])
def test_bad_json_is_no_start_of_a_feed(room: str, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    assert httpx.post(f"{room}/feed", content=body, headers=headers).status_code == 400


@pytest.mark.parametrize("path", ["", "/feed", "/messages"])
def test_two_values_of_one_name_are_400(room: str, path: str) -> None:
    answer = httpx.get(f"{room}{path}?after=x&after=0&follow=0")
    assert answer.status_code == 400
    assert "after" in answer.text
    assert httpx.get(f"{room}{path}?after=0&after=0&follow=0").status_code == 200
