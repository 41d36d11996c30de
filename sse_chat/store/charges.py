"""Charge: what a request costs, and how the scripts are told. No I/O."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from sse_chat.errors import TooMany
from sse_chat.store.keys import Keys
from sse_chat.store.resp import Packed

# What a rate that is no whole number of milliseconds loses.
_ROUNDING_S = 1e-6


class Charge(NamedTuple):
    """What a request costs: one of `burst` that come back one each `every_ms`.

    `who` pays, within the limit called `name`, of which `meaning` tells people what it counts.
    """

    name: str
    who: str
    every_ms: float
    burst: int
    meaning: str = ""

    def pack(self) -> tuple[Packed, Packed]:
        """The milliseconds between two, and those of the burst."""
        return Packed(f"{self.every_ms:.3f}"), Packed(f"{self.every_ms * self.burst:.3f}")


Charges = tuple[Charge, ...]


def pack_charges(keys: Keys, room: str, charges: Charges) -> tuple[list[Packed], list[Packed]]:
    """Their keys, and both arguments of each."""
    of_room = [Packed(keys.limit(room, charge.name, charge.who)) for charge in charges]
    return of_room, [packed for each in charges for packed in each.pack()]


def refusal(charges: Sequence[Charge], said: str) -> TooMany:
    """From what a script says of the charge that is used up: the milliseconds to wait, and which
    one it is, counted from 1."""
    wait_ms, _, number = said.partition(" ")
    charge = charges[int(number) - 1]
    return too_many(charge.name, charge.meaning, charge.burst, charge.every_ms, int(wait_ms) / 1000)


def too_many(name: str, meaning: str, burst: int, every_ms: float, wait_s: float) -> TooMany:
    """The detail and the field `limit` say which limit it is."""
    rest_s = max(math.ceil(wait_s), 1)
    rate = (
        f"{_round(60_000 / every_ms)} a minute"
        if every_ms <= 60_000
        else f"1 in {every_ms / 1000:g} s"
    )
    return TooMany(
        f"too many {meaning}: {burst:,} at once, then {rate}; try again in {rest_s} s",
        retry_after_s=rest_s,
        limit=name,
        quota=burst,
        window_s=window_s(burst, every_ms),
    )


def window_s(burst: int, every_ms: float) -> int:
    """In which all of it comes back."""
    return max(math.ceil(burst * every_ms / 1000 - _ROUNDING_S), 1)


def _round(count: float) -> str:
    return f"{count:,.0f}" if count >= 100 else f"{count:.3g}"
