"""Changes of people's records at two workers at once: rights that were taken do not come back.

Each case runs many times against a real store, with delays before and after every call that are
drawn from a seed, so that the calls of both workers meet in ever other orders.
"""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sse_chat.errors import Forbidden
from sse_chat.events import Author
from sse_chat.people.moderation import ModerationAction
from sse_chat.people.records import Account, Invitation, decode
from sse_chat.people.roles import Person, Role
from tests.support.stores import StoreProcess, run_store
from tests.support.workers import (
    MAX_DELAY_S,
    Worker,
    both,
    many_times,
    person,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    with run_store(tmp_path_factory.mktemp("redis")) as running:
        yield running


def test_a_ban_for_good_outlives_a_kick_of_the_same_moment(store: StoreProcess) -> None:
    async def case(one: Worker, other: Worker) -> None:
        owner = await one.account(Role.OWNER)
        # Both know that nobody is banned yet.
        for worker in (one, other):
            await worker.cache.rules("r")
        await both(
            one.moderation.apply("r", ModerationAction("ban", "g_1"), person(owner)),
            other.moderation.apply("r", ModerationAction("kick", "g_1"), person(owner)),
        )
        assert (await one.people.read("rules", "r"))["ban:g_1"] == "0"

    many_times(store, case)


def test_two_bans_by_address_end_as_one(store: StoreProcess) -> None:
    async def case(one: Worker, other: Worker) -> None:
        owner = await one.account(Role.OWNER)
        for worker, network in ((one, "203.0.113.7"), (other, "198.51.100.7")):
            await worker.cache.rules("r")
            await worker.people.note_address("g_1", network, 60)
            await worker.moderation.apply(
                "r", ModerationAction("ban", "g_1", by_address=True), person(owner)
            )
        await one.moderation.apply("r", ModerationAction("unban", "g_1"), person(owner))
        left = [field for field in await one.people.read("rules", "r") if field != "kept"]
        assert left == []

    many_times(store, case, times=5)


def test_two_renewals_leave_one_link(store: StoreProcess) -> None:
    async def case(one: Worker, other: Worker) -> None:
        await one.room_administration.renew_link("elsewhere", 7)
        await one.room_administration.renew_link("r", 7)
        links = await both(
            one.room_administration.renew_link("r", 7), other.room_administration.renew_link("r", 7)
        )
        found = [await one.invitations.find(code) for code, _ in links]
        assert sum(each is not None for each in found) == 1
        records = (await one.people.read("invitations")).values()
        kept = [decode(Invitation, each).room for each in records]
        assert sorted(kept) == ["elsewhere", "r"]

    many_times(store, case)


def test_of_two_names_that_look_alike_one_is_taken(store: StoreProcess) -> None:
    pairs = [("BOB", "\u0392\u039f\u0392"), ("ann", "ANN"), ("HANS", "\u041dANS")]

    async def case(one: Worker, other: Worker) -> None:
        for name, alike in pairs:
            outcomes = await both(
                one.accounts.make(name, Role.MEMBER, ""),
                other.accounts.make(alike, Role.MEMBER, ""),
            )
            assert sum(isinstance(each, Account) for each in outcomes) == 1, (name, outcomes)
        assert len(await one.accounts.list_all()) == len(pairs)

    many_times(store, case, times=30)


def test_a_room_that_is_opened_has_one_owner(store: StoreProcess) -> None:
    async def case(one: Worker, other: Worker) -> None:
        openers = [await one.account(), await other.account()]
        wanted = {"visibility": "invited"}
        outcomes = await both(
            one.room_creation.make_new(person(openers[0]), "r", wanted),
            other.room_creation.make_new(person(openers[1]), "r", wanted),
        )
        assert [isinstance(each, Forbidden) for each in outcomes].count(True) == 1
        rules = await one.people.read("rules", "r")
        assert [field[:5] for field in rules if field.startswith("role:")] == ["role:"]
        assert rules["visibility"] == "invited"

    many_times(store, case)


def test_an_opening_that_dies_half_way_leaves_no_room_without_an_owner(
    store: StoreProcess,
) -> None:
    async def case(one: Worker, other: Worker) -> None:
        dead, heir = await one.account(), await other.account()
        for step in range(12):
            room = f"r{step}"
            opening = asyncio.create_task(one.room_creation.make_new(person(dead), room, {}))
            await asyncio.sleep(step * MAX_DELAY_S / 2)
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
            with contextlib.suppress(Forbidden):
                await other.room_creation.make_new(person(heir), room, {})
            rules = await other.people.read("rules", room)
            assert list(rules.values()).count(str(int(Role.OWNER))) == 1, (step, rules)

    many_times(store, case, times=10)


def test_who_is_kicked_keeps_no_role_by_a_link(store: StoreProcess) -> None:
    async def case(one: Worker, other: Worker) -> None:
        owner = await one.account(Role.OWNER)
        code, until_s = await one.room_administration.renew_link("r", 7)
        guest = Person(Author("gus", "g_1"), Role.GUEST, "203.0.113.7")
        link = Invitation(Role.MEMBER, "r", until_s, is_for_one=False)
        await both(
            one.moderation.apply("r", ModerationAction("kick", "g_1"), person(owner)),
            other.room_administration.let_in(code, link, guest),
        )
        assert "role:g_1" not in await one.people.read("rules", "r")

    many_times(store, case)


def test_a_link_lowers_no_role(store: StoreProcess) -> None:
    async def case(one: Worker, other: Worker) -> None:
        account = await one.account()
        code, until_s = await one.room_administration.renew_link("r", 7)
        link = Invitation(Role.MEMBER, "r", until_s, is_for_one=False)
        await both(
            one.room_administration.set_role("r", account.account_id, Role.MODERATOR),
            other.room_administration.let_in(code, link, person(account)),
        )
        rules = await one.people.read("rules", "r")
        assert rules[f"role:{account.account_id}"] == str(int(Role.MODERATOR))

    many_times(store, case)


def test_a_record_as_older_versions_wrote_it_is_changed_in_one_member(
    store: StoreProcess, tmp_path: Path
) -> None:
    async def case(one: Worker, other: Worker) -> None:
        name = '\u00c5sa / \U0001f600 \\ "'
        record = json.dumps([name, 3, "$argon2id$v=19$m=65536,t=3,p=4$a/b+c$d/e", False])
        await one.people.write("accounts", fields={"u_1": record})
        [account] = await one.accounts.list_all()
        await one.accounts.set_role(account, Role.MEMBER)
        [changed] = await other.accounts.list_all()
        assert changed.role is Role.MEMBER
        assert (changed.name, changed.password) == (name, account.password)

    many_times(store, case, times=1)
