"""Which rooms go by themselves: those that guests opened, and that nobody writes in any more.

A room with an owner or rules stays, and so does one in which an account wrote.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable

from sse_chat.errors import ChatError
from sse_chat.people.cache import PeopleCache
from sse_chat.store.abandoned import AbandonedRooms
from sse_chat.store.people import PeopleStore

_log = logging.getLogger("sse_chat.people")
# A room in which no message is left. The keys of its posts have ended by then.
EMPTY_S = 2 * 24 * 3600
_EVERY_S = 600.0
# Of very many, some at a time, chosen anew each time.
_AT_ONCE = 500


class Abandoned:
    """`keep_s`: how long a room that only guests wrote in is kept after the last of it; 0: for
    ever. `clock`: the seconds since 1970."""

    def __init__(
        self,
        rooms: AbandonedRooms,
        people: PeopleStore,
        cache: PeopleCache,
        *,
        keep_s: int,
        default_room: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._rooms = rooms
        self._people = people
        self._cache = cache
        self._keep_s = keep_s
        self._default_room = default_room
        self._clock = clock

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            # Many nodes do not look at the same moment.
            await asyncio.sleep(_EVERY_S * random.uniform(0.5, 1.5))
            if not self._keep_s:
                continue
            try:
                await self.sweep()
            except ChatError as exc:
                _log.warning("abandoned rooms are kept for now: %s", exc.detail)
            except Exception:
                _log.exception("the look at abandoned rooms failed")

    async def sweep(self) -> list[str]:
        """The rooms that went; raises StoreUnavailable."""
        now_s = int(self._clock())
        found = await self._rooms.list_quiet((now_s - min(EMPTY_S, self._keep_s)) * 1000)
        found.pop(self._default_room, None)
        gone = []
        for room in random.sample(sorted(found), min(len(found), _AT_ONCE)):
            if await self._has_rules(room):
                continue
            is_recent = found[room].ms >= (now_s - self._keep_s) * 1000
            if await self._rooms.remove(room, found[room], now_s, is_kept_by_guests=is_recent):
                gone.append(room)
        if gone:
            _log.info("%d abandoned guest rooms were removed: %s", len(gone), " ".join(gone[:20]))
            await self._cache.forget_everywhere()
        return gone

    async def _has_rules(self, room: str) -> bool:
        """As they are now; whom the room belongs to is kept there too."""
        return bool(await self._people.read("rules", room))
