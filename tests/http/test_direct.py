"""Direct messages: each call of a room from both sides, and that nobody else learns of them."""

import asyncio
import contextlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import pytest

from sse_chat.conversations import Conversation, LabelFormat
from sse_chat.events import Author, Entry, Hello
from sse_chat.formats import FORMATS
from sse_chat.ids import EntryId
from sse_chat.people.permissions import Permissions
from sse_chat.people.roles import SPEAKING, Action, Person, Role
from sse_chat.people.rules import Bans, direct_rules
from sse_chat.room_names import direct_room, members_of
from sse_chat.settings import Settings
from sse_chat.store.keys import Keys
from sse_chat.web.http.queries import Route
from sse_chat.web.routes import ROUTES
from tests.support.client import run
from tests.support.feeds import next_of, open_ndjson
from tests.support.servers import Launcher, ServerProcess

T = TypeVar("T")
PASSWORD = "correct horse battery"
_ROOM = "/chat/{room}"


class Site:
    """A server that anyone may make an account on; what clients it made are closed with it."""

    def __init__(self, server: ServerProcess, owner_code: str = "") -> None:
        self.server = server
        self._stack = contextlib.ExitStack()
        self.owner = self.client()
        if owner_code:
            shape = {"name": "boss", "password": PASSWORD, "invitation": owner_code}
            assert self.owner.post("/account", json=shape).is_success

    def client(self, **options: Any) -> httpx.Client:
        client = httpx.Client(base_url=self.server.url, timeout=60, **options)
        return self._stack.enter_context(client)

    def account(self, name: str = "") -> "Account":
        name = name or f"a{secrets.token_hex(6)}"
        shape = {"name": name, "password": PASSWORD}
        # By its cookie: proving a password takes longer than all else here.
        client = self.client()
        made = client.post("/account", json=shape).json()
        return Account(name, made["author_id"], client)

    def close(self) -> None:
        self._stack.close()


