"""A message leaves at once while the core is free, and waits for others where it is busy."""

import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from sse_chat.feed.broadcast import Broadcast
from sse_chat.feed.cpu_load import CpuLoad
from tests.simulation.loop import ShuffledLoop


class Core:
    """A clock, and the time that the loop's thread has used by it."""

    def __init__(self) -> None:
        self.now_s = self.used_s = 0.0
        self.load = CpuLoad(lambda: self.now_s, lambda: self.used_s)

    def run(self, seconds: float, share: float) -> None:
        self.now_s += seconds
        self.used_s += share * seconds


@pytest.mark.parametrize(
    ("share", "cooldown_s"), [(0.0, 0), (0.49, 0), (0.625, 0.01), (0.75, 0.02), (1.0, 0.02)]
)
def test_a_rest_grows_with_what_is_above_half_a_core(share: float, cooldown_s: float) -> None:
    core = Core()
    core.run(0.2, share)
    assert core.load.cooldown_s(0.02) == pytest.approx(cooldown_s)


def test_what_counts_is_the_last_tenth_of_a_second() -> None:
    core = Core()
    core.run(60, 0)
    assert core.load.share == 0
    core.run(0.06, 1)
    assert core.load.share == 0
    core.run(0.06, 1)
    assert core.load.share == pytest.approx(1)
    core.run(0.12, 0)
    assert core.load.share == 0


class RoomOfOne:
    """What a broadcast asks of a channel."""

    window = counts = None

    def __init__(self, wake: Callable[[], None]) -> None:
        self.feeds = [SimpleNamespace(write=None, sink=SimpleNamespace(wake=wake))]

    def wake_waiters(self) -> None:
        pass


def test_a_broadcast_that_fails_ends_no_others() -> None:
    loop = ShuffledLoop(random.Random(1))
    woken: list[int] = []
    broken, whole = RoomOfOne(lambda: None), RoomOfOne(lambda: woken.append(1))
    # None is no feed: it has nothing that could say so.
    broken.feeds = [None]  # type: ignore[list-item]
    broadcast = Broadcast(loop.time, CpuLoad(loop.time, lambda: 0.0))
    channels: list[Any] = [broken, whole]
    with loop.running():
        for _ in range(2):
            broadcast.start(*channels)
    loop.run_until(loop.now_s + 1)
    assert woken == [1, 1]


@pytest.mark.parametrize(("share", "waits_ms"), [(0.4, 0), (1.0, 20)])
def test_the_second_of_two_messages_waits_under_load_only(share: float, waits_ms: int) -> None:
    loop = ShuffledLoop(random.Random(1))
    woken_at_s: list[float] = []

    def wake() -> None:
        woken_at_s.append(loop.now_s)
        # A wave of 2 ms.
        loop.now_s += 0.002

    channel: Any = RoomOfOne(wake)
    broadcast = Broadcast(loop.time, CpuLoad(loop.time, lambda: loop.now_s * share))
    loop.run_until(loop.now_s + 1)
    with loop.running():
        broadcast.start(channel)
        broadcast.start(channel)
    loop.run_until(loop.now_s + 1)
    first_s, second_s = woken_at_s
    assert (second_s - first_s - 0.002) * 1000 == pytest.approx(waits_ms, abs=0.01)
