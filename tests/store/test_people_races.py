"""Changes of people's records at two workers at once: rights that were taken do not come back.

Each case runs many times against a real store, with delays before and after every call that are
drawn from a seed, so that the calls of both workers meet in ever other orders.
"""

import asyncio
import contextlib
import json
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from sse_chat.errors import ChatError, Forbidden, Unauthorized
from sse_chat.events import Author
from sse_chat.people.accounts import Account, Accounts
from sse_chat.people.invitations import Invitation, Invitations
from sse_chat.people.keeping import Keeping
from sse_chat.people.moderation import Moderation, Sentence
from sse_chat.people.opening import Opening
from sse_chat.people.permissions import Permissions
from sse_chat.people.register import Register
from sse_chat.people.roles import Person, Role
from sse_chat.settings import Settings
from sse_chat.store.directory import Directory
from sse_chat.store.keys import Keys
from sse_chat.store.links import Links
from sse_chat.store.people import PeopleStore
from sse_chat.store.scripts import Script
from tests.support.servers import ServerProcess
from tests.support.stores import StoreProcess, run_store

_TIMES = 60
_MOST_DELAY_S = 0.003


class Delayed:
    """A pipeline whose calls take a time of their own to get there, and back."""

    def __init__(self, pipeline: Any, random: Random) -> None:
        self._pipeline, self._random = pipeline, random

    def __len__(self) -> int:
        return len(self._pipeline)

    async def call(self, *command: str | bytes | int) -> Any:
        return await self._delay(partial(self._pipeline.call, *command))

    async def run(self, script: Script, keys: Sequence[str], *args: str | int) -> Any:
        return await self._delay(partial(self._pipeline.run, script, keys, *args))

    async def _delay(self, call: Callable[[], Awaitable[Any]]) -> Any:
        await asyncio.sleep(self._random.uniform(0, _MOST_DELAY_S))
        outcome = await call()
        await asyncio.sleep(self._random.uniform(0, _MOST_DELAY_S))
        return outcome


class _NoLimits:
    async def charge_all(self, charges: object) -> None:
        """Free of charge."""


class Worker:
    """What one worker has to do with people; it has its own memory of the store."""

    def __init__(self, pipeline: Any, keys: Keys) -> None:
        settings = Settings(limits=False)
        directory = Directory(pipeline, keys)
        self.people = PeopleStore(pipeline, keys)
        self.register = Register(self.people, directory)
        self.accounts = Accounts(self.register)
        self.invitations = Invitations(self.register)
        permissions = Permissions(self.register, settings)
        self.keeping = Keeping(self.register, permissions, self.invitations)
        charging: Any = _NoLimits()
        no_rooms: Any = None
        self.opening = Opening(self.register, permissions, charging, no_rooms, default_room="lobby")
        # None of the acts here deletes a message.
        self.moderation = Moderation(self.register, permissions, self.accounts, directory, no_rooms)

    async def account(self, role: Role = Role.MEMBER) -> Account:
        return await self.accounts.make(f"x{secrets.token_hex(6)}", role, "old hash")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    with run_store(tmp_path_factory.mktemp("redis")) as running:
        yield running


@contextlib.asynccontextmanager
async def two_workers(url: str, seed: int) -> AsyncIterator[tuple[Worker, Worker]]:
    random, keys = Random(seed), Keys(f"t{secrets.token_hex(4)}")
    pipelines = [Links(url).pipeline() for _ in range(2)]
    serving = [asyncio.create_task(each.serve()) for each in pipelines]
    try:
        one, other = (Worker(Delayed(each, random), keys) for each in pipelines)
        yield one, other
    finally:
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


Case = Callable[[Worker, Worker], Awaitable[None]]


def many_times(store: StoreProcess, case: Case, times: int = _TIMES) -> None:
    async def run() -> None:
        for seed in range(times):
            async with two_workers(store.url, seed) as (one, other):
                await case(one, other)

    asyncio.run(run())


def person(account: Account, session_id: str = "") -> Person:
    return Person(account.author, account.role, "203.0.113.7", session_id)


async def both(*calls: Awaitable[Any]) -> list[Any]:
    """At once; the errors of callers are among the outcomes, others are raised."""
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, ChatError):
            raise outcome
    return outcomes


