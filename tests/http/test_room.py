"""What goes on in a room beside messages."""

import json
from typing import Any

import httpx
import pytest

from tests.support.feeds import next_of, open_ndjson
from tests.support.posts import ANN, BOB, post
from tests.support.servers import ServerProcess, curl


def react(room: str, entry: dict[str, Any], emoji: str, auth: Any = ANN, **more: Any) -> Any:
    url = f"{room}/messages/{entry['id']}/reactions"
    return httpx.post(url, json={"emoji": emoji, **more}, auth=auth)


def first(room: str) -> dict[str, Any]:
    event: dict[str, Any] = httpx.get(f"{room}/messages").json()["events"][0]
    return event


def test_reactions_are_entries_and_history_sums_them_up(room: str) -> None:
    entry = post(room, "a")
    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        answer = react(room, entry, "👍")
        assert answer.status_code == 201
        reaction = answer.json()
        assert (reaction["target"], reaction["text"], reaction["removed"]) == (
            entry["id"],
            "👍",
            False,
        )
        assert next_of(events, "reaction") == reaction
    react(room, entry, "👍", BOB)
    react(room, entry, "🎉", BOB)
    told = first(room)["reactions"]
    assert [(each["emoji"], each["count"], each["authors"]) for each in told] == [
        ("👍", 2, ["ann", "bob"]),
        ("🎉", 1, ["bob"]),
    ]


def test_a_reaction_counts_once_and_can_be_taken_back(room: str) -> None:
    entry = post(room, "a")
    assert react(room, entry, "👍").status_code == 201
    assert react(room, entry, "👍").status_code == 200
    assert first(room)["reactions"][0]["count"] == 1
    removed = react(room, entry, "👍", remove="1")
    assert removed.json()["removed"] is True
    assert react(room, entry, "👍", remove="1").status_code == 200
    assert "reactions" not in first(room)


@pytest.mark.parametrize(
    "emoji", ["", "a", "<b>", "1", "👍" * 30, "\n", "👍 x", "<", "+=", "👍\u202e", None]
)
def test_what_is_no_emoji_is_refused(room: str, emoji: str | None) -> None:
    assert react(room, post(room, "a"), emoji).status_code == 400  # type: ignore[arg-type]


@pytest.mark.parametrize("emoji", ["👍", "❤️", "👩‍👩‍👧", "🇩🇪", "1️⃣", "👍🏽", "‼️"])
def test_any_emoji_will_do(room: str, emoji: str) -> None:
    entry = post(room, "a")
    status = react(room, entry, emoji).status_code
    assert status == 201 or emoji == "‼️"


def test_only_messages_that_are_there_are_reacted_to(room: str) -> None:
    entry = post(room, "a")
    assert react(room, {"id": "1-0"}, "👍").status_code == 404
    assert react(room, react(room, entry, "👍").json(), "👍").status_code == 404


def test_the_topic_is_an_entry_and_shown_with_the_room(server: ServerProcess, room: str) -> None:
    answer = httpx.post(f"{room}/topic", json={"text": " what we \n do "}, auth=ANN)
    assert answer.status_code == 201
    assert (answer.json()["kind"], answer.json()["text"]) == ("topic", "what we do")
    rooms = httpx.get(f"{server.url}/rooms").json()["rooms"]
    assert next(each for each in rooms if each["room"] == answer.json()["room"])["topic"] == (
        "what we do"
    )
    assert "what we do" in httpx.get(room, headers={"Accept": "text/html"}).text


def test_who_is_there_is_listed_and_told(room: str) -> None:
    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        post(room, "a")
        post(room, "b", BOB)
        told = next_of(events, "presence")
        while told["count"] < 2:
            told = next_of(events, "presence")
    assert [each["name"] for each in told["people"]] == ["ann", "bob"]
    assert "id" not in told
    people = httpx.get(f"{room}/people").json()
    assert (people["count"], people["people"]) == (2, told["people"])


def test_typing_passes_and_is_not_kept(room: str) -> None:
    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        for _ in range(3):
            assert httpx.post(f"{room}/typing", auth=ANN).status_code == 204
        typing = next_of(events, "typing")
        assert (typing["author"], "id" in typing) == ("ann", False)
        entry = post(room, "a")
        # What was told too often did not pass: the message is next.
        told = next(event for event in events if event["kind"] not in ("presence", "ping"))
        assert told == entry
    assert "typing" not in httpx.get(f"{room}/feed?after=0&follow=0").text


def test_who_types_on_after_a_message_is_told_of_at_once(room: str) -> None:
    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        for text in ("a", "b"):
            httpx.post(f"{room}/typing", auth=ANN)
            assert next_of(events, "typing")["author"] == "ann"
            httpx.post(room, json={"text": text}, auth=ANN)


def test_reading_on_one_device_is_known_on_another(server: ServerProcess, room: str) -> None:
    name = room.rpartition("/")[2]
    me = f"me-{name[:20]}"
    session = httpx.post(f"{server.url}/session", json={"name": me}).cookies

    def unread() -> Any:
        rooms = httpx.get(f"{server.url}/unread", cookies=session).json()["rooms"]
        return next((each for each in rooms if each["room"] == name), None)

    def mark_read(entry: dict[str, Any]) -> int:
        form = {"id": entry["id"]}
        return httpx.post(f"{room}/read", json=form, cookies=session).status_code

    assert unread() is None
    entries = [post(room, f"m{number}") for number in range(3)]
    assert mark_read(entries[0]) == 204
    assert unread() == {
        "room": name,
        "read": entries[0]["id"],
        "last_id": entries[2]["id"],
        "unread": 2,
        "mentions": 0,
    }
    post(room, f"@{me} hello")
    assert (unread()["unread"], unread()["mentions"]) == (3, 1)
    last = post(room, "the last")
    mark_read(last)
    mark_read(entries[0])
    assert (unread()["read"], unread()["unread"]) == (last["id"], 0)


