"""Charge: what a request costs, and how the scripts are told. No I/O."""

from typing import NamedTuple

from sse_chat.store.keys import Keys
from sse_chat.store.resp import Packed


class Charge(NamedTuple):
    """What a post costs: one of `burst` that come back one each `every_ms`.

    `who` pays, within the limit called `name` and the partition of the room.
    """

    name: str
    who: str
    every_ms: float
    burst: int

    def pack(self) -> tuple[Packed, Packed]:
        """The milliseconds between two, and those of the burst."""
        return Packed(f"{self.every_ms:.3f}"), Packed(f"{self.every_ms * self.burst:.3f}")


Charges = tuple[Charge, ...]


def pack_charges(keys: Keys, room: str, charges: Charges) -> tuple[list[Packed], list[Packed]]:
    """Their keys, and both arguments of each."""
    of_room = [Packed(keys.limit(room, each.name, each.who)) for each in charges]
    return of_room, [packed for each in charges for packed in each.pack()]
