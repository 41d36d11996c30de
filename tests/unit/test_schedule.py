"""Heartbeats and rotation come when they are due, whatever a feed's own rhythm is."""

from itertools import pairwise
from typing import Any

from sse_chat.feed.schedule import Schedule

_TICK_S = 0.25


class _Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class _Feed:
    """What the schedule asks of one; it says itself when it was told something."""

    write = channel = None
    has_news = False
    sink = None
    is_joined = True
    grown_at_s = 0.0
    pinged_at_s = 0.0
    rotate_at_s = 0.0
    is_over = False

    def __init__(self, clock: _Clock, heartbeat_s: int) -> None:
        self._clock = clock
        self.heartbeat_s = heartbeat_s
        self.fmt: Any = type("Fmt", (), {"is_rotated": True})
        self.pings_s: list[float] = []
        self.ended_s: list[float] = []

    def ping(self) -> None:
        self.pings_s.append(self._clock())

    def end(self, bye: object) -> None:
        self.ended_s.append(self._clock())
        self.is_joined = False


def _run(schedule: Schedule, clock: _Clock, seconds: float) -> None:
    until_s = clock.now_s + seconds
    while clock.now_s < until_s:
        clock.now_s += _TICK_S
        while schedule._look_at_due():
            pass


def _add(schedule: Schedule, clock: _Clock, heartbeat_s: int) -> _Feed:
    feed = _Feed(clock, heartbeat_s)
    as_feed: Any = feed
    schedule.add(as_feed)
    return feed


def test_each_feed_has_its_heartbeats() -> None:
    clock = _Clock()
    schedule = Schedule(0, clock)
    feeds = [_add(schedule, clock, heartbeat_s) for heartbeat_s in (2, 15, 300) for _ in range(300)]
    _run(schedule, clock, 700)
    for feed in feeds:
        assert 1 <= feed.pings_s[0] - 1000 <= 2
        gaps = [after - before for before, after in pairwise(feed.pings_s)]
        assert all(feed.heartbeat_s <= gap <= feed.heartbeat_s + 2 * _TICK_S for gap in gaps)
        assert len(gaps) >= 698 // (feed.heartbeat_s + 2 * _TICK_S)


def test_what_was_due_long_ago_is_done_once() -> None:
    """As after the machine has slept."""
    clock = _Clock()
    schedule = Schedule(0, clock)
    feed = _add(schedule, clock, 15)
    _run(schedule, clock, 3)
    clock.now_s += 3600
    _run(schedule, clock, 3)
    assert len(feed.pings_s) == 2


def test_feeds_are_rotated_and_who_has_left_is_forgotten() -> None:
    clock = _Clock()
    schedule = Schedule(100, clock)
    feeds = [_add(schedule, clock, 15) for _ in range(300)]
    gone = [_add(schedule, clock, 15) for _ in range(300)]
    for feed in gone:
        feed.is_joined = False
    _run(schedule, clock, 140)
    assert all(80 <= feed.ended_s[0] - 1000 <= 121 for feed in feeds)
    assert not any(feed.pings_s for feed in gone)
    assert not any(schedule._buckets.values())
