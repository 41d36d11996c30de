"""Who is named by @: in any script, and not in code or addresses; and whom a message can name."""
# ruff: noqa: RUF001

import asyncio
from typing import Any

import pytest

from sse_chat.events import Author
from sse_chat.people import mentionable, mentions
from sse_chat.people.mentionable import Mentionable
from sse_chat.people.mentions import MAX_MARKS, Names, find_mentions, find_named
from sse_chat.people.roles import Person, Role

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
        ("@ann, @ann", ["1"]),
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
