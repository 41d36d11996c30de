"""What two people see of their conversation: feeds, lists, names, the page, the command line."""

import secrets
import threading
from urllib.parse import quote

import pytest

from sse_chat.formats import FORMATS
from sse_chat.room_names import direct_room
from tests.http.direct.people import PASSWORD, Account, Site
from tests.support.client import run
from tests.support.feeds import next_of


@pytest.mark.parametrize("name", FORMATS)
def test_both_sides_read_one_conversation_in_each_format(site: Site, name: str) -> None:
    ann, bob = site.account(), site.account()
    assert ann.say(bob, "hello").status_code == 201
    assert bob.say(ann, "and to you").status_code == 201
    for own, other in ((ann, bob), (bob, ann)):
        feed = own.client.get(f"{own.to(other)}?format={name}&last=5&follow=0").text
        assert feed.index("hello", feed.index("hello") + 1) < feed.index("and to you")
        assert f"dm:{other.name}" in feed
        assert f"dm:{own.name}" not in feed


def test_the_page_is_called_by_the_other_and_leads_nowhere_else(site: Site) -> None:
    ann, bob = site.account(), site.account()
    payload = {"text": "ready?", "choices": ["yes", "no"]}
    entry_id = ann.client.post(f"{ann.to(bob)}/ask", json=payload).json()["id"]
    page = bob.client.get(bob.to(ann), headers={"Accept": "text/html"}).text
    assert f"<title>{ann.name} · sse-chat</title>" in page
    assert f'action="{bob.to(ann)}/messages/{entry_id}/answer"' in page
    assert f'action="{bob.to(ann)}" data-composer' in page
    assert direct_room(ann.author_id, bob.author_id) not in page
    assert f'href="{bob.to(ann)}" data-room="dm:{ann.name}" aria-current="page"' in page
    index = bob.client.get("/", headers={"Accept": "text/html"}).text
    assert f'href="{bob.to(ann)}"' in index


def test_a_feed_goes_on_with_what_the_other_writes(site: Site) -> None:
    ann, bob = site.account(), site.account()
    with bob.feed(f"{bob.to(ann)}/feed?format=ndjson") as events:
        ann.say(bob, "hello")
        message = next_of(events, "message")
    assert (message["room"], message["text"]) == (f"dm:{ann.name}", "hello")


