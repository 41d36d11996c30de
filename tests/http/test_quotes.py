"""What a reply quotes: told wherever the reply is, and nowhere once it was deleted."""

import json
import secrets
from typing import Any

import httpx
import pytest

from sse_chat.store.quotes import make_quote
from tests.support.feeds import next_of, open_ndjson
from tests.support.posts import BOB, post
from tests.support.servers import ServerProcess


def told_everywhere(room: str, entry_id: str) -> list[dict[str, Any]]:
    """The entry as each way of reading tells it."""
    pages = ("messages", "messages?after=0", "search?q=aye", f"messages?around={entry_id}")
    told = [each for page in pages for each in httpx.get(f"{room}/{page}").json()["events"]]
    told.append(httpx.get(f"{room}/messages/{entry_id}").json())
    for query in ("after=0", "last=10"):
        feed = httpx.get(f"{room}/feed?format=ndjson&follow=0&{query}")
        told += map(json.loads, feed.text.splitlines())
    return [each for each in told if each.get("id") == entry_id]


def test_a_reply_is_told_with_what_it_answers(room: str) -> None:
    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        asked = post(room, "shall **we**\n\ngo?", BOB)
        reply = post(room, "aye", reply_to=asked["id"])
        assert reply["quote"] == {"author": "bob", "text": "shall we go?"}
        next_of(events, "message")
        assert next_of(events, "message") == reply
    assert told_everywhere(room, reply["id"]) == [reply] * 7
    text = httpx.get(f"{room}/feed?format=text&follow=0&last=1").text
    assert text.endswith("] ann: > bob: shall we go?\n        aye\n")


def test_a_deleted_message_is_quoted_nowhere(room: str) -> None:
    asked = post(room, "the secret?", BOB, key="asked")
    reply = post(room, "aye", reply_to=asked["id"])
    # Now a worker holds both ready to be sent.
    with open_ndjson(f"{room}/feed?format=ndjson&after=0") as events:
        next_of(events, "hello")
        headers = {"Idempotency-Key": "asked"}
        httpx.post(f"{room}/messages/{asked['id']}/delete", auth=BOB, headers=headers)
        next_of(events, "delete")
        told = told_everywhere(room, reply["id"])
        assert len(told) == 7
        for each in told:
            assert "quote" not in each
            assert each["reply_to"] == asked["id"]
        for fmt in ("sse", "ndjson", "text"):
            body = httpx.get(f"{room}/feed?format={fmt}&follow=0&after=0").text
            assert "aye" in body
            assert "secret" not in body
    page = httpx.get(room, headers={"Accept": "text/html"}).text
    assert "deleted message" in page
    assert "secret" not in page


def test_history_quotes_the_newest_text(room: str) -> None:
    asked = post(room, "wen?", BOB, key="asked")
    reply = post(room, "aye", reply_to=asked["id"])
    url, headers = f"{room}/messages/{asked['id']}/edit", {"Idempotency-Key": "asked"}
    httpx.post(url, json={"text": "when?"}, auth=BOB, headers=headers)
    told = httpx.get(f"{room}/messages/{reply['id']}").json()
    assert told["quote"] == {"author": "bob", "text": "when?"}


def test_replies_keep_their_place_among_the_others(room: str) -> None:
    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        asked = post(room, "0")
        sent = [asked]
        for number in range(1, 31):
            more = {"reply_to": asked["id"]} if number % 3 == 0 else {}
            sent.append(post(room, str(number), **more))
        assert [next_of(events, "message") for _ in sent] == sent


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        pytest.param("plain", "plain", id="plain"),
        pytest.param(" two\n\n lines ", "two lines", id="on-one-line"),
        pytest.param("**a** `<b>` & [c](https://d.example)", "a <b> & c", id="without-markup"),
        pytest.param("/me waves", "waves", id="an-action"),
        pytest.param("x" * 140, "x" * 140, id="as-long-as-may-be"),
        pytest.param("x" * 141, "x" * 140 + "…", id="too-long"),
    ],
)
def test_a_quote_is_short_and_plain(text: str, quoted: str) -> None:
    assert make_quote("bob", text).text == quoted


def test_a_post_that_is_refused_opens_no_room(server: ServerProcess) -> None:
    tag, password = secrets.token_hex(4), "correct horse battery"
    for name in ("ann", "bo"):
        payload = {"name": f"{name} {tag}", "password": password}
        assert httpx.post(f"{server.url}/account", json=payload).status_code == 201
    room, ann, bo = f"r{tag}", (f"ann {tag}", password), (f"bo {tag}", password)
    url, reply = f"{server.url}/chat/{room}", {"text": "aye", "reply_to": "1-0"}
    assert httpx.post(url, json=reply, auth=ann).status_code == 400
    assert httpx.put(url, content=b"\xff", auth=ann).status_code == 400
    assert httpx.post(f"{server.url}/rooms", json={"room": room}, auth=bo).status_code == 201
