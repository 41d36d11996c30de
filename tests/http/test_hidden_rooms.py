"""That a private room exists: told to nobody whom it is hidden from, wherever that can be had."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.support.servers import Launch, Launcher, ServerProcess

PASSWORD = "correct horse battery"
CALLS: dict[str, Callable[[httpx.Client, str], httpx.Response]] = {
    "read": lambda c, room: c.get(f"{room}?follow=0"),
    "page": lambda c, room: c.get(room, headers={"Accept": "text/html"}),
    "feed": lambda c, room: c.get(f"{room}/feed?follow=0"),
    "post-feed": lambda c, room: c.post(f"{room}/feed?follow=0"),
    "messages": lambda c, room: c.get(f"{room}/messages"),
    "wait": lambda c, room: c.get(f"{room}/messages?after=0&wait=1"),
    "message": lambda c, room: c.get(f"{room}/messages/1-0"),
    "post": lambda c, room: c.post(room, content="a"),
    "pipe": lambda c, room: c.put(room, content="a"),
    "edit": lambda c, room: c.post(f"{room}/messages/1-0/edit", content="a"),
    "delete": lambda c, room: c.post(f"{room}/messages/1-0/delete"),
    "react": lambda c, room: c.post(f"{room}/messages/1-0/reactions", json={"emoji": "👍"}),
    "people": lambda c, room: c.get(f"{room}/people"),
    "person": lambda c, room: c.get(f"{room}/people/g_0123456789abcdef"),
    "typing": lambda c, room: c.post(f"{room}/typing"),
    "mark-read": lambda c, room: c.post(f"{room}/read", json={"id": "1-0"}),
    "topic": lambda c, room: c.post(f"{room}/topic", json={"text": "a"}),
    "search": lambda c, room: c.get(f"{room}/search?q=a"),
    "rules": lambda c, room: c.get(f"{room}/rules"),
    "set-rules": lambda c, room: c.post(f"{room}/rules", json={"slow_s": 1}),
    "members": lambda c, room: c.post(f"{room}/members", json={"who": "ann"}),
    "delete-room": lambda c, room: c.post(f"{room}/delete", json={"confirm": "a"}),
    "link": lambda c, room: c.post(f"{room}/link"),
    "moderate": lambda c, room: c.post(f"{room}/moderation", json={"act": "ban", "who": "ann"}),
    "tutorial": lambda c, room: c.post(
        "/send_message", json={"message": "a", "room": room.rpartition("/")[2]}
    ),
}


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, ServerProcess]]:
    """Each with the owner's private room `secret`."""
    launcher = Launcher(tmp_path_factory.mktemp("hidden"))
    settings = {"members": ("--access", "members"), "owner": ("--rooms", "owner"),
                "named": ("--rooms", "named")}  # fmt: skip
    found = {}
    for name, flags in settings.items():
        server = found[name] = launcher(*flags, "--limits", "off")
        payload = {"name": "boss", "password": PASSWORD, "invitation": server.owner_code()}
        with httpx.Client(base_url=server.url) as owner:
            assert owner.post("/account", json=payload).is_success
            for visibility in ("invited", "members"):
                room = {"room": f"secret-{visibility}", "visibility": visibility}
                assert owner.post("/rooms", json=room).status_code == 201
                assert owner.post(f"/chat/secret-{visibility}", content="hush").is_success
    yield found
    launcher.stop()


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("site", "auth", "status"),
    [
        ("members", None, 401),
        ("members", ("ann", ""), 401),
        ("owner", None, 404),
        ("owner", ("ann", ""), 404),
        ("named", None, 404),
    ],
)
def test_a_hidden_room_and_none_have_one_answer(
    sites: dict[str, ServerProcess], site: str, auth: tuple[str, str] | None, status: int, call: str
) -> None:
    with httpx.Client(base_url=sites[site].url, auth=auth) as client:
        answers = {
            name: CALLS[call](client, f"/chat/{name}")
            for name in ("secret-invited", "secret-members", "nothing-here-yet")
        }
    said = {(each.status_code, each.text.replace(name, "ROOM")) for name, each in answers.items()}
    assert len(said) == 1, said
    assert next(iter(said))[0] == status


def test_a_token_for_one_room_has_one_answer_for_all_others(launch: Launch) -> None:
    server = launch("--limits", "off")
    with httpx.Client(base_url=server.url) as ann, httpx.Client(base_url=server.url) as bob:
        for client, name in ((ann, "ann"), (bob, "bob")):
            payload = {"name": name, "password": PASSWORD}
            assert client.post("/account", json=payload).is_success
        for room in ("hers", "also-hers"):
            assert ann.post("/rooms", json={"room": room, "visibility": "invited"}).is_success
        assert bob.post("/rooms", json={"room": "his", "visibility": "invited"}).is_success
        form = {"rooms": "hers", "password": PASSWORD}
        token = ann.post("/account/tokens", json=form).json()["token"]
    bot = {"Authorization": f"Bearer {token}"}
    for room, status in (("hers", 200), ("also-hers", 403), ("his", 403), ("none", 403)):
        answer = httpx.get(f"{server.url}/chat/{room}/messages", headers=bot)
        assert answer.status_code == status, room
