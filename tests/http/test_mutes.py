"""What the feeds of somebody who is muted say of it."""

import json
from contextlib import ExitStack
from itertools import takewhile

import pytest

from tests.http.test_moderation import People
from tests.support.feeds import open_lines
from tests.support.servers import ServerProcess


@pytest.mark.parametrize("feed", ["sse", "text", "many"])
def test_only_the_muted_hear_at_once_that_they_are(server: ServerProcess, feed: str) -> None:
    with ExitStack() as stack:
        people = People(server, stack)
        people.post(people.other)
        url = f"{people.url}/chat/{people.room}/feed?format={feed}"
        if feed == "many":
            url = f"{people.url}/feed?rooms={people.room}&format=ndjson"
        lines, others = (
            stack.enter_context(open_lines(url, cookies=dict(who.cookies)))
            for who in (people.other, people.guest)
        )
        for each in (lines, others):
            assert any("hello" in line for line in each)
        people.moderate(people.other, "mute", minutes=5, reason="too loud")
        told = next(line for line in lines if "you are muted" in line)
        assert f"by owner {people.tag} until " in told
        assert "too loud" in told
        if feed == "many":
            assert json.loads(told)["room"] == people.room
        people.moderate(people.other, "unmute")
        assert any(f"you can post in {people.room} again" in line for line in lines)
        people.post(people.owner, "the last word")
        heard = takewhile(lambda line: "the last word" not in line, others)
        assert not [line for line in heard if "mute" in line]
