"""The room of a conversation: its keys, who may do what there, what each side calls it."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from sse_chat.conversations import Conversation, LabelFormat
from sse_chat.events import Author, Entry, Hello
from sse_chat.formats import FORMATS
from sse_chat.ids import EntryId
from sse_chat.people.bans import Bans
from sse_chat.people.permissions import Permissions
from sse_chat.people.roles import SPEAKING, Action, Person, Role
from sse_chat.people.rules import direct_rules
from sse_chat.room_names import direct_room, members_of
from sse_chat.settings import Settings
from sse_chat.store.keys import Keys


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
    cache: Any = SimpleNamespace(
        known_bans=Bans(), known_rules=lambda room: direct_rules(room, blockers=blockers)
    )
    permissions = Permissions(cache, Settings(rooms=rooms))
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
