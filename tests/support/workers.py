"""Two workers that change records of people at once, over a real store.

Delays before and after every call are drawn from a seed, so that the calls of both meet in ever
other orders.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from random import Random
from typing import Any

from sse_chat.errors import ChatError
from sse_chat.people.accounts import Accounts
from sse_chat.people.audit_log import AuditLog
from sse_chat.people.cache import PeopleCache
from sse_chat.people.invitations import Invitations
from sse_chat.people.moderation import Moderation
from sse_chat.people.permissions import Permissions
from sse_chat.people.records import Account
from sse_chat.people.roles import Person, Role
from sse_chat.people.room_administration import RoomAdministration
from sse_chat.people.room_creation import RoomCreation
from sse_chat.people.writer import PeopleWriter
from sse_chat.settings import Settings
from sse_chat.store.directory import Directory
from sse_chat.store.keys import Keys
from sse_chat.store.links import Links
from sse_chat.store.people import PeopleStore
from sse_chat.store.retention import RetentionStore
from sse_chat.store.scripts import Script
from tests.support.stores import StoreProcess

_TIMES = 60


MAX_DELAY_S = 0.003


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
        await asyncio.sleep(self._random.uniform(0, MAX_DELAY_S))
        outcome = await call()
        await asyncio.sleep(self._random.uniform(0, MAX_DELAY_S))
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
        self.audit = AuditLog(self.people)
        self.cache = PeopleCache(self.people, directory)
        self.writer = PeopleWriter(self.people, self.cache, self.audit)
        self.accounts = Accounts(self.people, self.cache, self.writer)
        self.invitations = Invitations(self.people, self.writer)
        permissions = Permissions(self.cache, settings)
        retention = RetentionStore(pipeline, keys)
        self.room_administration = RoomAdministration(
            self.writer, permissions, self.invitations, retention
        )
        charging: Any = _NoLimits()
        no_rooms: Any = None
        self.room_creation = RoomCreation(
            self.cache, self.writer, permissions, charging, no_rooms, default_room="lobby"
        )
        # None of the acts here deletes a message.
        self.moderation = Moderation(
            self.people,
            self.cache,
            self.writer,
            self.audit,
            permissions,
            self.accounts,
            directory,
            no_rooms,
        )

    async def account(self, role: Role = Role.MEMBER) -> Account:
        return await self.accounts.make(f"x{secrets.token_hex(6)}", role, "old hash")


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
