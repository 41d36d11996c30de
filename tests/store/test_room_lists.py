"""The list of rooms: what it costs, and that new rooms of one guest bury none of the others."""

import asyncio
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sse_chat.events import Author
from sse_chat.store.directory import Directory
from sse_chat.store.keys import PARTITIONS, Keys, partition_of
from sse_chat.store.links import Links
from tests.support.servers import Launch
from tests.support.stores import StoreProcess, run_store

ANN, BO = Author("ann", "g_1", guest=True), Author("bo", "g_2", guest=True)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    with run_store(tmp_path_factory.mktemp("rooms")) as running:
        yield running


class Counted:
    """A pipeline that counts what is called."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        self.count = 0

    async def call(self, *command: Any) -> Any:
        self.count += 1
        return await self._pipeline.call(*command)

    async def run(self, *call: Any) -> Any:
        self.count += 1
        return await self._pipeline.run(*call)


def test_new_rooms_of_one_guest_bury_no_others(store: StoreProcess) -> None:
    async def work() -> None:
        keys, pipeline = Keys(f"t{secrets.token_hex(4)}"), Links(store.url).pipeline()
        serving = asyncio.create_task(pipeline.serve())
        counted: Any = Counted(pipeline)
        directory = Directory(counted, keys)

        async def make(room: str, ms: int, *people: Author) -> None:
            await pipeline.call("HSET", keys.rooms(partition_of(room)), room, f"{ms}-0")
            for each in people:
                await directory.mark_present(room, each, 60)

        try:
            await make("mine", 1, ANN)
            await make("together", 2, ANN, BO)
            await pipeline.call("HSET", keys.meta("together"), "topic", "plans")
            await asyncio.gather(*(make(f"r{each}", 10 + each, BO) for each in range(505)))
            counted.count = 0
            rooms = await directory.list_rooms({"mine", "never-written-in"})
            assert counted.count <= 3 * PARTITIONS
            assert len(rooms) == 500
            assert [each.room for each in rooms[:4]] == ["mine", "together", "r504", "r503"]
            assert (rooms[1].present, rooms[1].topic) == (2, "plans")
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    asyncio.run(work())


def test_ones_own_rooms_are_listed_first(launch: Launch) -> None:
    server = launch("--limits", "off", "--accounts", "open")
    with httpx.Client(base_url=server.url) as ann:
        account = {"name": "ann", "password": "correct horse battery"}
        assert ann.post("/account", json=account).status_code == 201
        assert ann.post("/chat/owned", content="a").status_code == 201
        entry = httpx.post(f"{server.url}/chat/read", content="a").json()
        assert ann.post("/chat/read/read", json={"id": entry["id"]}).is_success
        for each in ("new", "newer"):
            assert httpx.post(f"{server.url}/chat/{each}", content="a").status_code == 201
        listed = [each["room"] for each in ann.get("/rooms").json()["rooms"]]
        assert listed[:4] == ["read", "owned", "newer", "new"]
    listed = [each["room"] for each in httpx.get(f"{server.url}/rooms").json()["rooms"]]
    assert [each for each in listed if each != "read"][:3] == ["newer", "new", "owned"]


def test_names_are_kept_for_long_only_where_there_is_an_entry(store: StoreProcess) -> None:
    """Anyone can read in any number of rooms that are not there."""

    async def work() -> None:
        keys, pipeline = Keys(f"t{secrets.token_hex(4)}"), Links(store.url).pipeline()
        serving = asyncio.create_task(pipeline.serve())
        directory = Directory(pipeline, keys)

        async def kept_s(room: str) -> int:
            await directory.mark_present(room, ANN, 60)
            kept = [keys.present(room), keys.names(room), keys.seen(room)]
            return max([int(await pipeline.call("TTL", key)) for key in kept])

        try:
            await pipeline.call("HSET", keys.rooms(partition_of("here")), "here", "1-0")
            assert await kept_s("here") > 20 * 24 * 3600
            assert 0 < await kept_s("made-up") <= 120
            assert (await directory.list_people("made-up"))[1] == 1
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    asyncio.run(work())
