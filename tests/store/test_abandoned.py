"""Rooms of guests that nobody writes in any more go by themselves; all others stay."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from sse_chat.events import Author, Draft
from sse_chat.ids import ZERO
from sse_chat.people.abandoned import EMPTY_S, Abandoned
from sse_chat.people.cache import PeopleCache
from sse_chat.store.abandoned import AbandonedRooms
from sse_chat.store.appending import Appending
from sse_chat.store.directory import Directory
from sse_chat.store.keys import Keys
from sse_chat.store.links import Links
from sse_chat.store.people import PeopleStore
from sse_chat.store.rooms import RoomStore
from tests.support.stores import StoreProcess, run_store

ANN, BO = Author("ann", "u_1", guest=False), Author("bo", "g_2")
KEEP_S = 90 * 24 * 3600


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    with run_store(tmp_path_factory.mktemp("abandoned")) as running:
        yield running


@dataclass
class Site:
    keys: Keys
    pipeline: Any
    rooms: RoomStore
    directory: Directory
    people: PeopleStore
    cache: PeopleCache

    async def post(self, room: str, author: Author) -> str:
        draft = Draft(room, author, "hello")
        return str((await self.rooms.append(draft)).entry.id)

    async def delete(self, room: str, entry_id: str) -> None:
        page = await self.rooms.read_before(room, None, 1)
        draft = Draft(room, BO, "", kind="delete", target=page.entries[0].id)
        assert str(draft.target) == entry_id
        await self.rooms.delete(draft, is_own=True)

    def abandoned(self, later_s: float, rooms: Any = None) -> Abandoned:
        return Abandoned(
            rooms or AbandonedRooms(self.pipeline, self.keys),
            self.people,
            self.cache,
            keep_s=KEEP_S,
            default_room="lobby",
            clock=lambda: time.time() + later_s,
        )


@contextlib.asynccontextmanager
async def site_of(store: StoreProcess) -> AsyncIterator[Site]:
    keys, pipeline = Keys(f"t{secrets.token_hex(4)}"), Links(store.url).pipeline()
    serving = asyncio.create_task(pipeline.serve())
    appending = Appending(keys, retention=1000, retention_age_s=0)
    rooms = RoomStore(posts=pipeline, reads=pipeline, keys=keys, appending=appending)
    directory = Directory(pipeline, keys)
    people = PeopleStore(pipeline, keys)
    try:
        yield Site(keys, pipeline, rooms, directory, people, PeopleCache(people, directory))
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


def test_only_what_guests_left_goes(store: StoreProcess) -> None:
    async def work() -> None:
        async with site_of(store) as site:
            for room in ("lobby", "left", "owned", "visited", "mixed"):
                await site.post(room, BO)
            await site.post("mixed", ANN)
            await site.people.write("rules", "owned", fields={"kept": "1"})
            await site.directory.mark_present("visited", BO, KEEP_S * 2)
            await site.delete("emptied", await site.post("emptied", BO))

            assert await site.abandoned(EMPTY_S - 60).sweep() == []
            assert await site.abandoned(EMPTY_S + 60).sweep() == ["emptied"]
            assert await site.abandoned(KEEP_S - 60).sweep() == []
            assert await site.cache.room_exists("left")
            assert await site.abandoned(KEEP_S + 60).sweep() == ["left"]

            assert not await site.cache.room_exists("left")
            assert (await site.rooms.read_after("left", ZERO, 10)).entries == []
            assert await site.pipeline.call("EXISTS", site.keys.meta("left")) == 0
            # A name that went is free again.
            await site.post("left", ANN)
            assert await site.abandoned(KEEP_S + 60).sweep() == []
            assert await site.abandoned(10 * KEEP_S).sweep() == ["visited"]

    asyncio.run(work())


def test_a_post_in_the_last_moment_keeps_the_room(store: StoreProcess) -> None:
    async def work() -> None:
        async with site_of(store) as site:
            await site.post("late", BO)

            class Slow(AbandonedRooms):
                async def remove(self, room: str, *args: Any, **more: Any) -> bool:
                    await site.post(room, BO)
                    return await super().remove(room, *args, **more)

            slow = Slow(site.pipeline, site.keys)
            assert await site.abandoned(KEEP_S + 60, slow).sweep() == []
            assert len((await site.rooms.read_after("late", ZERO, 10)).entries) == 2

    asyncio.run(work())