def test_a_ban_for_good_outlives_a_kick_of_the_same_moment(store: StoreProcess) -> None:
    async def case(one: Worker, other: Worker) -> None:
        owner = await one.account(Role.OWNER)
        # Both know that nobody is banned yet.
        for worker in (one, other):
            await worker.register.rules("r")
        await both(
            one.moderation.apply("r", Sentence("ban", "g_1"), person(owner)),
            other.moderation.apply("r", Sentence("kick", "g_1"), person(owner)),
        )
        assert (await one.people.read("rules", "r"))["ban:g_1"] == "0"

    many_times(store, case)


def test_two_bans_by_address_end_as_one(store: StoreProcess) -> None:
    async def case(one: Worker, other: Worker) -> None:
        owner = await one.account(Role.OWNER)
        for worker, network in ((one, "203.0.113.7"), (other, "198.51.100.7")):
            await worker.register.rules("r")
            await worker.people.note_address("g_1", network, 60)
            await worker.moderation.apply(
                "r", Sentence("ban", "g_1", by_address=True), person(owner)
            )
        await one.moderation.apply("r", Sentence("unban", "g_1"), person(owner))
        left = [field for field in await one.people.read("rules", "r") if field != "kept"]
        assert left == []

    many_times(store, case, times=5)


def test_two_renewals_leave_one_link(store: StoreProcess) -> None:
    async def case(one: Worker, other: Worker) -> None:
        await one.keeping.renew_link("elsewhere", 7)
        await one.keeping.renew_link("r", 7)
        links = await both(one.keeping.renew_link("r", 7), other.keeping.renew_link("r", 7))
        found = [await one.invitations.find(code) for code, _ in links]
        assert sum(each is not None for each in found) == 1
        kept = [json.loads(each)[1] for each in (await one.people.read("invitations")).values()]
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
            one.opening.make_new(person(openers[0]), "r", wanted),
            other.opening.make_new(person(openers[1]), "r", wanted),
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
            opening = asyncio.create_task(one.opening.make_new(person(dead), room, {}))
            await asyncio.sleep(step * _MOST_DELAY_S / 2)
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
            with contextlib.suppress(Forbidden):
                await other.opening.make_new(person(heir), room, {})
            rules = await other.people.read("rules", room)
            assert list(rules.values()).count(str(int(Role.OWNER))) == 1, (step, rules)

    many_times(store, case, times=10)


@pytest.mark.parametrize("what", ["role", "end"])
def test_a_change_of_password_brings_no_right_back(store: StoreProcess, what: str) -> None:
    async def case(one: Worker, other: Worker) -> None:
        account = await one.account(Role.MODERATOR)
        # Both have the record as it is now, the one for as long as a body takes.
        known = [await each.accounts.find(account.account_id) for each in (one, other)]
        assert known == [account, account]
        taken = (
            other.accounts.set_role(account, Role.MEMBER)
            if what == "role"
            else other.accounts.end(account)
        )
        await both(one.accounts.change_password(account, "new hash", person(account)), taken)
        kept = next(
            each
            for each in await other.accounts.list_all()
            if each.account_id == account.account_id
        )
        if what == "role":
            assert (kept.role, kept.password) == (Role.MEMBER, "new hash")
        else:
            assert kept.has_ended

    many_times(store, case)


def test_of_two_changes_of_a_password_one_holds(store: StoreProcess) -> None:
    async def case(one: Worker, other: Worker) -> None:
        account = await one.account()
        outcomes = await both(
            one.accounts.change_password(account, "first", person(account)),
            other.accounts.change_password(account, "second", person(account)),
        )
        assert [isinstance(each, Forbidden) for each in outcomes].count(True) == 1
        kept = (await one.accounts.list_all())[0].password
        assert kept == ("second" if isinstance(outcomes[0], Forbidden) else "first")

    many_times(store, case)


