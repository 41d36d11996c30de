"""Who is told by @: present or not, in any script, and not in code or addresses."""
# ruff: noqa: RUF001

import asyncio
import secrets
from typing import Any

import httpx
import pytest

from sse_chat.events import Author
from sse_chat.people import mentionable, mentions
from sse_chat.people.mentionable import Mentionable
from sse_chat.people.mentions import MAX_MARKS, Names, find_mentions, find_named
from sse_chat.people.roles import Person, Role
from tests.support.servers import Launch, ServerProcess

PEOPLE = [
    Author("ann", "1"),
    Author("Ann Lee", "2"),
    Author("Bob", "3"),
    Author("bob", "4"),
    Author("Zoë Müller", "5"),
    Author("李雷", "6"),
    Author("田中", "7"),
    Author("Jean-Luc", "8"),
    Author("나래", "9"),
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hi @ann", ["1"]),
        ("@ANN LEE", ["2"]),
        ("(@ann)", ["1"]),
        ("@ann's", ["1"]),
        ("*@ann*", ["1"]),
        ("- @ann\n- @李雷", ["1", "6"]),
        ("（@ann）", ["1"]),
        ("＠ann 你好", ["1"]),
        ("@ann你好", ["1"]),
        ("请@ann看一下", ["1"]),
        ("@annは", ["1"]),
        ("@李雷你好", ["6"]),
        ("@田中さん", ["7"]),
        ("@나래가", ["9"]),
        # Two of one name, and by a word of a name or without its accents.
        ("@BOB!", ["3", "4"]),
        ("@Zoë", ["5"]),
        ("@Zoë Müller", ["5"]),
        ("@zoe muller", ["5"]),
        ("@muller", ["5"]),
        ("@Lee", ["2"]),
        ("@luc", ["8"]),
        ("@jean-luc.", ["8"]),
        # Nobody.
        ("@anna", []),
        ("@annx", []),
        ("@ann@example.org", []),
        ("mail bob@ann", []),
        ("`@ann`", []),
        ("```\n@ann\n```", []),
        ("http://x.example/@ann", []),
        ("x.example/@ann", []),
        # Whom the quoted message told has been told.
        ("> @ann", []),
        ("> bo: @ann, look\n> > @here\n@Zoë why?", ["5"]),
        ("\\@ann", []),
        ("@@ann", []),
        ("@", []),
        ("@ ann", []),
    ],
)
def test_who_is_named(text: str, found: list[str]) -> None:
    assert sorted(find_mentions(text, PEOPLE)) == found


def test_what_is_quoted_calls_nobody_again() -> None:
    named = find_named("> @here and @nobody\nfine", [Names(PEOPLE)])
    assert (named.is_here, named.unknown, list(named.people)) == (False, [], [])


def test_here_and_what_is_nobodys_name_are_told_apart() -> None:
    named = find_named("@here @nobody, and @ann", [Names(PEOPLE)])
    assert (named.is_here, named.unknown, list(named.people)) == (True, ["nobody"], ["1"])


@pytest.mark.parametrize("text", ["@" * 4096, "@a " * 1365, "@" + "长" * 1365, "@x@y " * 800])
def test_many_marks_take_no_long_time(text: str) -> None:
    assert find_mentions(text, PEOPLE) == ()


