"""Schedule: the operations of one run, drawn from a seed; plain numbers, so that one that fails
can be printed, shrunk and kept."""

import random
from dataclasses import dataclass, replace
from typing import NamedTuple

from tests.simulation.constants import Constants, draw_constants


class Op(NamedTuple):
    """What to do `after_ms` the one before; `a` and `b` are read by each as it needs them."""

    after_ms: int
    name: str
    a: int = 0
    b: int = 0


@dataclass(frozen=True, slots=True)
class Schedule:
    """`turns`: the seed of the order of turns and of every delay."""

    turns: int
    constants: Constants
    ops: tuple[Op, ...]

    def without(self, first: int, count: int) -> "Schedule":
        return replace(self, ops=self.ops[:first] + self.ops[first + count :])

    def __str__(self) -> str:
        ops = "".join(f"        {tuple.__repr__(op)},\n" for op in self.ops)
        return f"Schedule(\n    {self.turns},\n    {self.constants},\n    ops_of(\n{ops}    ),\n)"


def ops_of(*ops: tuple[int, str, int, int]) -> tuple[Op, ...]:
    return tuple(Op(*each) for each in ops)


# How often each is drawn.
_WEIGHTS = {
    "post": 30, "reply": 4, "edit": 4, "delete": 6, "purge": 2, "note": 2, "burst": 3, "busy": 0.2,
    "open": 10, "leave": 2, "cut": 2, "stall": 6, "resume": 7, "nudge": 2, "rest": 5,
    "away": 1.2, "slow": 0.6, "lossy": 0.8, "drop": 1, "calm": 2.5,
    "snapshot": 1, "reset": 0.5, "restore": 1,
}  # fmt: skip
_ALWAYS = {"post", "open", "rest", "calm"}


def draw_schedule(seed: int) -> Schedule:
    """Some kinds of operation are left out of each run, so that the others meet more often."""
    chance = random.Random(seed)
    constants = replace(
        draw_constants(chance),
        many=_draw_many(seed),
        busy=_draw_busy(seed),
        has_batches=_draw_has_batches(seed),
    )
    kinds = [kind for kind in _WEIGHTS if kind in _ALWAYS or chance.random() > 0.35]
    weights = [_WEIGHTS[kind] for kind in kinds]
    names = chance.choices(kinds, weights, k=chance.randint(10, 45))
    ops = [Op(0, "open", chance.getrandbits(30), chance.getrandbits(30))]
    ops += [
        Op(_draw_pause(chance), name, chance.getrandbits(30), chance.getrandbits(30))
        for name in names
    ]
    if chance.random() < 0.2:
        ops.append(Op(_draw_pause(chance), "drain"))
    return Schedule(seed, constants, tuple(ops))


def _draw_many(seed: int) -> int:
    """By a chance of its own: what the others draw is as it was before there were such feeds."""
    return random.Random(-1 - seed).choice((0, 0, 0, 3, 8))


def _draw_busy(seed: int) -> int:
    """As `_draw_many`."""
    return random.Random(f"busy {seed}").choice((0, 60, 100, 100))


def _draw_has_batches(seed: int) -> bool:
    """As `_draw_many`."""
    return random.Random(f"batches {seed}").random() < 0.5


def _draw_pause(chance: random.Random) -> int:
    kind = chance.random()
    if kind < 0.5:
        return 0
    if kind < 0.85:
        return chance.randint(1, 5)
    return chance.randint(10, 200) if kind < 0.97 else chance.randint(500, 4000)
