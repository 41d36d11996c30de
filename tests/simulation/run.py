"""Runs schedules: one outcome each; a failing one is shrunk."""

import random
import signal
from collections import Counter
from dataclasses import dataclass
from types import FrameType

from tests.simulation.constants import NumberedFeed, simulated
from tests.simulation.loop import NumberedFuture, ShuffledLoop
from tests.simulation.schedule import Schedule, draw_schedule
from tests.simulation.world import World

# Of processor time: more means that one turn of the loop never ends.
_MOST_CPU_S = 20.0


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
    world: World | None = None

    def on_error(text: str) -> None:
        loop.problem = loop.problem or text

    def wall_s() -> float:
        return 1_700_000_000 + loop.now_s

    signal.signal(signal.SIGVTALRM, _never_ends)
    signal.setitimer(signal.ITIMER_VIRTUAL, _MOST_CPU_S)
    NumberedFeed.made = 0
    NumberedFuture.restart()
    try:
        with simulated(c, loop, chance, wall_s=wall_s, on_error=on_error):
            with loop.running():
                world = World(schedule, loop, chance)
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


def shrink(schedule: Schedule, objection: str) -> tuple[Schedule, str]:
    """The schedule with as many operations left out as still break a law, and how."""
    size = max(1, len(schedule.ops) // 2)
    while size:
        at = 0
        while at < len(schedule.ops):
            smaller = schedule.without(at, size)
            found = run(smaller).objection
            if found:
                schedule, objection = smaller, found
            else:
                at += size
        size //= 2
    return schedule, objection
