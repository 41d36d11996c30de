"""The table of permissions, asked over every route, by every kind of person."""

import secrets
from collections.abc import Callable, Iterator

import httpx
import pytest
from starlette.routing import Route

from sse_chat.people.roles import DEEDS, TABLE, Action, Grant, Role
from sse_chat.web.routes import ROUTES
from tests.support.servers import Launch, Launcher, ServerProcess

PASSWORD = "correct horse battery"
PEOPLE = ("nobody", "guest", "outsider", "member", "moderator", "owner")
Request = Callable[[httpx.Client, str, str], httpx.Response]


class Site:
    """A server with one of each: the owner opened the rooms, and gave the others their roles."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        self.clients = {who: httpx.Client(base_url=server.url) for who in PEOPLE}
        self.clients["guest"].post("/session", json={"name": "a guest"})
        for who in ("outsider", "member", "moderator", "owner"):
            answer = self.clients[who].post("/account", json={"name": who, "password": PASSWORD})
            assert answer.status_code == 201, answer.text

    def make_room(self, **rules: object) -> str:
        room = f"r{secrets.token_hex(6)}"
        owner = self.clients["owner"]
        assert owner.post("/rooms", json={"room": room, "visibility": "public"}).status_code == 201
        for who in ("member", "moderator"):
            given = owner.post(f"/chat/{room}/members", json={"who": who, "role": who})
            assert given.status_code == 200, given.text
        assert owner.post(f"/chat/{room}", content="first").status_code == 201
        if rules:
            assert owner.post(f"/chat/{room}/rules", json=rules).status_code == 200
        return room

    def message_of(self, who: str, room: str) -> str:
        entry = self.clients[who].post(f"/chat/{room}", content="mine").json()
        return str(entry.get("id", "1-0"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    launcher = Launcher(tmp_path_factory.mktemp("permissions"))
    found = Site(launcher("--limits", "off"))
    yield found
    for client in found.clients.values():
        client.close()
    launcher.stop()


def _get(path: str) -> Request:
    return lambda client, room, message: client.get(path.format(room=room, id=message))


def _post(path: str, **fields: object) -> Request:
    return lambda client, room, message: client.post(
        path.format(room=room, id=message), json=fields
    )


# Each route of a room, and what may be done there by whom.
ASKED: dict[str, tuple[Action, Request]] = {
    "page": (Action.READ, _get("/chat/{room}?format=html")),
    "sse": (Action.READ, _get("/chat/{room}?format=sse&follow=0")),
    "ndjson": (Action.READ, _get("/chat/{room}?format=ndjson&follow=0")),
    "text": (Action.READ, _get("/chat/{room}?format=text&follow=0")),
    "json": (Action.READ, _get("/chat/{room}?format=json")),
    "head": (Action.READ, lambda client, room, _: client.head(f"/chat/{room}")),
    "feed": (Action.READ, _get("/chat/{room}/feed?follow=0")),
    "feed by POST": (Action.READ, _post("/chat/{room}/feed?follow=0")),
    "history": (Action.READ, _get("/chat/{room}/messages")),
    "long-poll": (Action.READ, _get("/chat/{room}/messages?after=0&wait=1")),
    "one message": (Action.READ, _get("/chat/{room}/messages/{id}")),
    "people": (Action.READ, _get("/chat/{room}/people")),
    "search": (Action.READ, _get("/chat/{room}/search?q=a")),
    "rules": (Action.READ, _get("/chat/{room}/rules")),
    "post": (Action.POST, _post("/chat/{room}", text="hi")),
    "batch": (Action.POST, _post("/chat/{room}/batch", text="hi")),
    "ask": (Action.POST, _post("/chat/{room}/ask", text="hi", choices=["a", "b"])),
    "pipe": (Action.POST, lambda client, room, _: client.put(f"/chat/{room}", content="a\n")),
    "send_message": (
        Action.POST,
        lambda client, room, _: client.post("/send_message", json={"message": "a", "room": room}),
    ),
    "typing": (Action.POST, _post("/chat/{room}/typing")),
    "whom it would tell": (Action.POST, _post("/chat/{room}/mentions", text="@ann")),
    "preview": (Action.POST, _post("/chat/{room}/preview", text="**hi**")),
    "colours of code": (Action.READ, _post("/chat/{room}/highlight", blocks=[])),
    "reaction": (Action.REACT, _post("/chat/{room}/messages/{id}/reactions", emoji="\U0001f44d")),
    "topic": (Action.SET_TOPIC, _post("/chat/{room}/topic", text="t")),
    "pins": (Action.READ, _get("/chat/{room}/pins")),
    "pin": (
        Action.PIN,
        lambda client, room, message: client.post(f"/chat/{room}/pins", json={"target": message}),
    ),
    "set rules": (Action.MANAGE_ROOM, _post("/chat/{room}/rules", visibility="public")),
    "slow": (Action.MODERATE, _post("/chat/{room}/rules", slow_s=0)),
    "members": (Action.MANAGE_ROOM, _post("/chat/{room}/members", who="member", role="member")),
    "hooks": (Action.MANAGE_ROOM, _get("/chat/{room}/hooks")),
    "make a hook": (Action.MANAGE_ROOM, _post("/chat/{room}/hooks", name="a hook")),
    "link": (Action.MANAGE_ROOM, _post("/chat/{room}/link", days=1)),
    "moderation": (
        Action.MODERATE,
        _post("/chat/{room}/moderation", act="unmute", who="g_0123456789abcdef"),
    ),
}
ROLES = {
    "nobody": Role.NOBODY,
    "guest": Role.GUEST,
    "outsider": Role.MEMBER,
    "member": Role.MEMBER,
    "moderator": Role.MODERATOR,
    "owner": Role.OWNER,
}


@pytest.fixture(scope="module")
def public_room(site: Site) -> str:
    return site.make_room()


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("who", PEOPLE)
def test_each_route_asks_the_table(site: Site, public_room: str, who: str, asked: str) -> None:
    action, request = ASKED[asked]
    message = site.message_of("owner", public_room)
    answer = request(site.clients[who], public_room, message)
    if ROLES[who] >= TABLE[action]:
        assert answer.status_code < 300, answer.text
    else:
        assert answer.status_code in (401, 403), answer.text


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize(
    ("visibility", "who"),
    [
        ("members", "nobody"),
        ("members", "guest"),
        ("invited", "nobody"),
        ("invited", "guest"),
        ("invited", "outsider"),
    ],
)
def test_a_private_room_is_not_even_shown_to_exist(
    site: Site, private_rooms: dict[str, str], visibility: str, who: str, asked: str
) -> None:
    room = private_rooms[visibility]
    message = site.message_of("owner", room)
    _, request = ASKED[asked]
    answer = request(site.clients[who], room, message)
    assert answer.status_code == 404, answer.text
    assert "mine" not in answer.text


@pytest.fixture(scope="module")
def private_rooms(site: Site) -> dict[str, str]:
    return {each: site.make_room(visibility=each) for each in ("members", "invited")}


def test_lists_show_a_private_room_to_its_people_only(
    site: Site, private_rooms: dict[str, str]
) -> None:
    room = private_rooms["invited"]
    for who in PEOPLE:
        client = site.clients[who]
        listed = [each["room"] for each in client.get("/rooms").json()["rooms"]]
        is_in = who in ("member", "moderator", "owner")
        assert (room in listed) == is_in, who
        assert (room in client.get("/", headers={"Accept": "text/html"}).text) == is_in, who
        page = client.get("/chat", headers={"Accept": "text/html"}).text
        assert (room in page) == is_in, who


@pytest.mark.parametrize("who", PEOPLE)
def test_only_the_author_and_moderators_change_a_message(site: Site, who: str) -> None:
    room = site.make_room()
    theirs = f"/chat/{room}/messages/{site.message_of('owner', room)}"
    client = site.clients[who]
    posted = client.post(f"/chat/{room}", content="mine", headers={"Idempotency-Key": who})
    own = f"/chat/{room}/messages/{posted.json()['id']}"
    may_any = 201 if ROLES[who] >= Role.MODERATOR else 403
    assert client.post(f"{theirs}/edit", json={"text": "x"}).status_code == may_any
    assert client.post(f"{theirs}/delete").status_code == may_any
    proof = {"Idempotency-Key": who}
    assert client.post(f"{own}/edit", json={"text": "x"}, headers=proof).status_code == 201
    assert client.post(f"{own}/delete", headers=proof).status_code == 201


@pytest.mark.parametrize("who", PEOPLE)
def test_announcements_are_written_by_moderators(site: Site, who: str) -> None:
    room = site.make_room(read_only=1)
    answer = site.clients[who].post(f"/chat/{room}", content="a")
    assert answer.status_code == (201 if ROLES[who] >= Role.MODERATOR else 403)
    assert site.clients[who].get(f"/chat/{room}/messages").status_code == 200


@pytest.mark.parametrize("who", PEOPLE)
def test_an_archive_is_read_and_not_written(site: Site, who: str) -> None:
    room = site.make_room()
    message = site.message_of(who, room)
    assert site.clients["owner"].post(f"/chat/{room}/rules", json={"archived": True}).is_success
    client = site.clients[who]
    assert client.post(f"/chat/{room}", content="a").status_code == 403
    assert client.post(f"/chat/{room}/messages/{message}/delete").status_code == 403
    assert client.get(f"/chat/{room}/messages").status_code == 200


def test_every_route_of_a_room_is_asked_here() -> None:
    asked = {
        "pins",
        "",
        "feed",
        "messages",
        "people",
        "search",
        "rules",
        "typing",
        "topic",
        "members",
    }
    asked |= {"link", "moderation", "messages/{entry_id}", "messages/{entry_id}/reactions"}
    asked |= {"ask", "batch", "hooks", "mentions", "preview", "highlight"}
    # In tests of their own, here, in test_room, test_room_ends, direct and test_hidden_rooms.
    asked |= {
        "delete",
        "qr",
        "messages/{entry_id}/versions",
        "messages/{entry_id}/edit",
        "messages/{entry_id}/delete",
        "read",
        "presence",
        "people/{author_id}",
    }
    asked |= {"messages/{entry_id}/answer", "hooks/{hook_id}/revoke"}
    paths = [each.path for each in ROUTES if isinstance(each, Route)]
    under = {path.removeprefix("/chat/{room}").strip("/") for path in paths if "{room}" in path}
    assert under == asked


@pytest.mark.parametrize("action", Action)
def test_a_token_never_does_what_manages(action: Action) -> None:
    grant = Grant("0" * 12, may_read=True, may_post=True)
    assert grant.covers(action) == (TABLE[action] < Role.MODERATOR)


def test_one_setting_closes_the_server(launch: Launch) -> None:
    server = launch("--access", "members")
    for answer in (
        httpx.get(f"{server.room}/messages"),
        httpx.get(f"{server.room}?follow=0"),
        httpx.post(server.room, content="a"),
        httpx.post(server.room, content="a", auth=("ann", "")),
        httpx.get(server.room, headers={"Accept": "text/html"}),
    ):
        assert answer.status_code == 401
    assert httpx.get(f"{server.url}/rooms").json() == {"rooms": []}
    payload = {"name": "ann", "password": PASSWORD}
    assert httpx.post(f"{server.url}/account", json=payload).status_code == 403
    assert httpx.post(
        f"{server.url}/account", json={**payload, "invitation": server.owner_code()}
    ).is_success
    assert httpx.post(server.room, content="a", auth=("ann", PASSWORD)).status_code == 201


def test_where_the_owner_opens_rooms_no_refusal_tells_which_there_are(launch: Launch) -> None:
    server = launch("--rooms", "owner")
    with httpx.Client(base_url=server.url) as owner, httpx.Client(base_url=server.url) as member:
        payload = {"name": "boss", "password": PASSWORD, "invitation": server.owner_code()}
        assert owner.post("/account", json=payload).is_success
        assert owner.post("/rooms", json={"room": "secret", "visibility": "invited"}).is_success
        assert member.post("/account", json={"name": "ann", "password": PASSWORD}).is_success
        for path, room in (("/rooms", {"room": "NAME"}), ("/chat/NAME", {"text": "a"})):
            told = {
                (answer.status_code, answer.text.replace(name, "NAME"))
                for name in ("secret", "nothing")
                for answer in [
                    member.post(
                        path.replace("NAME", name),
                        json={key: value.replace("NAME", name) for key, value in room.items()},
                    )
                ]
            }
            assert len(told) == 1


def test_a_refusal_says_in_words_what_needs_which_role(site: Site) -> None:
    assert set(DEEDS) == set(Action)
    told = [site.clients[who].get("/audit").json()["detail"] for who in ("nobody", "member")]
    assert told == [
        "you need the role owner to manage this server; sign in first: curl -u NAME:PASSWORD …",
        "you need the role owner to manage this server; yours is member",
    ]
