"""Hooks out of a room and receivers that fail: for an hour, for days, slowly; the clock is ours."""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sse_chat.hooks.outgoing import Target, make_secret
from sse_chat.ids import ZERO, EntryId
from sse_chat.people import hook_deliveries
from sse_chat.people.hook_deliveries import HookDeliveries, PublicOnly, Refused
from sse_chat.people.hook_delivery_slots import MAX_TRIES, HookDeliverySlots
from tests.http.test_hooks_out import Receiver
from tests.support.rooms import Room

DAY_S = 24 * 3600


class Clock:
    """A sleep takes no time. `at`: what happens at an hour, in seconds."""

    def __init__(self) -> None:
        self.now_s = 1_800_000_000.0
        self.at: list[tuple[float, Callable[[], None]]] = []

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        due = [each for each in self.at if each[0] <= self.now_s]
        self.at = [each for each in self.at if each not in due]
        for _, act in due:
            act()
        await asyncio.sleep(0)


class Kept:
    """What the store keeps of hooks, and of their positions."""

    def __init__(self, *targets: Target) -> None:
        self.targets = {each.hook_id: each for each in targets}
        self.positions: dict[str, str] = {}
        self.failing: dict[str, int | None] = {}
        self.told: list[str] = []

    async def hold_lease(self, holder: str, for_ms: int) -> bool:
        return True

    async def list_all(self) -> list[Target]:
        return list(self.targets.values())

    async def revoke(self, hook_id: str, *, why: str = "") -> bool:
        self.told.append(why)
        return self.targets.pop(hook_id, None) is not None

    async def position(self, hook_id: str) -> str | None:
        return self.positions.get(hook_id)

    async def move(self, hook_id: str, position: str) -> None:
        self.positions[hook_id] = position

    async def failing_since_s(self, hook_id: str) -> int | None:
        return self.failing.get(hook_id)

    async def note_failing(self, hook_id: str, since_s: int | None) -> None:
        self.failing[hook_id] = since_s


class Hub:
    async def wait_beyond(self, room: str, position: EntryId, timeout_s: float) -> None:
        await asyncio.sleep(0.01)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.stop()


def target(receiver: Receiver, name: str = "h1") -> Target:
    return Target(name, "lobby", receiver.url, make_secret(), str(ZERO), 0, {})


async def _run_until(done: Callable[[], bool], kept: Kept, room: Room, clock: Clock) -> None:
    parts: Any = (kept, kept, room, Hub())
    networks = [ipaddress.ip_network("127.0.0.0/8")]
    work = HookDeliveries(*parts, networks, clock=lambda: clock.now_s, sleep=clock.sleep)
    task = asyncio.create_task(work.run())
    try:
        async with asyncio.timeout(60):
            while not done():
                assert not task.done(), task
                await asyncio.sleep(0.01)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_a_receiver_that_is_down_for_an_hour_misses_nothing(receiver: Receiver) -> None:
    clock, room, kept = Clock(), Room(), Kept(target(receiver))
    for text in ("one", "two", "three"):
        room.append(text)
    receiver.status = 503

    def come_back() -> None:
        receiver.status = 200

    clock.at.append((clock.now_s + 3600, come_back))
    began_s = clock.now_s
    asyncio.run(_run_until(lambda: len(receiver.taken) >= 3, kept, room, clock))
    assert list(dict.fromkeys(receiver.texts())) == ["one", "two", "three"]
    assert 3600 <= clock.now_s - began_s < 3 * 3600
    # Ten tries, 5 s apart at first and an hour at last.
    assert receiver.tries - 3 <= 11
    assert kept.failing == {"h1": None}


def test_after_three_days_it_is_given_up_whatever_restarts(receiver: Receiver) -> None:
    clock, room, kept = Clock(), Room(), Kept(target(receiver))
    room.append("one")
    receiver.status, began_s = 500, clock.now_s

    def is_second_day() -> bool:
        return clock.now_s - began_s > 2 * DAY_S or bool(kept.told)

    asyncio.run(_run_until(is_second_day, kept, room, clock))
    assert kept.told == []
    # Another process goes on, and does not begin to count anew.
    asyncio.run(_run_until(lambda: bool(kept.told), kept, room, clock))
    assert kept.told == [": given up after three days: the receiver answered 500"]
    assert clock.now_s - began_s < 3 * DAY_S + 3600


def test_a_slow_receiver_holds_up_no_other(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook_deliveries, "_TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        slow = Target(
            "slow", "lobby", f"http://127.0.0.1:{silent.getsockname()[1]}/", make_secret(),
            str(ZERO), 0, {},
        )  # fmt: skip
        clock, room, kept = Clock(), Room(), Kept(slow, target(receiver))
        for number in range(5):
            room.append(str(number))
        asyncio.run(
            _run_until(
                lambda: len(receiver.taken) >= 5 and bool(kept.failing.get("slow")),
                kept,
                room,
                clock,
            )
        )
    # On a slow machine the time may be too short for the other one too, which repeats it.
    assert list(dict.fromkeys(receiver.texts())) == [str(number) for number in range(5)]
    assert "slow" not in kept.positions


def test_slow_receivers_of_one_room_leave_slots_to_the_others(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook_deliveries, "_TIMEOUT_S", 600)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        slow = [
            Target(f"slow{number}", "ops", url, make_secret(), str(ZERO), 0, {})
            for number in range(MAX_TRIES)
        ]
        clock, room, kept = Clock(), Room(), Kept(*slow, target(receiver))
        room.append("one")
        asyncio.run(_run_until(lambda: len(receiver.taken) == 1, kept, room, clock))
    assert receiver.texts() == ["one"]


async def _take_slots(slots: HookDeliverySlots, count: int, room: str) -> list[asyncio.Task[None]]:
    """So many hooks, each of a room of its own or of this one, that never end."""

    async def last(hook_id: str, its_room: str) -> None:
        async with slots.take(its_room, hook_id):
            await asyncio.Event().wait()

    tasks = [
        asyncio.create_task(last(f"{room}{number}", room.format(number))) for number in range(count)
    ]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


def test_slow_receivers_of_many_rooms_leave_half_of_the_slots_to_quick_ones() -> None:
    now_s = 0.0

    async def work() -> None:
        nonlocal now_s
        slots = HookDeliverySlots(clock=lambda: now_s)

        async def try_it(hook_id: str, took_s: float) -> None:
            nonlocal now_s
            async with slots.take("lobby", hook_id):
                now_s += took_s

        await try_it("quick", 0.1)
        await try_it("dawdler", 0.1)
        await try_it("dawdler", 9)
        tasks = await _take_slots(slots, 2 * MAX_TRIES, "r{}")
        async with asyncio.timeout(60):
            await try_it("quick", 0.1)
        tasks.append(asyncio.create_task(try_it("dawdler", 0.1)))
        tasks.append(asyncio.create_task(try_it("new", 0.1)))
        slots.forget_all_but(["dawdler"])
        tasks.append(asyncio.create_task(try_it("quick", 0.1)))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not any(each.done() for each in tasks)
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(work())


def test_a_name_is_looked_up_once_and_leads_to_a_public_address_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    addresses = {"inside.example": ["10.0.0.7"], "both.example": ["169.254.169.254", "127.0.0.1"]}

    def look_up(host: str, port: int, *args: Any, **options: Any) -> list[Any]:
        kind = socket.SOCK_STREAM
        return [(socket.AF_INET, kind, 0, "", (each, port)) for each in addresses[host]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    for host, found in addresses.items():
        with pytest.raises(Refused, match=found[0]):
            asyncio.run(PublicOnly(()).connect_tcp(host, 80))