@dataclass(frozen=True)
class Account:
    name: str
    author_id: str
    client: httpx.Client

    @contextlib.contextmanager
    def feed(self, path: str) -> Iterator[Iterator[dict[str, Any]]]:
        """The events of `path`; the first of them, `hello`, is taken."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        url = f"{self.client.base_url}{path}"
        with open_ndjson(url, headers={"Cookie": cookies}) as events:
            next_of(events, "hello")
            yield events

    def to(self, other: "Account") -> str:
        """The path of the conversation."""
        return f"/dm/{quote(other.name, safe='')}"

    def say(self, other: "Account", text: str) -> httpx.Response:
        return self.client.post(self.to(other), json={"text": text})

    def read(self, other: "Account") -> list[str]:
        events = self.client.get(f"{self.to(other)}/messages").json()["events"]
        return [each["text"] for each in events if each["kind"] == "message"]

    def conversations(self) -> list[str]:
        rooms = self.client.get("/rooms").json()["rooms"]
        return [each["dm"] for each in rooms if "dm" in each]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    launcher = Launcher(tmp_path_factory.mktemp("direct"))
    server = launcher("--accounts", "open", "--limits", "off")
    with contextlib.closing(Site(server, server.owner_code())) as found:
        yield found
    launcher.stop()


@pytest.fixture(scope="module")
def pair(site: Site) -> tuple[Account, Account]:
    """For what does not mind that there was talk before."""
    return site.account(), site.account()


@dataclass(frozen=True)
class Call:
    """What is sent to a route of a room; what is not in CALLS is sent an empty body."""

    query: str = ""
    shape: dict[str, Any] | None = None
    content: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


_ND = {"Content-Type": "application/x-ndjson"}
CALLS: dict[tuple[str, str], Call] = {
    ("GET", ""): Call("?follow=0&last=5"),
    ("POST", ""): Call(shape={"text": "hello"}),
    ("PUT", ""): Call(content="a line\n"),
    ("GET", "/feed"): Call("?follow=0&last=5&format=ndjson"),
    ("POST", "/feed"): Call(shape={"follow": 0, "last": 5}),
    ("POST", "/batch"): Call(content='{"text": "one"}\n', headers=_ND),
    ("POST", "/ask"): Call(shape={"text": "ready?", "choices": ["yes", "no"]}),
    ("POST", "/messages/{entry_id}/answer"): Call(shape={"choice": "yes"}),
    ("POST", "/messages/{entry_id}/edit"): Call(shape={"text": "better"}),
    ("POST", "/messages/{entry_id}/reactions"): Call(shape={"emoji": "👍"}),
    ("POST", "/mentions"): Call(shape={"text": "hello @nobody"}),
    ("POST", "/pins"): Call(shape={"target": "{entry_id}"}),
    ("POST", "/read"): Call(shape={"id": "1-0"}),
    ("POST", "/topic"): Call(shape={"text": "plans"}),
    ("GET", "/search"): Call("?q=ready"),
    ("POST", "/rules"): Call(shape={"slow_s": 1}),
    ("POST", "/members"): Call(shape={"who": "boss"}),
    ("POST", "/moderation"): Call(shape={"act": "mute", "who": "boss"}),
    ("POST", "/hooks"): Call(shape={"name": "ci"}),
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
    shape = call.shape
    if shape and "target" in shape:
        shape = {"target": asked.json()["id"]}
    return account.client.request(
        method, f"{base}{path}{call.query}", json=shape, content=call.content,
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
    shape = {"text": "ready?", "choices": ["yes", "no"]}
    entry_id = ann.client.post(f"{ann.to(bob)}/ask", json=shape).json()["id"]
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


def test_nobody_else_learns_of_a_conversation(site: Site) -> None:
    ann, bob, cyd = site.account(), site.account(), site.account()
    secret = f"s{secrets.token_hex(8)}"
    assert ann.say(bob, f"{secret} @{bob.name}").status_code == 201
    assert ann.client.post(f"{ann.to(bob)}/topic", json={"text": secret}).is_success
    stored = direct_room(ann.author_id, bob.author_id)
    guest, nobody = site.client(auth=("guest", "")), site.client()
    for client in (cyd.client, site.owner, guest, nobody):
        for path in (
            "/rooms", "/rooms?format=text", "/unread", "/mentions", "/metrics", "/audit", "/",
            "/feed?rooms=*&last=50&follow=0", "/messages?rooms=*", f"/chat/{quote(stored)}",
            f"/feed?rooms={quote(stored)}&follow=0", f"/feed?rooms=dm:{bob.name}&last=5&follow=0",
            f"/chat/{quote(stored)}/messages", f"/dm/{ann.name}/messages",
            f"/dm/{bob.name}/people", f"/dm/{quote(stored)}", f"/dm/{bob.name}/search?q={secret}",
        ):  # fmt: skip
            for accept in ("*/*", "text/html"):
                said = client.get(path, headers={"Accept": accept}).text
                assert secret not in said, path
                assert stored not in said or quote(stored) in path, path
    for client in (cyd.client, site.owner):
        for path in (f"/chat/{quote(stored)}", "/send_message"):
            shape = {"text": "x", "message": "x", "room": stored}
            assert client.post(path, json=shape).status_code == 404
    said = run("room", "list", "--data", str(site.server.data)).stdout.decode()
    assert secret not in said
    assert "@u_" not in said


@pytest.mark.parametrize(
    ("auth", "status"), [(("guest", ""), 403), (None, 401)], ids=["guest", "nobody"]
)
def test_who_has_no_account_gets_one_answer_for_any_name(
    site: Site, auth: tuple[str, str] | None, status: int
) -> None:
    ann, bob = site.account(), site.account()
    ann.say(bob, "hello")
    with httpx.Client(base_url=site.server.url, auth=auth) as client:
        answers = [
            client.request(method, f"/dm/{name}{rest}")
            for name in (ann.name, bob.name, "nobody-has-this")
            for method, rest in (("GET", ""), ("POST", ""), ("POST", "/block"))
        ]
        answers.append(client.get(f"/feed?rooms=dm:{ann.name}"))
    assert {each.status_code for each in answers} == {status}
    assert all("direct messages are between accounts" in each.text for each in answers)


@pytest.mark.parametrize(
    "called", ["nobody-has-this", "b\u043ess", "bo ss", "@u_1+u_2", "u_" + "0" * 16, "x" * 500]
)
def test_a_name_that_no_account_has_is_not_found(site: Site, called: str) -> None:
    ann = site.account()
    for answer in (
        ann.client.get(f"/dm/{quote(called)}/messages"),
        ann.client.post(f"/dm/{quote(called)}", content="hi"),
        ann.client.post(f"/dm/{quote(called)}/block"),
    ):
        assert answer.status_code == 404
        assert answer.json()["detail"].startswith("no account is called")


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


def test_notes_to_oneself_are_seen_by_nobody_else(site: Site) -> None:
    ann = site.account()
    assert ann.say(ann, "milk").status_code == 201
    assert ann.read(ann) == ["milk"]
    assert ann.conversations() == [ann.name]
    assert ann.client.post(f"{ann.to(ann)}/block").status_code == 400


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
        for rest, shape in _WRITING:
            refused = own.client.post(f"{own.to(other)}{rest.replace('ID', entry_id)}", json=shape)
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


def test_a_persons_card_says_who_they_are_and_whether_one_can_write_to_them(site: Site) -> None:
    ann, bob = site.account(), site.account()
    room = f"/chat/t{secrets.token_hex(6)}"
    assert ann.client.post(room, content="mine").status_code == 201
    assert bob.client.post(room, content="hello").status_code == 201
    card = f"{room}/people/{bob.author_id}"
    found = wait_until(lambda: ann.client.get(card).json(), lambda shape: shape["here"])
    assert (found["name"], found["guest"], found["role"]) == (bob.name, False, "member")
    assert (found["dm"], found["blocked"]) == (bob.name, False)
    assert found["since"][:4] == found["last_here"][:4] == f"{time.gmtime().tm_year}"
    ann.client.post(f"{ann.to(bob)}/block")
    assert ann.client.get(card).json()["blocked"] is True
    assert bob.client.get(f"{room}/people/{ann.author_id}").json()["blocked"] is False
    assert bob.client.get(f"{room}/people/{ann.author_id}").json()["role"] == "owner"
    with httpx.Client(base_url=site.server.url, auth=("guest", "")) as guest:
        assert guest.get(card).json()["dm"] is None
        said = guest.post(room, content="hi").json()
        url = f"{room}/people/{said['author_id']}"
        found = wait_until(lambda: ann.client.get(url), lambda answer: answer.is_success).json()
        assert (found["guest"], found["role"], found["dm"]) == (True, "guest", None)
        assert ann.client.get(f"{room}/people/g_0123456789abcdef").status_code == 404


def wait_until(ask: Callable[[], T], is_met: Callable[[T], bool]) -> T:
    """Presence is noted a moment after the answer."""
    deadline_s = time.monotonic() + 60
    while not is_met(found := ask()):
        assert time.monotonic() < deadline_s, found
        time.sleep(0.05)
    return found


def test_a_browsers_form_blocks_and_comes_back(site: Site) -> None:
    ann, bob = site.account(), site.account()
    headers = {"Accept": "text/html"}
    for act in ("block", "unblock"):
        answer = ann.client.post(f"{ann.to(bob)}/{act}", headers=headers)
        assert (answer.status_code, answer.headers["location"]) == (303, ann.to(bob))


def test_a_token_writes_in_conversations_unless_it_is_for_some_rooms(site: Site) -> None:
    ann, bob = site.account(), site.account()
    for shape, status in (({"scope": "both"}, 201), ({"scope": "both", "rooms": "lobby"}, 403)):
        made = ann.client.post("/account/tokens", json=shape).json()
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
    assert "this account has ended" in page
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


def test_the_command_line_reads_and_writes_a_conversation(site: Site) -> None:
    ann, bob = site.account(), site.account()
    ann.say(bob, "hello")
    user = f"{bob.name}:{PASSWORD}".replace(" ", "%20")
    url = f"{site.server.url}{bob.to(ann)}".replace("//", f"//{user}@")
    said = run("tail", url, "--no-follow")
    assert said.stdout.decode().rstrip().endswith(f"{ann.name}: hello"), said.stderr
    assert run("say", url, "hi there").returncode == 0
    assert ann.read(bob) == ["hello", "hi there"]


def test_a_conversation_has_one_room_whose_keys_share_a_slot() -> None:
    room = direct_room("u_2", "u_1")
    assert room == direct_room("u_1", "u_2")
    assert members_of(room) == ("u_1", "u_2")
    assert members_of(direct_room("u_1", "u_1")) == ("u_1", "u_1")
    keys = Keys("p")
    found = [
        keys.room(room), keys.newest(room), keys.meta(room), keys.edits(room), keys.reactions(room),
        keys.answers(room), keys.names(room), keys.seen(room), keys.present(room),
        keys.update(room, "u_1", "k"), keys.idempotency(room, "u_1", "k"),
    ]  # fmt: skip
    assert len({key.partition("{")[2].partition("}")[0] for key in found}) == 1
    # No list of rooms is made from where this is.
    assert keys.newest(room) != keys.rooms(int(found[0].partition("{p")[2][:2]))
    assert keys.room_of(keys.room(room)) == room


_DIRECT = direct_room("u_1", "u_2")
_READS = {Action.READ, Action.DELETE_OWN, Action.OPEN_ROOM}
_WRITES = {*SPEAKING, Action.PIN, *_READS}


@pytest.mark.parametrize("rooms", ["anyone", "owner"])
@pytest.mark.parametrize(
    ("author_id", "role", "blockers", "allowed"),
    [
        pytest.param("u_1", Role.MEMBER, (), _WRITES, id="member"),
        pytest.param("u_2", Role.OWNER, (), _WRITES, id="owner-of-the-server"),
        pytest.param("u_1", Role.MEMBER, ("u_2",), _READS, id="blocked"),
        pytest.param("u_1", Role.MEMBER, ("u_1",), _READS, id="blocker"),
        pytest.param("u_3", Role.MEMBER, (), set(), id="another-account"),
        pytest.param("u_3", Role.OWNER, (), set(), id="another-owner"),
        pytest.param("g_1", Role.GUEST, (), set(), id="guest"),
    ],
)
def test_in_a_conversation_there_are_two_members_and_nobody_else(
    rooms: str, author_id: str, role: Role, blockers: tuple[str, ...], allowed: set[Action]
) -> None:
    register: Any = SimpleNamespace(
        known_bans=Bans(), known_rules=lambda room: direct_rules(room, blockers=blockers)
    )
    permissions = Permissions(register, Settings(rooms=rooms))
    person = Person(Author("x", author_id, guest=role is Role.GUEST), role, "127.0.0.1")

    async def find() -> set[Action]:
        return {each for each in Action if await permissions.allows(person, each, _DIRECT)}

    assert asyncio.run(find()) == allowed


@pytest.mark.parametrize("name", FORMATS)
def test_two_sides_do_not_share_what_is_encoded(name: str) -> None:
    room, plain = direct_room("u_1", "u_2"), FORMATS[name]
    sides = [
        LabelFormat(plain, {room: Conversation(room, Author(other, "u_9", guest=False))})
        for other in ("ann", "bob")
    ]
    assert len({plain.cache_name, *(each.cache_name for each in sides)}) == 3
    entry = Entry(EntryId(1, 0), room, Author("ann", "u_1", guest=False), "hi")
    hello = Hello(room, EntryId(1, 0), 15, "node", 0)
    for side, label in zip(sides, (b"dm:ann", b"dm:bob"), strict=True):
        assert label in side.hello(hello)
        assert room.encode() not in side.entry(entry, None)
        assert side.in_many(plain.entry(entry, None), room, "c")
