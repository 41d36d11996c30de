"""Whether a feed that works brings the end of what is said, too.

A path that passes bytes on in blocks keeps the end of the newest event until the next one pushes
it out. So after the first pauses of a feed a plain question tells whether there is more.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from sse_chat.client.problems import Problem
from sse_chat.ids import EntryId

_PAUSE_S = 1.0
_GRACE_S = 1.0
_CHECKS = 3


class TailCheck:
    """`look` asks, and `cursor` tells how far was read by then; `on_held` is called once."""

    def __init__(
        self,
        look: Callable[[], Awaitable[None]],
        cursor: Callable[[], EntryId],
        on_held: Callable[[], None],
    ) -> None:
        self._look = look
        self._cursor = cursor
        self._on_held = on_held
        self._left = _CHECKS
        self._newest: EntryId | None = None
        self._task: asyncio.Task[None] | None = None

    def brought(self, entry_id: EntryId) -> None:
        """The feed itself brought this entry."""
        self._newest = entry_id
        if self._left and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._check())

    async def _check(self) -> None:
        while True:
            newest = self._newest
            await asyncio.sleep(_PAUSE_S)
            if newest == self._newest:
                break
        with contextlib.suppress(Problem):
            await self._look()
        cursor = self._cursor()
        if self._newest is None or cursor <= self._newest:
            self._left -= 1
            return
        # The feed may be bringing it at this very moment.
        await asyncio.sleep(_GRACE_S)
        if cursor > self._newest:
            self._on_held()

    async def close(self) -> None:
        self._left = 0
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