@pytest.mark.parametrize("part", ["@ ", "@.", "@äö ", "@ä.", "(@長ä", "@" + "長" * 30])
def test_what_is_looked_up_grows_with_neither_text_nor_names(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [Author(f"{'äö長' * 7}{number:03}", str(number)) for number in range(1000)]
    tables = {count: Names(people[:count]) for count in (100, 1000)}
    plain, looked_at = mentions._plain, [0]

    def count_plain(folded: str) -> str:
        looked_at[0] += 1
        return plain(folded)

    monkeypatch.setattr(mentions, "_plain", count_plain)

    def cost(length: int, count: int) -> int:
        looked_at[0] = 0
        find_named((part * length)[:length], [tables[count]])
        return looked_at[0]

    assert cost(16_384, 1000) == cost(8192, 1000) == cost(8192, 100) <= MAX_MARKS * 65


def test_a_mark_after_many_is_not_looked_at() -> None:
    assert find_mentions("@x " * (MAX_MARKS - 1) + "@ann", PEOPLE) == ("1",)
    assert find_mentions("@x " * MAX_MARKS + "@ann", PEOPLE) == ()


class _Parts:
    """Of a server without accounts, as far as they are asked."""

    def __init__(self) -> None:
        self.generation = 0
        self.reads = 0

    async def list_all(self) -> list[Any]:
        self.reads += 1
        await asyncio.sleep(0)
        return []

    async def list_known(self, room: str) -> list[Author]:
        return PEOPLE

    async def allows(self, *question: Any) -> bool:
        return True


def test_long_work_on_names_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    given = [0]

    class CountingTurn:
        async def give_way(self) -> None:
            given[0] += 1

    monkeypatch.setattr(mentionable, "Turn", CountingTurn)
    parts: Any = _Parts()
    told = Mentionable(parts, parts, parts, parts)
    assert asyncio.run(told.find_each("r", ["@ann", "@x", "-"])) == [("1",), (), ()]
    assert given[0] == len(PEOPLE) + 3
    asyncio.run(told.offer("r", "ann", Person(Author("x", "n_1"), Role.GUEST, "")))
    # Two of them have this in their names.
    assert given[0] == 2 * len(PEOPLE) + 3 + 2


def test_people_who_may_not_read_the_room_do_not_crowd_out_those_who_may() -> None:
    class OneReader(_Parts):
        async def list_known(self, room: str) -> list[Author]:
            return [Author(f"ann {number:03}", f"{number}") for number in range(100)]

        async def allows(self, person: Person, *question: Any) -> bool:
            return person.author.name == "ann 099"

    parts: Any = OneReader()
    mentioned = Mentionable(parts, parts, parts, parts)
    asked_by = Person(Author("x", "n_1"), Role.GUEST, "")
    found = asyncio.run(mentioned.offer("r", "ann", asked_by))
    assert [each.name for each in found] == ["ann 099"]


def test_all_accounts_are_read_once_after_a_change() -> None:
    async def run() -> None:
        parts: Any = _Parts()
        told = Mentionable(parts, parts, parts, parts)
        for generation in (1, 2):
            parts.generation = generation
            await asyncio.gather(*(told.find("r", "@ann") for _ in range(20)))
            assert parts.reads == generation

    asyncio.run(run())


def _account(server: ServerProcess, name: str) -> None:
    answer = httpx.post(f"{server.url}/account", json={"name": name, "password": "long enough"})
    assert answer.status_code == 201, answer.text


def _post(room: str, text: str, user: str = "cy") -> dict[str, Any]:
    answer = httpx.post(room, json={"text": text}, auth=(user, ""))
    assert answer.status_code == 201, answer.text
    entry: dict[str, Any] = answer.json()
    return entry


@pytest.fixture
def open_server(launch: Launch) -> ServerProcess:
    return launch("--limits", "off", "--accounts", "open")


def test_an_account_is_told_that_never_was_in_the_room(open_server: ServerProcess) -> None:
    _account(open_server, "Zoë")
    room = f"{open_server.url}/chat/team"
    entry = _post(room, "@zoe look, @nobody else")
    assert len(entry["mentions"]) == 1
    told = httpx.post(f"{room}/mentions", json={"text": "@zoe and @nobody"}, auth=("cy", "")).json()
    assert [each["name"] for each in told["people"]] == ["Zoë"]
    assert told["unknown"] == ["nobody"]
    mine = httpx.get(f"{open_server.url}/mentions", auth=("Zoë", "long enough")).json()["events"]
    assert [each["id"] for each in mine] == [entry["id"]]


def test_an_account_that_may_not_read_the_room_is_not_told(open_server: ServerProcess) -> None:
    for name in ("ann", "bo"):
        _account(open_server, name)
    ann = ("ann", "long enough")
    made = {"room": "secret", "visibility": "invited"}
    assert httpx.post(f"{open_server.url}/rooms", json=made, auth=ann).status_code == 201
    room = f"{open_server.url}/chat/secret"
    assert "mentions" not in httpx.post(room, json={"text": "@bo"}, auth=ann).json()
    httpx.post(f"{room}/members", json={"who": "bo"}, auth=ann)
    assert "mentions" in httpx.post(room, json={"text": "@bo"}, auth=ann).json()


def test_mentions_are_listed_newest_first_without_what_was_deleted(
    server: ServerProcess, room: str
) -> None:
    name = f"dee{secrets.token_hex(3)}"
    _post(room, "hello", name)
    ids = [_post(room, f"@{name} {number}")["id"] for number in range(3)]
    httpx.post(f"{room}/messages/{ids[1]}/delete", auth=("cy", ""))
    events = httpx.get(f"{server.url}/mentions", auth=(name, "")).json()["events"]
    kept = [each["id"] for each in events]
    assert kept in ([ids[2], ids[0]], [ids[2], ids[1], ids[0]])
    assert httpx.get(f"{server.url}/mentions").status_code == 401


def test_here_tells_all_who_are_present(room: str) -> None:
    ids = {_post(room, "hello", name)["author_id"] for name in ("ann", "bo")}
    assert ids <= set(_post(room, "@here, lunch?")["mentions"])


def test_people_are_offered_by_any_part_of_their_name(room: str) -> None:
    for name in ("Zoë Müller", "Mulan", "bo"):
        _post(room, "hello", name)
    found = httpx.get(f"{room}/people", params={"name": "mül"}, auth=("cy", "")).json()["people"]
    assert [each["name"] for each in found] == ["Zoë Müller"]


def test_accounts_are_offered_to_accounts_wherever_they_have_been(
    open_server: ServerProcess,
) -> None:
    tag = secrets.token_hex(4)
    for name in (f"Mona {tag}", f"Eve {tag}"):
        _account(open_server, name)

    def offered(*auth: str) -> list[str]:
        url = f"{open_server.url}/chat/elsewhere/people"
        people = httpx.get(url, params={"name": f"Mona {tag}"}, auth=auth).json()["people"]
        return [each["name"] for each in people]

    assert offered(f"Eve {tag}", "long enough") == [f"Mona {tag}"]
    assert offered("a guest", "") == []


def test_a_room_that_was_never_opened_has_a_badge_once_one_is_named_there(
    open_server: ServerProcess,
) -> None:
    _account(open_server, "Zoë")
    zoe = ("Zoë", "long enough")
    entry = _post(f"{open_server.url}/chat/elsewhere", "@zoe, over here")
    rooms = httpx.get(f"{open_server.url}/unread", auth=zoe).json()["rooms"]
    assert [(each["room"], each["unread"], each["mentions"]) for each in rooms] == [
        ("elsewhere", 1, 1)
    ]
    httpx.post(f"{open_server.url}/chat/elsewhere/read", json={"id": entry["id"]}, auth=zoe)
    rooms = httpx.get(f"{open_server.url}/unread", auth=zoe).json()["rooms"]
    assert [(each["unread"], each["mentions"]) for each in rooms] == [(0, 0)]


def test_lines_of_a_batch_tell_those_they_name(open_server: ServerProcess) -> None:
    _account(open_server, "Zoë")
    room = f"{open_server.url}/chat/team"
    lines = '"@zoe one"\n"two"\n"@zoe three"\n'
    headers = {"Content-Type": "application/x-ndjson"}
    answer = httpx.post(f"{room}/batch", content=lines, headers=headers, auth=("cy", ""))
    assert answer.status_code == 201, answer.text
    mine = httpx.get(f"{open_server.url}/mentions", auth=("Zoë", "long enough")).json()["events"]
    assert [each["text"] for each in mine] == ["@zoe three", "@zoe one"]


def test_lines_of_a_pipe_and_a_message_that_grows_tell_those_they_name(
    open_server: ServerProcess,
) -> None:
    _account(open_server, "Zoë")
    room = f"{open_server.url}/chat/team"
    assert httpx.put(room, content="@zoe one\ntwo\n", auth=("cy", "")).json()["count"] == 2
    grown = httpx.put(f"{room}?grow=1", content="three, @zoe", auth=("cy", ""))
    assert grown.status_code == 201, grown.text
    mine = httpx.get(f"{open_server.url}/mentions", auth=("Zoë", "long enough")).json()["events"]
    assert [each["text"] for each in mine] == ["three, @zoe", "@zoe one"]