def test_the_first_messages_from_both_sides_at_once_are_in_one_room(site: Site) -> None:
    ann, bob = site.account(), site.account()
    ready = threading.Barrier(8)

    def say(own: Account, other: Account, text: str) -> None:
        ready.wait(60)
        assert own.client.post(own.to(other), content=text).status_code == 201

    pairs = [(ann, bob), (bob, ann)] * 4
    threads = [
        threading.Thread(target=say, args=(*pair, f"m{number}"))
        for number, pair in enumerate(pairs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(ann.read(bob)) == sorted(bob.read(ann)) == [f"m{each}" for each in range(8)]
    assert ann.conversations() == [bob.name]
    assert bob.conversations() == [ann.name]


def test_a_name_of_any_case_and_an_id_mean_the_same_account(site: Site) -> None:
    ann, bob = site.account(), site.account()
    ann.say(bob, "hello")
    for called in (bob.name.upper(), bob.author_id):
        page = ann.client.get(f"/dm/{called}/messages").json()
        assert [each["text"] for each in page["events"]] == ["hello"]
        assert page["room"] == f"dm:{bob.name}"


@pytest.mark.parametrize("name", ["a/b, c", "Ann & Bob?", "李雷 100%", "x+y#z", "..", 'it\'s "me"'])
def test_any_name_can_be_written_to_by_what_the_lists_say(site: Site, name: str) -> None:
    ann, other = site.account(), site.account(f"{name} {secrets.token_hex(3)}"[:32])
    assert other.client.post(f"/dm/{ann.name}", content="hello").status_code == 201
    [called] = ann.conversations()
    assert ann.client.post(f"/dm/{quote(called, safe='')}", content="hi").status_code == 201
    answer = ann.client.get("/messages", params={"rooms": f"lobby,dm:{called}"})
    assert [each["dm"] for each in answer.json()["events"] if "dm" in each] == [called, called]


def test_whoever_is_named_in_a_conversation_finds_it_among_their_mentions(site: Site) -> None:
    ann, bob, eve = site.account(), site.account(), site.account()
    named = ann.say(bob, f"@{bob.name} and @{eve.name}, look").json()
    ann.say(bob, "this names nobody")
    [event] = bob.client.get("/mentions").json()["events"]
    assert (event["id"], event["room"], event["dm"]) == (
        named["id"],
        f"dm:{ann.name}",
        ann.name,
    )
    assert eve.client.get("/mentions").json()["events"] == []
    [row] = bob.client.get("/unread").json()["rooms"]
    assert (row["dm"], row["unread"], row["mentions"]) == (ann.name, 2, 2)


def test_each_message_of_a_conversation_counts_as_unread_for_the_other(site: Site) -> None:
    ann, bob = site.account(), site.account()
    ann.say(bob, "one")
    last_id = ann.say(bob, "two").json()["id"]
    [row] = bob.client.get("/unread").json()["rooms"]
    assert row["room"] == f"dm:{ann.name}"
    assert (row["dm"], row["unread"], row["mentions"]) == (ann.name, 2, 2)
    assert bob.client.post(f"{bob.to(ann)}/read", json={"id": last_id}).status_code == 204
    [row] = bob.client.get("/unread").json()["rooms"]
    assert (row["read"], row["unread"], row["mentions"]) == (last_id, 0, 0)
    assert [each["unread"] for each in ann.client.get("/unread").json()["rooms"]] == [0]


def test_a_feed_of_all_rooms_has_conversations_too_and_joins_new_ones(site: Site) -> None:
    ann, bob, cyd = site.account(), site.account(), site.account()
    ann.say(bob, "old")
    with bob.feed("/feed?rooms=*&format=ndjson&last=100") as events:
        found = next(each for each in events if each.get("dm") == ann.name)
        assert (found["room"], found["text"]) == (f"dm:{ann.name}", "old")
        cyd.say(bob, "new")
        found = next(each for each in events if each.get("text") == "new")
        assert (found["room"], found["dm"]) == (f"dm:{cyd.name}", cyd.name)


@pytest.mark.parametrize("feed", ["/chat/{room}/feed?", "/feed?rooms={room}&"])
def test_activity_tells_each_side_by_its_own_name(site: Site, feed: str) -> None:
    ann, bob = site.account(), site.account()
    path = feed.format(room=f"t{secrets.token_hex(6)}")
    with bob.feed(f"{path}activity=1&format=ndjson") as events:
        ann.say(bob, "hello")
        note = next(
            each for each in events if each["kind"] == "activity" and each["room"][:3] == "dm:"
        )
    assert (note["room"], note["dm"]) == (f"dm:{ann.name}", ann.name)
    assert note["mentions"] == [bob.author_id]


def test_a_cursor_of_many_rooms_goes_on_in_conversations(site: Site) -> None:
    ann, bob = site.account(), site.account()
    first = ann.say(bob, "one").json()["id"]
    ann.say(bob, "two")
    named = {"rooms": f"lobby,dm:{ann.name}"}
    after = {"after": f"lobby:{first},dm:{ann.name}:{first}"}
    page = bob.client.get("/messages", params=named | after).json()
    assert [each["text"] for each in page["events"] if "dm" in each] == ["two"]
    ann.say(bob, "three")
    page = bob.client.get("/messages", params=named | {"after": page["cursor"]}).json()
    assert [each["text"] for each in page["events"] if "dm" in each] == ["three"]


def test_the_command_line_reads_and_writes_a_conversation(site: Site) -> None:
    ann, bob = site.account(), site.account()
    ann.say(bob, "hello")
    user = f"{bob.name}:{PASSWORD}".replace(" ", "%20")
    url = f"{site.server.url}{bob.to(ann)}".replace("//", f"//{user}@")
    said = run("tail", url, "--no-follow")
    assert said.stdout.decode().rstrip().endswith(f"{ann.name}: hello"), said.stderr
    assert run("say", url, "hi there").returncode == 0
    assert ann.read(bob) == ["hello", "hi there"]
