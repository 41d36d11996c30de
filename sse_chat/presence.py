"""Presence: who made a request in a room lately. Never derived from a socket being open,
since proxies keep sockets open long after the person is gone."""

import asyncio
import logging
import time

from sse_chat.errors import ChatError
from sse_chat.store.rooms import RoomStore

_log = logging.getLogger("sse_chat.presence")
# A feed is rotated, and so asked for again, at most each 288 s.
PRESENT_S = 300
_MARK_AGAIN_S = 60
_MAX_KNOWN = 50_000


class Presence:
    """Marks people in the store, each at most once a minute; never delays or fails a request."""

    def __init__(self, store: RoomStore) -> None:
        self._store = store
        self._marked_at_s: dict[tuple[str, str], float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def mark(self, room: str, author_id: str) -> None:
        now_s = time.monotonic()
        who = (room, author_id)
        if now_s - self._marked_at_s.get(who, -_MARK_AGAIN_S) < _MARK_AGAIN_S:
            return
        if len(self._marked_at_s) >= _MAX_KNOWN:
            self._marked_at_s.clear()
        self._marked_at_s[who] = now_s
        task = asyncio.create_task(self._mark(room, author_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _mark(self, room: str, author_id: str) -> None:
        try:
            await self._store.mark_present(room, author_id, PRESENT_S)
        except ChatError as exc:
            self._marked_at_s.pop((room, author_id), None)
            _log.debug("presence not marked: %s", exc.detail)
