"""Limits of posts over all rooms: of a person, of an address, and of those who prove nothing."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from sse_chat.errors import TooMany
from sse_chat.events import Author
from sse_chat.people import quotas as quotas_module
from sse_chat.people.limit_settings import Limits
from sse_chat.people.limits import (
    ADDRESS_POSTS,
    GUEST_POSTS,
    NAMELESS_POSTS,
    PERSON_POSTS,
    Limit,
    Payers,
    charges_of_change,
    charges_of_room,
)
from sse_chat.people.posting import payers_of
from sse_chat.people.quotas import Quotas
from sse_chat.people.roles import Person, Role
from sse_chat.store.charges import Charge
from sse_chat.store.keys import Keys
from sse_chat.store.links import Links
from sse_chat.store.people import PeopleStore
from tests.support.servers import Launch
from tests.support.stores import run_store

OFFICE = "203.0.113.7"
NAMELESS = Person(Author("guest-abcd", "a_1"), Role.NOBODY, OFFICE)
RETENTION = 10_000


class Alone:
    """A store to which no other worker tells anything."""

    async def spend(self, charges: Sequence[Charge], counts: Sequence[int]) -> list[float]:
        return [0.0 for _ in charges]


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def make_quotas(people: Any, clock: Callable[[], float]) -> Quotas:
    return Quotas(people, limits=Limits(), now_s=clock)


async def post(quotas: Quotas, payers: Payers) -> bool:
    try:
        async with quotas.spend(payers):
            return True
    except TooMany:
        return False


async def count_passed(quotas: Quotas, payers: Payers) -> int:
    passed = 0
    while await post(quotas, payers):
        passed += 1
    return passed


def by_name(number: int) -> Person:
    return Person(Author(f"n{number}", f"n_{number}"), Role.GUEST, OFFICE)


def guest(number: int) -> Person:
    return Person(Author(f"g{number}", f"g_{number}"), Role.GUEST, OFFICE)


def member(number: int) -> Person:
    return Person(Author(f"m{number}", f"u_{number}", guest=False), Role.MEMBER, OFFICE)


def test_who_proves_nothing_hurts_neither_guests_nor_members_of_the_address() -> None:
    async def work() -> None:
        quotas = make_quotas(Alone(), Clock())
        # One name after the other, as each has a limit of its own too.
        passed = [await count_passed(quotas, payers_of(by_name(number))) for number in range(20)]
        assert passed[0] == PERSON_POSTS.burst
        assert sum(passed) == NAMELESS_POSTS.burst
        assert not await post(quotas, payers_of(NAMELESS))
        passed = [await count_passed(quotas, payers_of(guest(number))) for number in range(20)]
        assert sum(passed) == GUEST_POSTS.burst - NAMELESS_POSTS.burst
        for number in range(30):
            assert await post(quotas, payers_of(member(number)))

    asyncio.run(work())


def test_an_office_of_thirty_members_is_never_slowed() -> None:
    async def work() -> None:
        clock = Clock()
        quotas = make_quotas(Alone(), clock)
        for _ in range(600):
            clock.now_s += 1
            for number in range(30):
                assert await post(quotas, payers_of(member(number)))

    asyncio.run(work())


@pytest.mark.parametrize("limit", [NAMELESS_POSTS, GUEST_POSTS], ids=lambda each: each.name)
def test_no_guest_pushes_a_history_out_in_minutes(limit: Limit) -> None:
    assert (RETENTION - limit.burst) / limit.per_s > 25 * 60


@pytest.mark.parametrize("charges_of", [charges_of_change, charges_of_room])
def test_changes_and_rooms_of_guests_have_limits_of_their_own(
    charges_of: Callable[[Person], Sequence[Charge]],
) -> None:
    names = {each.name for person in (NAMELESS, guest(1)) for each in charges_of(person)}
    of_members = {each.name for each in charges_of(member(1))}
    assert names - of_members
    assert not names & {PERSON_POSTS.name, ADDRESS_POSTS.name, GUEST_POSTS.name}


def test_what_fails_or_was_posted_before_is_given_back() -> None:
    async def work() -> None:
        quotas = make_quotas(Alone(), Clock())
        payers = payers_of(member(1))
        for _ in range(2 * PERSON_POSTS.burst):
            with contextlib.suppress(ZeroDivisionError):
                async with quotas.spend(payers):
                    raise ZeroDivisionError
            async with quotas.spend(payers, 5) as spent:
                spent.count = 0
        assert await count_passed(quotas, payers) == PERSON_POSTS.burst

    asyncio.run(work())


def test_very_many_are_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas_module, "_MAX_KNOWN", 40)

    async def work() -> None:
        clock = Clock()
        quotas = make_quotas(Alone(), clock)
        for number in range(1000):
            assert await post(quotas, payers_of(member(number)))
            assert len(quotas._accounts) <= 40
        # Whoever is over the limit stays so while there is room for all.
        clock.now_s += 60
        assert await count_passed(quotas, payers_of(member(1))) == PERSON_POSTS.burst
        for number in range(2, 15):
            clock.now_s += 0.01
            await post(quotas, payers_of(member(number)))
        assert await count_passed(quotas, payers_of(member(1))) <= 3

    asyncio.run(work())


def test_many_may_be_owed_and_come_back_with_time() -> None:
    async def work() -> None:
        clock = Clock()
        quotas = make_quotas(Alone(), clock)
        async with quotas.spend(payers_of(NAMELESS), 3000):
            pass
        # Its own is free again by now, and that of all who prove nothing is not.
        clock.now_s += 3000 / PERSON_POSTS.per_s
        with pytest.raises(TooMany) as refused:
            async with quotas.spend(payers_of(NAMELESS)):
                pass
        assert refused.value.fields == {"limit": NAMELESS_POSTS.name}
        assert NAMELESS_POSTS.meaning in refused.value.detail
        assert refused.value.retry_after_s is not None
        clock.now_s += refused.value.retry_after_s
        assert await post(quotas, payers_of(NAMELESS))

    asyncio.run(work())


@contextlib.asynccontextmanager
async def people_of_a_store(folder: Path) -> AsyncIterator[PeopleStore]:
    with run_store(folder) as store:
        pipeline = Links(store.url).pipeline()
        serving = asyncio.create_task(pipeline.serve())
        try:
            yield PeopleStore(pipeline, Keys(f"t{secrets.token_hex(4)}"))
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


def test_workers_count_together(tmp_path: Path) -> None:
    async def work() -> None:
        async with people_of_a_store(tmp_path) as people:
            # Their clocks stand still: the store's own alone gives anything back.
            workers = [make_quotas(people, Clock()) for _ in range(3)]
            passed, is_open = 0, True
            while is_open:
                payers = payers_of(by_name(passed // 50))
                is_open = any(await asyncio.gather(*(post(each, payers) for each in workers)))
                passed += is_open
                assert passed <= NAMELESS_POSTS.burst
            # Each lets some through that it has not told, and the store's time passes meanwhile.
            assert passed < NAMELESS_POSTS.burst / 2

    asyncio.run(work())


def test_a_nameless_flood_over_many_rooms_is_named_and_stops_no_member(launch: Launch) -> None:
    server = launch()
    with httpx.Client(base_url=server.url) as bare, httpx.Client(base_url=server.url) as ann:
        account = {"name": "ann", "password": "correct horse battery"}
        assert ann.post("/account", json=account).status_code == 201
        for number in range(5):
            auth, lines = (f"n{number}", ""), '"a"\n' * 1000
            answer = bare.post(f"/chat/r{number}/batch", content=lines, auth=auth, timeout=60)
            if answer.status_code == 429:
                break
        assert answer.status_code == 429
        assert answer.json()["limit"] == NAMELESS_POSTS.name
        assert NAMELESS_POSTS.meaning in answer.json()["detail"]
        assert int(answer.headers["retry-after"]) > 0
        assert ann.post("/chat/r1", content="a").status_code == 201
