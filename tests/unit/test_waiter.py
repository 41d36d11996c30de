"""Waits for a room's next entry: each ends once, and leaves nothing behind."""

import asyncio
import sys
from functools import partial

import pytest

from sse_chat.feed.hub import Hub
from sse_chat.feed.waiter import Waiter
from tests.support.connections import in_loop, take_turns
from tests.support.rooms import Room, deliver, make_hub


class _Lobby:
    """A room with one entry, and who waits for the next."""

    def __init__(self) -> None:
        self.room = Room()
        self.newest = self.room.append().entry.id
        self.hub = make_hub(self.room)
        self.ended: list[str] = []
        self.has_ended = asyncio.Event()

    async def load(self) -> "_Lobby":
        await self.hub.load("lobby")
        return self

    def begin(self, name: str, timeout_s: float = 60) -> Waiter:
        waiting = Waiter(self.hub, self.hub.channel("lobby"), self.newest)
        waiting.begin(timeout_s, partial(self._note, name))
        return waiting

    def _note(self, name: str) -> None:
        self.ended.append(name)
        self.has_ended.set()

    def is_empty(self) -> bool:
        return not self.hub.channel("lobby").waiters and not any(_buckets(self.hub))


def _buckets(hub: Hub) -> list[object]:
    return list(hub.deadlines._buckets.values())


@in_loop
async def test_an_entry_ends_it_and_a_note_does_not() -> None:
    lobby = await _Lobby().load()
    lobby.begin("one")
    lobby.hub.channel("lobby").wake_waiters()
    await take_turns()
    assert lobby.ended == []
    deliver(lobby.hub, lobby.room, 1)
    await take_turns()
    assert lobby.ended == ["one"]
    assert lobby.is_empty()


@in_loop
async def test_its_time_ends_it() -> None:
    lobby = await _Lobby().load()
    lobby.begin("late")
    lobby.begin("soon", 0.01)
    async with asyncio.timeout(30):
        await lobby.has_ended.wait()
    assert lobby.ended == ["soon"]


@in_loop
async def test_the_drain_ends_it_and_lets_nobody_begin() -> None:
    lobby = await _Lobby().load()
    lobby.begin("before")
    lobby.hub.drain()
    await take_turns()
    assert lobby.ended == ["before"]
    lobby.begin("after")
    await take_turns()
    assert lobby.ended == ["before", "after"]
    assert lobby.is_empty()


@in_loop
async def test_who_has_left_is_not_called_back() -> None:
    lobby = await _Lobby().load()
    gone = lobby.begin("gone")
    lobby.begin("stays")
    gone.end()
    gone.end()
    deliver(lobby.hub, lobby.room, 1)
    await take_turns()
    assert lobby.ended == ["stays"]
    assert lobby.is_empty()


@in_loop
async def test_one_that_fails_keeps_nobody_from_being_woken(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lobby = await _Lobby().load()

    def fail() -> None:
        raise ValueError("no answer")

    Waiter(lobby.hub, lobby.hub.channel("lobby"), lobby.newest).begin(60, fail)
    lobby.begin("other")
    deliver(lobby.hub, lobby.room, 1)
    await take_turns()
    assert lobby.ended == ["other"]
    assert "no answer" in caplog.text


@in_loop
async def test_a_crowd_that_was_answered_leaves_no_memory_until_its_time() -> None:
    lobby = await _Lobby().load()
    for number in range(2000):
        lobby.begin(str(number))
    deliver(lobby.hub, lobby.room, 1)
    await take_turns()
    assert len(lobby.ended) == 2000
    buckets = _buckets(lobby.hub)
    assert buckets
    assert sum(map(sys.getsizeof, buckets)) < 200 * len(buckets)
