"""Pipeline: the commands of concurrent callers over one connection, all that wait in one write."""

import asyncio
import itertools
import logging
import random
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from sse_chat.errors import Busy, StoreUnavailable
from sse_chat.store.commands import is_repeatable
from sse_chat.store.link import Link
from sse_chat.store.refusals import ScriptMissing, StoreLost
from sse_chat.store.resp import Command, Packed
from sse_chat.store.scripts import Script

_log = logging.getLogger("sse_chat.store")
_MAX_BATCH = 500
_MAX_WAITING = 20_000
_EVALSHA = Packed("EVALSHA")
# How long what is safe to repeat waits for a store that is started again. The embedded one takes
# less than a second; a longer outage is said at once.
_PATIENCE_S = 4.0
_RETRY_S = (0.05, 0.5)
_Waiting = tuple[Command, asyncio.Future[Any]]


class Pipeline:
    """Commands of concurrent callers over one link, all that wait in one write.

    While one batch is under way the next gathers, so the batches grow with the load. `serve` runs
    once, in one task; `call` and `run` may be called by any other, also before it runs. A caller
    that is cancelled takes nothing back: its command may be under way.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._waiting: deque[_Waiting] = deque()
        # Since when nothing has answered.
        self._lost_at_s: float | None = None
        self._wakeup = asyncio.Event()
        # Found once: on some versions of Python each look for it is a system call.
        self._loop: asyncio.AbstractEventLoop | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    async def call(self, *command: str | bytes | int) -> Any:
        """The reply; raises StoreUnavailable, StoreRefused, StoreFull, Busy if too many wait."""
        if len(self._waiting) >= _MAX_WAITING:
            raise Busy("too many requests are waiting for the store")
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        reply: asyncio.Future[Any] = self._loop.create_future()
        self._waiting.append((command, reply))
        self._wakeup.set()
        return await reply

    async def run(self, script: Script, keys: Sequence[str], *args: str | int) -> Any:
        """A script by its hash; it is sent whole once, when the store does not know it."""
        try:
            return await self.call(_EVALSHA, script.sha, len(keys), *keys, *args)
        except ScriptMissing:
            return await self.call("EVAL", script.source, len(keys), *keys, *args)

    async def serve(self) -> None:
        """Runs until cancelled; what then still waits fails with StoreUnavailable."""
        try:
            while True:
                await self._wakeup.wait()
                self._wakeup.clear()
                while self._waiting:
                    await self._send_batch()
        finally:
            self._fail(list(self._waiting), StoreUnavailable("the server is stopping"))
            await self._link.close()

    async def _send_batch(self) -> None:
        count = min(len(self._waiting), _MAX_BATCH)
        batch = [self._waiting.popleft() for _ in range(count)]
        try:
            await self._send_until_answered(batch)
        except StoreUnavailable as exc:
            # Those behind would wait as long again for the same answer; posts are tried again.
            behind = list(self._waiting)
            self._waiting.clear()
            self._fail(batch + behind, exc)
        except Exception:
            # One call that cannot be sent, or an answer that cannot be read, ends no other's.
            _log.exception("%d calls of the store failed", len(batch))
            self._fail(batch, StoreUnavailable("a call of the store failed; see the log"))
        except BaseException:
            self._fail(batch, StoreUnavailable("the server is stopping"))
            raise

    async def _send_until_answered(self, batch: list[_Waiting]) -> None:
        """What is safe to repeat waits for a store that is away for a moment only."""
        for tries in itertools.count():
            try:
                replies = await self._link.call_many([command for command, _ in batch])
            except StoreLost as exc:
                now_s = time.monotonic()
                self._lost_at_s = self._lost_at_s or now_s
                if now_s - self._lost_at_s > _PATIENCE_S:
                    raise
                self._fail([each for each in batch if not is_repeatable(each[0])], exc)
                batch = [each for each in batch if is_repeatable(each[0])]
                if not batch:
                    return
                least_s, most_s = _RETRY_S
                await asyncio.sleep(random.uniform(0.5, 1) * min(least_s * 2**tries, most_s))
            else:
                self._lost_at_s = None
                for (_, future), reply in zip(batch, replies, strict=True):
                    _settle(future, reply)
                return

    def _fail(self, batch: list[_Waiting], exc: Exception) -> None:
        for _, future in batch:
            _settle(future, exc)


def _settle(future: asyncio.Future[Any], outcome: Any) -> None:
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
