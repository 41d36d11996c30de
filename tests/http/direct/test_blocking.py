"""Who may no longer write in a conversation: blocked, by a token, ended, banned."""

from typing import Any

import httpx

from sse_chat.room_names import direct_room
from tests.http.direct.people import Site
from tests.support.client import run
from tests.support.feeds import next_of

# Reactions, edits and the like need a message of one's own from before.
_WRITING: tuple[tuple[str, dict[str, Any]], ...] = (
    ("", {"text": "a"}),
    ("/ask", {"text": "a", "choices": ["a", "b"]}),
    ("/typing", {}),
    ("/topic", {"text": "a"}),
    ("/messages/ID/edit", {"text": "a"}),
    ("/messages/ID/reactions", {"emoji": "👍"}),
)


def test_a_block_refuses_all_that_the_other_writes_and_keeps_what_was(site: Site) -> None:
    ann, bob = site.account(), site.account()
    entry_id = bob.say(ann, "before").json()["id"]
    answer = ann.client.post(f"{ann.to(bob)}/block")
    assert answer.json() == {"dm": bob.name, "blocked": True}
    for own, other in ((bob, ann), (ann, bob)):
        for rest, payload in _WRITING:
            refused = own.client.post(
                f"{own.to(other)}{rest.replace('ID', entry_id)}", json=payload
            )
            assert refused.status_code == 403, rest
            assert refused.json()["error"] == "blocked", rest
        assert own.client.put(own.to(other), content="a").status_code == 403
        assert own.read(other) == ["before"]
    said = bob.client.post(bob.to(ann), content="a").json()["detail"]
    assert said == "you cannot write to this person"
    assert ann.client.get("/account").json()["blocked"] == [bob.name]
    assert bob.client.get("/account").json()["blocked"] == []
    assert ann.client.post(f"{ann.to(bob)}/unblock").json()["blocked"] is False
    assert bob.say(ann, "after").status_code == 201


def test_who_blocks_somebody_is_not_seen_in_the_conversation(site: Site) -> None:
    ann, bob = site.account(), site.account()
    ann.client.post(f"{ann.to(bob)}/block")
    ann.client.post(f"{ann.to(bob)}/presence", json={"state": "here"})
    ann.read(bob)
    assert bob.client.get(f"{bob.to(ann)}/people").json()["count"] == 0


def test_a_browsers_form_blocks_and_comes_back(site: Site) -> None:
    ann, bob = site.account(), site.account()
    headers = {"Accept": "text/html"}
    for act in ("block", "unblock"):
        answer = ann.client.post(f"{ann.to(bob)}/{act}", headers=headers)
        assert (answer.status_code, answer.headers["location"]) == (303, ann.to(bob))


def test_a_token_writes_in_conversations_unless_it_is_for_some_rooms(site: Site) -> None:
    ann, bob = site.account(), site.account()
    for payload, status in (({"scope": "both"}, 201), ({"scope": "both", "rooms": "lobby"}, 403)):
        made = ann.client.post("/account/tokens", json=payload).json()
        with httpx.Client(
            base_url=site.server.url, headers={"Authorization": f"Bearer {made['token']}"}
        ) as client:
            assert client.post(ann.to(bob), content="a").status_code == status
            assert client.post(f"{ann.to(bob)}/block").status_code == 403


def test_an_account_that_has_ended_can_be_read_and_not_written_to(site: Site) -> None:
    ann, bob, cyd = site.account(), site.account(), site.account()
    bob.say(ann, "farewell")
    with bob.feed(f"{bob.to(ann)}/feed?format=ndjson") as events:
        ended = run("user", "end", bob.name, "--data", str(site.server.data))
        assert ended.returncode == 0, ended.stderr
        assert next_of(events, "bye")["reason"] == "revoked"
    assert ann.read(bob) == ["farewell"]
    refused = ann.say(bob, "hello?")
    assert (refused.status_code, refused.json()["error"]) == (403, "forbidden")
    assert "this account has ended" in refused.json()["detail"]
    page = ann.client.get(ann.to(bob), headers={"Accept": "text/html"}).text
    assert "This account has ended" in page
    assert direct_room(ann.author_id, bob.author_id) not in page
    # Who has nothing with them is told what is told of a name that nobody has.
    assert cyd.client.get(cyd.to(bob)).status_code == 404
    assert cyd.say(bob, "hello?").status_code == 404


def test_a_ban_from_the_server_ends_the_feed_of_a_conversation(site: Site) -> None:
    ann, bob = site.account(), site.account()
    with bob.feed(f"{bob.to(ann)}/feed?format=ndjson") as events:
        act = {"act": "ban", "who": bob.author_id}
        assert site.owner.post("/moderation", json=act).is_success
        assert next_of(events, "bye")["reason"] == "revoked"
