"""Presence: who made a request in a room lately. Never derived from a socket being open,
since proxies keep sockets open long after the person is gone."""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Coroutine, Hashable
from typing import Any

from sse_chat.author_ids import AuthorId
from sse_chat.errors import ChatError
from sse_chat.events import Author, EphemeralEvent
from sse_chat.store.directory import Directory

_log = logging.getLogger("sse_chat.presence")
# A feed is rotated, and so asked for again, at most each 288 s.
PRESENT_S = 300
_MARK_AGAIN_S = 60
# A page that closes may be one that loads anew, or not the person's only one.
_LEAVING_S = 15
_MAX_LEAVING = 2000
_MAX_KNOWN = 50_000
# Who comes within this time is told of together.
_GATHER_S = 2.0
_MAX_TOLD = 50


class Presence:
    """Marks people in the store, each at most once a minute; never delays or fails a request.

    `is_silent`: whether nobody in this room is to learn who is there.

    Who came or went is told to the room, at most once in a few seconds.
    """

    def __init__(
        self,
        directory: Directory,
        *,
        leaving_s: float = _LEAVING_S,
        is_silent: Callable[[str], bool] = lambda room: False,
    ) -> None:
        self._directory = directory
        self._is_silent = is_silent
        self._leaving_s = leaving_s
        self._leaving: set[tuple[str, AuthorId]] = set()
        self._leaving_again: set[tuple[str, AuthorId]] = set()
        self._marks = Throttle(_MARK_AGAIN_S)
        self._telling: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def mark(self, room: str, author: Author) -> None:
        # A request that the closed page still had on its way; one that stays gives a sign.
        if (room, author.author_id) in self._leaving:
            return
        if self._is_silent(room) or not self._marks.may_pass((room, author.author_id, author.name)):
            return
        self._run(self._mark(room, author))

    def renew(self, room: str, author: Author) -> None:
        """A sign of life from an open page, however lately there was one."""
        if self._is_silent(room):
            return
        self._marks.may_pass((room, author.author_id, author.name))
        self._run(self._mark(room, author))

    def leave(self, room: str, author: Author) -> None:
        """A page was closed: the person is gone in a while unless another one says otherwise."""
        self._marks.forget((room, author.author_id, author.name))
        who = room, author.author_id
        if who in self._leaving:
            self._leaving_again.add(who)
        elif len(self._leaving) < _MAX_LEAVING:
            self._run(self._leave(*who))

    def end(self, room: str, author_id: AuthorId) -> None:
        """Ends presence at once (kick or ban), before the time-out."""
        self._run(self._end(room, author_id))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _mark(self, room: str, author: Author) -> None:
        try:
            if await self._directory.mark_present(room, author, PRESENT_S):
                await self._tell(room)
        except ChatError as exc:
            _log.debug("presence not marked: %s", exc.detail)

    async def _leave(self, room: str, author_id: AuthorId) -> None:
        who = room, author_id
        self._leaving.add(who)
        try:
            await self._shorten(room, author_id)
            # Another page of theirs was closed meanwhile, after it had shown a sign of life.
            while who in self._leaving_again:
                self._leaving_again.discard(who)
                await self._shorten(room, author_id)
        except ChatError as exc:
            _log.debug("presence not ended: %s", exc.detail)
        finally:
            self._leaving.discard(who)
            self._leaving_again.discard(who)

    async def _shorten(self, room: str, author_id: AuthorId) -> None:
        await self._directory.shorten_presence(room, author_id, math.ceil(self._leaving_s))
        await asyncio.sleep(self._leaving_s)
        if await self._directory.drop_absent(room):
            await self._tell(room)

    async def _end(self, room: str, author_id: AuthorId) -> None:
        try:
            if await self._directory.unmark_present(room, author_id):
                await self._tell(room)
        except ChatError as exc:
            _log.debug("presence not ended: %s", exc.detail)

    async def _tell(self, room: str) -> None:
        # One that waits already reads later on who is there.
        if room in self._telling:
            return
        self._telling.add(room)
        try:
            await asyncio.sleep(_GATHER_S)
        finally:
            self._telling.discard(room)
        people, count = await self._directory.list_people(room)
        payload = {"count": count, "people": people_payload(people[:_MAX_TOLD])}
        await self._directory.tell(EphemeralEvent(room, "presence", payload))


def people_payload(people: list[Author]) -> list[dict[str, Any]]:
    return [
        {"name": person.name, "author_id": person.author_id, "guest": person.guest}
        for person in people
    ]


class Throttle:
    """Lets each through once in `every_s`; what is let through is remembered only so long."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._passed_at_s: dict[Hashable, float] = {}

    def may_pass(self, who: Hashable) -> bool:
        now_s = time.monotonic()
        if now_s - self._passed_at_s.get(who, -self._every_s) < self._every_s:
            return False
        if len(self._passed_at_s) >= _MAX_KNOWN:
            self._passed_at_s.clear()
        self._passed_at_s[who] = now_s
        return True

    def forget(self, who: Hashable) -> None:
        self._passed_at_s.pop(who, None)
