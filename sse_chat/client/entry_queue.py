"""What a follower has read and a program has not taken yet: in order, bounded, with a position."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from sse_chat.client.exits import Exit
from sse_chat.client.follow import Follower
from sse_chat.client.position import Cursor
from sse_chat.client.problems import Problem

Entry = dict[str, Any]
# What a consumer that is slower than the room may have waiting; then the feed is closed, and
# opened again where it was.
_MAX_WAITING = 1000


class _Full(Exception):
    """More is waiting than the consumer has taken."""


class EntryQueue:
    """A follower's printer. `cursor` is the follower's, which is ahead of what was taken."""

    def __init__(self, cursor: Cursor, after: str | None, *, tells_gaps: bool) -> None:
        self._cursor = cursor
        self._tells_gaps = tells_gaps
        self._taken = after
        self._has_begun = after is not None
        self._entries: deque[tuple[Entry, str]] = deque()
        self._has_news = asyncio.Event()

    @property
    def position(self) -> str | None:
        """After all that was taken, and no further; None before there is one."""
        if self._entries or not self._has_begun:
            return self._taken
        return self._cursor.after

    def begin(self, cursor: str) -> None:
        self._cursor.begin(cursor)
        self._taken = self._cursor.after
        self._has_begun = True

    def entry(self, payload: Entry) -> None:
        self._entries.append((payload, self._cursor.after))
        self._has_news.set()
        if len(self._entries) >= _MAX_WAITING:
            raise _Full

    def gap(self, payload: Entry) -> None:
        if self._tells_gaps:
            self.entry({"kind": "gap", **payload})

    def left(self, payload: Entry) -> None:
        if self._tells_gaps:
            self.entry({"kind": "left", **payload})

    async def while_running(self, follower: Follower) -> AsyncIterator[Entry]:
        """Ends when the consumer was too slow; raises what the follower raises."""
        task = asyncio.create_task(follower.run())
        task.add_done_callback(lambda _: self._has_news.set())
        try:
            while True:
                while self._entries:
                    entry, self._taken = self._entries.popleft()
                    yield entry
                if task.done():
                    break
                self._has_news.clear()
                await self._has_news.wait()
        finally:
            task.cancel()
            [failure] = await asyncio.gather(task, return_exceptions=True)
        if not isinstance(failure, _Full):
            raise failure or Problem(Exit.FAILED, "the feed ended")


class Silent:
    """Takes the place of notices on stderr."""

    is_away = False

    def say(self, notice: str) -> None:
        """Nobody is told."""
