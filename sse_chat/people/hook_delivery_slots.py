"""HookDeliverySlots: how many tries of hooks out go on at once; slow receivers hold up no other.

A try lasts as long as its receiver likes, up to the time-out. So one room has a share, and only
those whose last try was quick use the second half of the slots: many rooms of one person, all with
receivers that dawdle, leave it to the others.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

MAX_TRIES = 50
_MAX_OF_ROOM = 5
_QUICK_S = 2.0


class HookDeliverySlots:
    """`clock`: seconds, of how long a try took."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._any = asyncio.Semaphore(MAX_TRIES // 2)
        self._for_quick = asyncio.Semaphore(MAX_TRIES // 2)
        # Those of rooms with a try under way, or one that waits.
        self._rooms: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._quick: set[str] = set()

    @asynccontextmanager
    async def take(self, room: str, hook_id: str) -> AsyncIterator[None]:
        """For one try of this hook; waits until there is a slot."""
        of_room = self._rooms.setdefault(room, asyncio.Semaphore(_MAX_OF_ROOM))
        async with of_room, self._for_quick if hook_id in self._quick else self._any:
            began_s = self._clock()
            try:
                yield
            finally:
                is_quick = self._clock() - began_s < _QUICK_S
                (self._quick.add if is_quick else self._quick.discard)(hook_id)

    def forget_all_but(self, hook_ids: Collection[str]) -> None:
        """Of hooks that are no more nothing is known."""
        self._quick.intersection_update(hook_ids)