def test_nobody_has_no_unread(server: ServerProcess, room: str) -> None:
    assert httpx.get(f"{server.url}/unread").json() == {"rooms": []}
    assert httpx.post(f"{room}/read", json={"id": "1-0"}).status_code == 401


def test_a_room_without_an_entry_has_no_read_marks(server: ServerProcess) -> None:
    with httpx.Client(base_url=server.url) as ann:
        ann.post("/session", json={"name": "ann"})
        assert ann.post("/chat/made-up-by-ann/read", json={"id": "1-0"}).status_code == 204
        assert ann.get("/unread").json()["rooms"] == []


def test_a_shared_name_has_no_read_marks(server: ServerProcess, room: str) -> None:
    entry = post(room, "a")
    marked = httpx.post(f"{room}/read", json={"id": entry["id"]}, auth=ANN)
    assert (marked.status_code, marked.json()["error"]) == (403, "unproven")
    assert httpx.get(f"{server.url}/unread", auth=ANN).json() == {"rooms": []}


def test_search_finds_the_newest_and_says_how_far_it_looked(room: str) -> None:
    entries = [post(room, f"Apple {number}" if number % 2 else "pear") for number in range(8)]
    found = httpx.get(f"{room}/search?q=APPLE&limit=2").json()
    assert [event["id"] for event in found["events"]] == [entries[5]["id"], entries[7]["id"]]
    assert found["more"] is True
    rest = httpx.get(f"{room}/search?q=apple&before={found['cursor']}").json()
    assert [event["id"] for event in rest["events"]] == [entries[1]["id"], entries[3]["id"]]
    assert (rest["more"], rest["looked_back_to"]) == (False, entries[0]["id"])
    assert httpx.get(f"{room}/search?q=nothing").json()["events"] == []
    for query in ("", "?q=", "?q=%20", "?q=a&limit=0", "?q=a&before=x"):
        assert httpx.get(f"{room}/search{query}").status_code == 400


def test_history_around_a_message(room: str) -> None:
    ids = [post(room, f"m{number}")["id"] for number in range(9)]
    page = httpx.get(f"{room}/messages?around={ids[4]}&limit=4").json()
    assert [event["id"] for event in page["events"]] == ids[3:7]
    assert httpx.get(f"{room}/messages?around={ids[4]}&after=0").status_code == 400
    for greatest in (f"1-{2**64 - 1}", f"{2**64 - 1}-{2**64 - 1}"):
        assert httpx.get(f"{room}/messages?around={greatest}").status_code == 200


def test_a_reply_names_what_it_answers(room: str) -> None:
    asked = post(room, "a question")
    reply = post(room, "an answer", reply_to=asked["id"])
    assert reply["reply_to"] == asked["id"]
    assert httpx.get(f"{room}/messages/{reply['id']}").json() == reply
    refused = httpx.post(room, json={"text": "x", "reply_to": "1-0"}, auth=ANN)
    assert refused.status_code == 400


def test_markup_comes_as_html_too(room: str) -> None:
    entry = post(room, "**bold** <script>")
    assert entry["html"] == "<p><strong>bold</strong> &lt;script&gt;</p>\n"
    assert "html" not in post(room, "plain")
    assert "<strong>bold</strong>" in httpx.get(room, headers={"Accept": "text/html"}).text


def test_other_kinds_are_lines_of_text(room: str) -> None:
    entry = post(room, "/me waves")
    react(room, entry, "👍")
    httpx.post(f"{room}/topic", json={"text": "new"}, auth=ANN)
    lines = [line[8:] for line in curl(f"{room}?follow=0").splitlines() if line.startswith("[")]
    assert lines == ["ann waves", f"ann reacted 👍 to {entry['id']}", "ann set the topic: new"]


def test_a_topic_is_read_as_a_post_is(room: str) -> None:
    for flags, topic in (
        (("-d", "plans & = more"), "plans & = more"),
        (("-d", "text=by+form"), "by form"),
        (("-H", "Content-Type: text/plain", "-d", "as it is"), "as it is"),
        (("-d", "text="), ""),
    ):
        entry = json.loads(curl("-u", "ann:", *flags, f"{room}/topic"))
        assert (entry["kind"], entry["text"]) == ("topic", topic)
    assert httpx.post(f"{room}/topic", auth=("ann", "")).status_code == 400


@pytest.mark.parametrize("body", [{}, {"text": 5}, {"text": None}])
def test_a_topic_without_a_text_changes_nothing(room: str, body: dict[str, object]) -> None:
    httpx.post(f"{room}/topic", json={"text": "kept"}, auth=("ann", ""))
    assert httpx.post(f"{room}/topic", json=body, auth=("ann", "")).status_code == 400
    assert "kept" in httpx.get(room, headers={"Accept": "text/html"}).text


def test_search_finds_what_reads_the_same(room: str) -> None:
    post(room, "Re\u0301sume\u0301 fu\u0308r ZOË \u0130stanbul co\u00adop")
    for wanted in ("résumé", "zoë", "re\u0301sume\u0301 für", "istanbul", "coop"):
        found = httpx.get(f"{room}/search", params={"q": wanted}).json()["events"]
        assert len(found) == 1, wanted
    assert not httpx.get(f"{room}/search", params={"q": "resume"}).json()["events"]
