"""How often readers are told of a message that grows, and how long one waits to be stored."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from sse_chat.errors import Draining, TooMany
from sse_chat.events import Author, EphemeralEvent
from sse_chat.people.roles import Person, Role
from sse_chat.web.messages import growing


def test_a_chunk_that_comes_as_the_next_is_due_is_told_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    person = Person(Author("ann", "u_1"), Role.MEMBER, "192.0.2.1")

    async def tell(event: EphemeralEvent) -> None:
        told.append(event.data["text"])

    async def still(*_: Any) -> Person:
        return person

    async def charge(*_: Any) -> None: ...

    services = SimpleNamespace(
        settings=SimpleNamespace(max_text=4096),
        directory=SimpleNamespace(tell=tell),
        authorizer=SimpleNamespace(require_still=still),
    )
    monkeypatch.setattr(growing, "services_of", lambda _: services)
    monkeypatch.setattr(growing, "charge_sign", charge)

    async def grow() -> None:
        message: Any = growing._Growing(SimpleNamespace(), "lobby", person, "key", "utf-8")  # type: ignore[arg-type]
        await message.add(b"a")
        await message.add(b"b")
        await asyncio.sleep(0)
        # Both are due in one turn: what waits to tell of the second, and the third.
        time.sleep(growing._EVERY_S)  # noqa: ASYNC251
        await message.add(b"c")
        await asyncio.sleep(growing._EVERY_S / 2)
        await message.cancel_later()

    asyncio.run(grow())
    assert told == ["a", "abc"]


def test_one_that_waits_to_be_stored_is_let_go_when_the_server_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, renewed = (
        Person(Author("ann", "u_1"), role, "192.0.2.1") for role in (Role.OWNER, Role.MEMBER)
    )
    is_draining = asyncio.Event()
    payers: list[Person] = []

    @contextlib.asynccontextmanager
    async def paid(person: Person) -> AsyncIterator[None]:
        payers.append(person)
        if len(payers) == 2:
            is_draining.set()
        raise TooMany("too many posts", retry_after_s=60, limit="person", quota=1)
        yield

    async def still(*_: Any) -> Person:
        return renewed

    services = SimpleNamespace(
        settings=SimpleNamespace(max_text=4096),
        authorizer=SimpleNamespace(require_still=still),
        posting=SimpleNamespace(paid=paid),
        limit_log=SimpleNamespace(note=lambda *_: None),
        hub=SimpleNamespace(is_draining=is_draining),
    )
    monkeypatch.setattr(growing, "services_of", lambda _: services)
    monkeypatch.setattr(growing, "_MAX_WAIT_S", 0.001)

    async def store() -> None:
        message: Any = growing._Growing(SimpleNamespace(), "lobby", old, "key", "utf-8")  # type: ignore[arg-type]
        message.raw = b"a"
        with pytest.raises(Draining):
            await message.store(is_unfinished=False)

    asyncio.run(store())
    # The second time it is paid for by whoever they are now.
    assert payers == [old, renewed]
