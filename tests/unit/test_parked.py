"""A long-poll that has read all there is waits without the store, and is answered without it."""

import asyncio
import json
from typing import Any

from sse_chat.feed.hub import Hub
from sse_chat.feed.parked import EncodedEntries, Parked, park
from sse_chat.formats import FORMATS
from sse_chat.ids import EntryId
from tests.support.rooms import Room, deliver, make_hub


async def _hub_of(room: Room) -> Hub:
    hub = make_hub(room)
    await hub.channel("lobby").load()
    return hub


def _park(hub: Hub, after: EntryId) -> Parked:
    parked = park(hub, "lobby", after)
    assert parked is not None
    return parked


def _find(parked: Parked, limit: int = 50) -> EncodedEntries | None:
    return parked.find(FORMATS["ndjson"], limit)


def test_what_comes_is_read_from_the_window_by_all_who_wait() -> None:
    async def run() -> None:
        room = Room()
        newest = room.append().entry.id
        hub = await _hub_of(room)
        reads = room.reads
        parked = [_park(hub, newest) for _ in range(3)]
        waits = [asyncio.create_task(each.wait(60)) for each in parked]
        await asyncio.sleep(0)
        ids = deliver(hub, room, 1)
        await asyncio.gather(*waits)
        found = [_find(each) for each in parked]
        assert room.reads == reads
        assert len({id(each.encoded) for each in found if each}) == 1
        assert found[0] is not None
        lines: list[dict[str, Any]] = list(map(json.loads, found[0].encoded.splitlines()))
        assert [each["id"] for each in lines] == [str(each) for each in ids]
        assert (found[0].cursor, found[0].has_more) == (ids[-1], False)

    asyncio.run(run())


def test_nothing_has_come_when_the_time_is_over() -> None:
    async def run() -> None:
        room = Room()
        newest = room.append().entry.id
        hub = await _hub_of(room)
        reads = room.reads
        parked = _park(hub, newest)
        await parked.wait(0.01)
        assert _find(parked) == EncodedEntries(b"", newest, has_more=False)
        assert room.reads == reads

    asyncio.run(run())


def test_who_is_behind_or_in_doubt_asks_the_store() -> None:
    async def run() -> None:
        room = Room()
        first = room.append().entry.id
        newest = room.append().entry.id
        hub = await _hub_of(room)
        channel = hub.channel("lobby")
        assert park(hub, "lobby", first) is None
        assert park(hub, "elsewhere", newest) is None
        parked = _park(hub, newest)
        channel.store_is_away = True
        assert park(hub, "lobby", newest) is None
        assert _find(parked) is None
        channel.store_is_away = False
        deliver(hub, room, 3)
        assert _find(parked) is not None
        assert _find(parked, limit=2) is None
        channel.resets += 1
        assert _find(parked) is None

    asyncio.run(run())