def test_no_session_begins_with_a_password_that_was_changed(store: StoreProcess) -> None:
    async def case(one: Worker, other: Worker) -> None:
        account = await one.account()
        mine = await one.accounts.begin_session(account)
        outcomes = await both(
            one.accounts.change_password(account, "new hash", person(account, mine)),
            other.accounts.begin_session(account),
        )
        assert outcomes[0] is None
        assert len(await one.accounts.list_sessions(account.account_id)) == 1
        assert await one.accounts.has_session(account.account_id, mine)
        if not isinstance(outcomes[1], Unauthorized):
            assert not await one.accounts.has_session(account.account_id, outcomes[1])

    many_times(store, case)


def test_an_invitation_makes_one_account(store: StoreProcess) -> None:
    async def case(one: Worker, other: Worker) -> None:
        invitation = Invitation(Role.MODERATOR, "", 2**33, is_for_one=True)
        code = await one.invitations.make(invitation)
        taken = await one.account()
        # A name that cannot be had uses no invitation up.
        await both(one.accounts.make(taken.name, Role.MODERATOR, "", invitation=code))
        outcomes = await both(
            *(
                each.accounts.make(name, Role.MODERATOR, "", invitation=code)
                for each, name in ((one, "first"), (other, "second"))
            )
        )
        assert sum(isinstance(each, Account) for each in outcomes) == 1
        assert await one.invitations.find(code) is None

    many_times(store, case)


def test_who_is_kicked_keeps_no_role_by_a_link(store: StoreProcess) -> None:
    async def case(one: Worker, other: Worker) -> None:
        owner = await one.account(Role.OWNER)
        code, until_s = await one.keeping.renew_link("r", 7)
        guest = Person(Author("gus", "g_1"), Role.GUEST, "203.0.113.7")
        link = Invitation(Role.MEMBER, "r", until_s, is_for_one=False)
        await both(
            one.moderation.apply("r", Sentence("kick", "g_1"), person(owner)),
            other.keeping.let_in(code, link, guest),
        )
        assert "role:g_1" not in await one.people.read("rules", "r")

    many_times(store, case)


def test_a_link_lowers_no_role(store: StoreProcess) -> None:
    async def case(one: Worker, other: Worker) -> None:
        account = await one.account()
        code, until_s = await one.keeping.renew_link("r", 7)
        link = Invitation(Role.MEMBER, "r", until_s, is_for_one=False)
        await both(
            one.keeping.set_role("r", account.account_id, Role.MODERATOR),
            other.keeping.let_in(code, link, person(account)),
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


def test_a_body_that_ends_after_the_session_does_nothing(server: ServerProcess) -> None:
    name, password = f"slow {secrets.token_hex(4)}", "correct horse battery"
    with httpx.Client(base_url=server.url) as client, ExitStack() as stack:
        client.post("/account", json={"name": name, "password": password})
        room = f"r{secrets.token_hex(4)}"
        client.post("/rooms", json={"room": room})
        bodies = {
            "/account/tokens": {"label": "kept by a thief"},
            "/account/password": {"old": password, "new": "another horse battery"},
            "/rooms": {"room": f"{room}-2"},
            f"/chat/{room}/rules": {"archived": "1"},
            f"/chat/{room}/members": {"who": "g_1", "role": "owner"},
            f"/chat/{room}/link": {"days": 7},
            f"/chat/{room}/moderation": {"act": "ban", "who": "g_1"},
            f"/chat/{room}/topic": {"text": "said too late"},
        }
        begun = {
            path: stack.enter_context(begin_slowly(client, path, shape))
            for path, shape in bodies.items()
        }
        client.post("/session/end", json={"everywhere": "1"})
        for path, connection in begun.items():
            connection.sendall(b"}")
            assert connection.recv(65_536).startswith((b"HTTP/1.1 401 ", b"HTTP/1.1 403 ")), path
        again = client.post("/session", json={"name": name, "password": password})
        assert again.status_code == 200
        assert client.get("/account").json()["tokens"] == []


def begin_slowly(client: httpx.Client, path: str, shape: dict[str, Any]) -> socket.socket:
    """All but the last byte of a request's body."""
    request = client.build_request("POST", path, json=shape)
    connection = socket.create_connection((client.base_url.host, client.base_url.port), timeout=60)
    lines = [f"{name.decode()}: {value.decode()}" for name, value in request.headers.raw]
    head = "\r\n".join([f"POST {path} HTTP/1.1", *lines, "", ""])
    connection.sendall(head.encode() + request.content[:-1])
    return connection
