"""Whether a feed that works brings the end of what is said, too.

A path that passes bytes on in blocks keeps the end of the newest event until the next one pushes
it out. So plain questions tell whether there is more, until the feed has brought the end of what
was said three times, or nobody has spoken for a minute.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from sse_chat.client.problems import Problem

_PAUSE_S = 1.0
_GRACE_S = 1.0
_CHECKS = 3
# Between questions while nobody speaks.
_RESTS_S = (0.5, 1.0, 2.0, 4.0, 7.0, 11.0, 15.0, 15.0)
# Of one question that the path does not answer.
_TRIES = 5
Key = tuple[str, str]
"""Of an entry: its room and its id."""


class TailCheck:
    """`look` asks; `on_buffered` is called once."""

    def __init__(
        self, look: Callable[[], Awaitable[None]], on_buffered: Callable[[], None]
    ) -> None:
        self._look = look
        self._on_buffered = on_buffered
        self._left = _CHECKS
        self._is_judged = False
        self._count = 0
        self._has_news = asyncio.Event()
        # What polls brought and the feed has not.
        self._ahead: set[Key] = set()
        self._task: asyncio.Task[None] | None = None

    def polled(self, key: Key) -> None:
        """A poll brought this entry, before the feed."""
        self._ahead.add(key)

    def begin(self) -> None:
        """The feed comes through; the end of its newest event may be held already."""
        self._is_judged = True
        self._start()

    def brought(self, key: Key) -> None:
        """The feed itself brought this entry."""
        self._count += 1
        self._has_news.set()
        self._ahead.discard(key)
        if self._is_judged:
            self._start()

    def _start(self) -> None:
        if self._left and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._check())

    async def _check(self) -> None:
        counted, rests = 0, iter(_RESTS_S)
        while self._left:
            count = await self._pause()
            if not await self._ask():
                return
            if self._ahead:
                # The feed may be bringing it at this very moment.
                await asyncio.sleep(_GRACE_S)
                if self._ahead:
                    self._on_buffered()
                    return
            elif count != counted:
                self._left -= 1
                counted, rests = count, iter(_RESTS_S)
            rest_s = next(rests, None)
            if rest_s is None:
                return
            # What is said next may be kept.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest_s):
                    await self._has_news.wait()

    async def _pause(self) -> int:
        """Until the feed has brought nothing for a while; how much it had brought then."""
        while True:
            count = self._count
            await asyncio.sleep(_PAUSE_S)
            if count == self._count:
                self._has_news.clear()
                return count

    async def _ask(self) -> bool:
        """False when the path gave no answer to it."""
        for _ in range(_TRIES):
            with contextlib.suppress(Problem):
                await self._look()
                return True
            await asyncio.sleep(_PAUSE_S)
        return False

    async def close(self) -> None:
        self._left = 0
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
