"""Pinned messages: who may pin, what the list has, and what takes a message out of it."""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from sse_chat.store.pins import MAX_PINS
from tests.http.test_moderation import People
from tests.support.servers import ServerProcess


@pytest.fixture
def people(server: ServerProcess) -> Iterator[People]:
    with ExitStack() as stack:
        yield People(server, stack)


def _say(people: People, text: str = "hi") -> str:
    return str(people.post(people.guest, text).json()["id"])


def _pin(people: People, target: str, who: httpx.Client | None = None, **fields: str) -> int:
    path = f"/chat/{people.room}/pins"
    return (who or people.owner).post(path, data={"target": target, **fields}).status_code


def _pinned(people: People) -> list[str]:
    answer = people.other.get(f"/chat/{people.room}/pins")
    assert answer.status_code == 200
    return [each["text"] for each in answer.json()["pins"]]


def test_the_newest_pin_comes_first_and_says_by_whom_and_when(people: People) -> None:
    first, second = _say(people, "first"), _say(people, "second")
    path = f"/chat/{people.room}/pins"
    assert people.owner.get(path).json() == {"pins": []}
    people.owner.post(path, json={"target": second})
    answer = people.owner.post(path, json={"target": first})
    assert answer.status_code == 201
    entry = answer.json()
    assert (entry["kind"], entry["target"], entry["removed"]) == ("pin", first, False)
    assert _pinned(people) == ["first", "second"]
    newest = people.guest.get(path).json()["pins"][0]
    message = people.guest.get(f"/chat/{people.room}/messages/{first}").json()
    pinned = {"pinned_by": f"owner {people.tag}", "pinned_at": entry["at"]}
    assert newest == {**message, **pinned}


def test_a_pin_and_what_takes_it_away_change_something_once(people: People) -> None:
    target = _say(people)
    assert [_pin(people, target) for _ in range(2)] == [201, 200]
    assert [_pin(people, target, remove="1") for _ in range(2)] == [201, 200]
    assert _pinned(people) == []
    feed = f"/chat/{people.room}/feed?format=text&after=0&follow=0"
    lines = people.guest.get(feed).text.splitlines()
    assert [line.partition("] ")[2] for line in lines if target in line] == [
        f"owner {people.tag} pinned {target}",
        f"owner {people.tag} unpinned {target}",
    ]


def test_what_is_said_of_a_pinned_message_later_is_in_the_list(people: People) -> None:
    edited, deleted = _say(people, "edited"), _say(people, "deleted")
    assert {_pin(people, each) for each in (edited, deleted)} == {201}
    people.guest.post(f"/chat/{people.room}/messages/{edited}/edit", data={"text": "anew"})
    people.guest.post(f"/chat/{people.room}/messages/{deleted}/delete")
    assert _pinned(people) == ["anew"]


def test_a_full_list_says_so_and_a_deleted_message_makes_room(people: People) -> None:
    targets = [_say(people, str(number)) for number in range(MAX_PINS + 1)]
    assert {_pin(people, each) for each in targets[:-1]} == {201}
    full = people.owner.post(f"/chat/{people.room}/pins", data={"target": targets[-1]})
    assert (full.status_code, full.json()["error"]) == (409, "full")
    assert "20 pinned messages" in full.json()["detail"]
    assert len(_pinned(people)) == MAX_PINS
    people.owner.post(f"/chat/{people.room}/messages/{targets[0]}/delete")
    assert _pin(people, targets[-1]) == 201


@pytest.mark.parametrize(
    ("target", "status"),
    [
        pytest.param("1-1", 404, id="nothing-there"),
        pytest.param("what", 400, id="no-id"),
        pytest.param("", 400, id="no-target"),
    ],
)
def test_what_is_no_message_is_not_pinned(people: People, target: str, status: int) -> None:
    assert _pin(people, target) == status
    assert _pinned(people) == []


def test_only_moderators_pin_and_only_messages(people: People) -> None:
    target = _say(people)
    assert _pin(people, target, people.other) == 403
    # Who could sign in to an account is asked to.
    assert _pin(people, target, people.guest) == 401
    topic = people.owner.post(f"/chat/{people.room}/topic", data={"text": "news"}).json()["id"]
    assert _pin(people, topic) == 404
    members = f"/chat/{people.room}/members"
    payload = {"who": f"other {people.tag}", "role": "moderator"}
    assert people.owner.post(members, data=payload).status_code == 200
    assert _pin(people, target, people.other) == 201


def test_pins_of_a_room_are_for_those_who_may_read_it(people: People) -> None:
    people.owner.post(f"/chat/{people.room}/rules", data={"visibility": "invited"})
    path = f"/chat/{people.room}/pins"
    assert people.other.get(path).status_code == people.other.post(path).status_code == 404
