"""People's records in both forms: what the scripts make of them, and nodes of two versions.

`lists`: a worker that still writes what older versions read. The other one is of a new store.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from sse_chat.errors import Forbidden
from sse_chat.events import Author
from sse_chat.hooks.outgoing import Target, make_secret
from sse_chat.people import accounts as accounts_module
from sse_chat.people.factors import Factors
from sse_chat.people.hooks import Hooks
from sse_chat.people.records import Account, Invitation, Passkey, digest_of
from sse_chat.people.roles import Person, Role
from sse_chat.people.tokens import Tokens
from sse_chat.store.dump import Writer
from sse_chat.store.keys import Keys
from sse_chat.store.links import Links
from sse_chat.store.pipeline import Pipeline
from sse_chat.store.scripts import load_script
from tests.support.stores import StoreProcess, run_store
from tests.support.workers import Worker, person

FAR_S = 2**33
Case = Callable[[Worker], Awaitable[None]]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    with run_store(tmp_path_factory.mktemp("redis")) as running:
        yield running


@asynccontextmanager
async def pipeline_of(store: StoreProcess) -> AsyncIterator[tuple[Pipeline, Keys]]:
    pipeline = Links(store.url).pipeline()
    assert isinstance(pipeline, Pipeline)
    serving = asyncio.create_task(pipeline.serve())
    try:
        yield pipeline, Keys(f"t{secrets.token_hex(4)}")
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def begin_with_lists(pipeline: Pipeline, keys: Keys) -> None:
    """As if a node of an older version had written here."""
    await pipeline.call("INCR", keys.people("version"))


@pytest.fixture(params=["lists", "names"])
def run(request: pytest.FixtureRequest, store: StoreProcess) -> Callable[[Case], None]:
    is_of_lists = request.param == "lists"

    async def work(case: Case) -> None:
        async with pipeline_of(store) as (pipeline, keys):
            if is_of_lists:
                await begin_with_lists(pipeline, keys)
            worker = Worker(pipeline, keys)
            await case(worker)
            records = await worker.people.read("accounts")
            beginning = "[" if is_of_lists else "{"
            assert {each[0] for each in records.values()} == {beginning}, records

    return lambda case: asyncio.run(work(case))


def test_accounts_change_in_one_field(run: Callable[[Case], None]) -> None:
    async def case(one: Worker) -> None:
        ann, bo = await one.account(Role.OWNER), await one.account(Role.OWNER)
        await one.accounts.set_role(bo, Role.MODERATOR, person(ann))
        with pytest.raises(Forbidden):
            await one.accounts.end(ann, person(ann))
        await one.accounts.change_password(bo, "new hash", person(bo))
        await one.accounts.end(bo, person(ann))
        assert await one.accounts.find(bo.account_id) is None
        await one.accounts.restore(bo, person(ann))
        kept = await one.accounts.find(bo.account_id)
        assert kept == replace(bo, role=Role.MODERATOR, password="new hash")

    run(case)


def test_of_many_sessions_the_oldest_end(
    run: Callable[[Case], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts_module, "_MAX_SESSIONS", 2)

    async def case(one: Worker) -> None:
        ann = await one.account()
        # One in each form, as they meet in a store that two versions use.
        older = {digest_of("list"): "[1700000000]", digest_of("names"): '{"v": 1, "began_s": 17}'}
        await one.people.write("sessions", ann.account_id, fields=older)
        mine = await one.accounts.begin_session(ann)
        assert [
            await one.accounts.has_session(ann.account_id, each) for each in ("list", "names", mine)
        ] == [True, False, True]
        assert await one.accounts.began_s(ann.account_id, "list") == 1_700_000_000
        assert len(await one.accounts.list_sessions(ann.account_id)) == 2

    run(case)


def test_links_are_renewed_used_and_end(run: Callable[[Case], None]) -> None:
    async def case(one: Worker) -> None:
        ended = await one.invitations.make(Invitation(Role.MEMBER, "", 5, True))
        code = await one.invitations.make(Invitation(Role.MODERATOR, "", FAR_S, True))
        ann = await one.accounts.make("ann", Role.MODERATOR, "", invitation=code)
        assert [await one.invitations.find(each) for each in (ended, code)] == [None, None]
        first, _ = await one.room_administration.renew_link("r", 7)
        second, until_s = await one.room_administration.renew_link("r", 7)
        found = [await one.invitations.find(each) for each in (first, second)]
        assert found == [None, Invitation(Role.MEMBER, "r", until_s, False)]
        guest = Person(Author("gus", "g_1"), Role.GUEST, "203.0.113.7")
        await one.room_administration.let_in(
            second, Invitation(Role.MEMBER, "r", until_s, False), guest
        )
        assert "role:g_1" in await one.people.read("rules", "r")
        reset = await one.invitations.make(Invitation(Role.NOBODY, "", FAR_S, True, ann.account_id))
        changed = await one.accounts.reset_password(
            ann.account_id, "newer", reset, address="203.0.113.7"
        )
        assert await one.accounts.find(ann.account_id) == changed
        assert await one.invitations.find(reset) is None

    run(case)


def test_a_deleted_room_takes_its_links_and_hooks_along(run: Callable[[Case], None]) -> None:
    async def case(one: Worker) -> None:
        hooks = Hooks(one.people, one.cache, one.writer, one.accounts)
        await one.account()
        for room in ("r", "stays"):
            await one.room_administration.renew_link(room, 7)
            await hooks.make(room, "ci")
            target = Target(room, room, "https://x.example", make_secret(), "0-0", 1, {})
            record = await one.writer.encode(target)
            await one.writer.write("hooks-out", fields={target.hook_id: record})
        names = [("rules", "r"), ("invitations",), ("hooks",), ("hooks-out",)]
        await one.writer.change(load_script("bury_room"), names, "r", FAR_S, "")
        assert [len(await one.people.read(*name)) for name in names[1:]] == [1, 1, 1]
        assert [each.room for each in await hooks.list_all()] == ["stays"]

    run(case)


def test_an_erased_account_has_no_tokens_or_links(run: Callable[[Case], None]) -> None:
    async def case(one: Worker) -> None:
        tokens = Tokens(one.people, one.cache, one.writer, one.accounts)
        gone, stays = await one.account(), await one.account()
        made = {}
        for account in (gone, stays):
            _, made[account] = await tokens.make(account, rooms=["a"])
            await one.invitations.make(Invitation(Role.NOBODY, "", FAR_S, True, account.account_id))
        shared = ("accounts", "names", "tokens", "invitations", "bans", "seen")
        names = [*((each,) for each in shared), ("sessions", gone.account_id)]
        record = await one.writer.encode(replace(gone, password="", has_ended=True))
        args = (gone.account_id, record, json.dumps(gone.account_id))
        await one.writer.change(load_script("erase_account"), names, *args)
        assert await tokens.find(made[gone]) is None
        found = await tokens.find(made[stays])
        assert found is not None
        assert (found[0], found[1].rooms) == (stays, frozenset("a"))
        assert len(await one.people.read("invitations")) == 1

    run(case)


def test_a_passkey_is_counted_and_renamed(run: Callable[[Case], None]) -> None:
    async def case(one: Worker) -> None:
        factors, ann = (
            Factors(one.people, one.cache, one.writer, required="nobody"),
            await one.account(),
        )
        made = Passkey("AQID", "pQEC", 0, "phone", 5)
        await factors.add_passkey(ann, made, most=3, by=person(ann))
        await factors.count_passkey(ann, made, 1)
        with pytest.raises(Forbidden):
            # A copy of it that was used at the same moment.
            await factors.count_passkey(ann, made, 1)
        await factors.rename_passkey(ann, "AQID", "old phone", person(ann))
        state = await factors.state(ann.account_id)
        assert state.passkeys == [replace(made, count=1, label="old phone")]

    run(case)


def test_for_a_day_older_nodes_can_read_what_newer_ones_write(store: StoreProcess) -> None:
    async def work() -> None:
        async with pipeline_of(store) as (pipeline, keys):
            await begin_with_lists(pipeline, keys)
            first, second = Worker(pipeline, keys), Worker(pipeline, keys)
            ann = await first.account()
            left_ms = int(await pipeline.call("PTTL", keys.people("lists")))
            assert 23 * 3_600_000 < left_ms <= 24 * 3_600_000
            assert (await second.writer.encode(ann)).startswith("[")
            # A day later.
            await pipeline.call("DEL", keys.people("lists"))
            later = Worker(pipeline, keys)
            assert (await later.writer.encode(ann)).startswith("{")
            assert await later.accounts.list_all() == [ann]

    asyncio.run(work())


def test_the_day_does_not_begin_again(store: StoreProcess) -> None:
    async def work() -> None:
        async with pipeline_of(store) as (pipeline, keys):
            session = await Worker(pipeline, keys).account()
            # A node of a version that is newer still was here.
            await pipeline.call("SET", keys.people("form"), 3)
            assert (await Worker(pipeline, keys).writer.encode(session)).startswith("{")
            assert await pipeline.call("GET", keys.people("form")) == "3"

    asyncio.run(work())


def test_a_backup_of_before_comes_back(store: StoreProcess) -> None:
    token = f"sct_{'0' * 12}_{'0' * 40}"

    async def work() -> None:
        async with pipeline_of(store) as (pipeline, keys):
            link = Links(store.url).make()
            writer = Writer(link, keys)
            kept = {
                "accounts": ["u_1", '["Ann", 4, "hash", false]'],
                "names": ["ann", '"u_1"'],
                "tokens": ["0" * 12, f'["u_1", "{digest_of(token)}", "both", [], 0, "", 1]'],
            }
            for name, value in kept.items():
                line = {"key": keys.people(name), "type": "hash", "value": value}
                await writer.write({**line, "expires_ms": None})
            await writer.finish()
            await link.close()
            one = Worker(pipeline, keys)
            found = await Tokens(one.people, one.cache, one.writer, one.accounts).find(token)
            assert found is not None
            assert found[0] == Account("u_1", "Ann", Role.OWNER, "hash")

    asyncio.run(work())
