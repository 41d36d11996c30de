"""Runs schedules: one outcome each; a failing one is shrunk."""

import random
import signal
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from types import FrameType

from tests.simulation.constants import simulated
from tests.simulation.loop import NumberedFuture, ShuffledLoop
from tests.simulation.schedule import Schedule, draw_schedule
from tests.simulation.world import World

# Of processor time: more means that one turn of the loop never ends.
_MOST_CPU_S = 20.0
_OTHER_TURNS, _APART = 4, 1_000_000


# What a run of thousands of seeds must meet, each of them.
BORDERS = (
    "cuts", "deliveries", "failures of the tail", "filtered feeds", "gaps, reset", "gaps, trimmed",
    "feeds of many rooms", "heads that waited long", "holes", "long batches", "long-polls",
    "lost requests and replies", "one-shots",
    "op busy", "op delete", "op drain", "op edit", "op purge", "op reply", "op slow", "op away",
    "opens from the store", "pages", "parked polls", "readers ahead of the worker",
    "reads of the newest", "reads of what follows", "resets", "restores", "rests", "rotations",
    "stalls", "takeovers", "takeovers while stalled", "trims",
)  # fmt: skip


class NeverEnds(KeyboardInterrupt):
    """Not an Exception: it must come out of whatever code it interrupts."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`objection`: "" when both laws held."""

    objection: str
    met: Counter[str]
    turns: int


def run(schedule: Schedule) -> Outcome:
    chance = random.Random(schedule.turns)
    c = schedule.constants
    loop = ShuffledLoop(chance, shuffle=c.shuffle / 100, slip=c.slip / 100)

    def on_error(text: str) -> None:
        loop.problem = loop.problem or text

    def wall_s() -> float:
        return 1_700_000_000 + loop.now_s

    signal.signal(signal.SIGVTALRM, _never_ends)
    signal.setitimer(signal.ITIMER_VIRTUAL, _MOST_CPU_S)
    NumberedFuture.restart()
    try:
        with simulated(c, loop, chance, wall_s=wall_s, on_error=on_error) as clock:
            with loop.running():
                world = World(schedule, loop, chance, clock)
            try:
                world.run(schedule)
            except NeverEnds:
                world.object("one turn of the loop never ends")
            return Outcome(world.objection, world.met, loop.turns)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _never_ends(number: int, frame: FrameType | None) -> None:
    raise NeverEnds


def run_seed(seed: int) -> Outcome:
    return run(draw_schedule(seed))


def find_first(seeds: Iterable[int]) -> tuple[int, str] | None:
    """The first of them that breaks a law, and how."""
    outcomes = ((seed, run_seed(seed).objection) for seed in seeds)
    return next((found for found in outcomes if found[1]), None)


def run_seeds(seeds: Iterable[int]) -> tuple[list[tuple[int, str]], Counter[str]]:
    """Those that break a law, and how; and what all of them have met."""
    failed, met = [], Counter[str]()
    for seed in seeds:
        outcome = run_seed(seed)
        met.update(outcome.met)
        if outcome.objection:
            failed.append((seed, outcome.objection))
    return failed, met


def unmet(met: Counter[str]) -> list[str]:
    """The borders that a run did not reach."""
    return [each for each in BORDERS if not met[each]]


def shrink(schedule: Schedule, objection: str) -> tuple[Schedule, str]:
    """The schedule with as many operations left out as still break a law, and how."""
    size = max(1, len(schedule.ops) // 2)
    while size:
        at = 0
        while at < len(schedule.ops):
            found = _still_fails(schedule.without(at, size))
            if found:
                schedule, objection = found
            else:
                at += size
        size //= 2
    return schedule, objection


def _still_fails(smaller: Schedule) -> tuple[Schedule, str] | None:
    """Without an operation all turns differ: a few other orders of them are tried as well."""
    for more in range(_OTHER_TURNS):
        tried = replace(smaller, turns=smaller.turns + more * _APART)
        if found := run(tried).objection:
            return tried, found
    return None
