"""One connection to the store, and a pipeline over one. Maps redis-py's errors to ours.

redis-py makes the connection (URL, TLS, AUTH, SELECT); its command layer, which costs more
than the store itself, is left out.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from typing import Any

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import NoScriptError, RedisError, ResponseError

from sse_chat.errors import Busy, StoreUnavailable
from sse_chat.store.refusals import judge
from sse_chat.store.resp import Command, Packed, pack
from sse_chat.store.scripts import Script

CONNECT_TIMEOUT_S = 3.0
REPLY_TIMEOUT_S = 5.0
_MAX_BATCH = 500
_MAX_WAITING = 20_000
_WAIT_REPLICAS_S = 1.0
_EVALSHA = Packed("EVALSHA")


class Link:
    """A connection that is made when first used and made again after a failure."""

    def __init__(self, connection: AbstractConnection, pool: object = None) -> None:
        self._connection = connection
        # Behind Sentinel the connection asks its pool for the master, and holds it weakly.
        self._pool = pool

    async def call(self, *command: str | bytes | int, timeout_s: float = REPLY_TIMEOUT_S) -> Any:
        """The reply; raises StoreUnavailable, StoreFull, or ResponseError as the store said it."""
        (reply,) = await self.call_many([command], timeout_s=timeout_s)
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def call_many(
        self, commands: list[Command], *, timeout_s: float = REPLY_TIMEOUT_S
    ) -> list[Any]:
        """All commands in one write, the replies in order; what the store refused is a reply.

        Such a reply is a StoreFull, a StoreUnavailable or a ResponseError.
        """
        try:
            async with asyncio.timeout(timeout_s):
                replies = await self._exchange(commands)
        except (RedisError, OSError, TimeoutError) as exc:
            await self.close()
            raise StoreUnavailable(f"the store is away: {describe(exc)}") from exc
        except BaseException:
            # Cancelled between sending and reading: a later reply would answer the wrong call.
            await self.close()
            raise
        if any(isinstance(reply, StoreUnavailable) for reply in replies):
            # Demoted, or still starting: the next call must look for the store anew.
            await self.close()
        return replies

    async def _exchange(self, commands: list[Command]) -> list[Any]:
        connection = self._connection
        if not connection.is_connected:
            await connection.connect()  # type: ignore[no-untyped-call]
        await connection.send_packed_command([b"".join(map(pack, commands))], check_health=False)
        return [await self._read_reply() for _ in commands]

    async def _read_reply(self) -> Any:
        try:
            # The time-out of the whole exchange holds; none per reply.
            return await self._connection.read_response(timeout=float("inf"))
        except ResponseError as exc:
            return judge(exc)

    async def close(self) -> None:
        with contextlib.suppress(RedisError, OSError):
            await self._connection.disconnect(nowait=True)


def describe(exc: BaseException) -> str:
    return str(exc) or type(exc).__name__


class Pipeline:
    """Commands of concurrent callers over one link, all that wait in one write.

    While one batch is under way the next gathers, so the batches grow with the load.
    """

    def __init__(self, link: Link, *, wait_replicas: int = 0) -> None:
        self._link = link
        self._wait_replicas = wait_replicas
        self._waiting: deque[tuple[Command, asyncio.Future[Any]]] = deque()
        self._wakeup = asyncio.Event()
        # Found once: on some versions of Python each look for it is a system call.
        self._loop: asyncio.AbstractEventLoop | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    async def call(self, *command: str | bytes | int) -> Any:
        """The reply; raises StoreUnavailable, StoreFull, Busy when too many wait, ResponseError."""
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
        except NoScriptError:
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
            replies = await self._send([command for command, _ in batch])
        except StoreUnavailable as exc:
            # Those behind would wait as long again for the same answer; posts are tried again.
            behind = list(self._waiting)
            self._waiting.clear()
            self._fail(batch + behind, exc)
        except BaseException:
            self._fail(batch, StoreUnavailable("the server is stopping"))
            raise
        else:
            for (_, future), reply in zip(batch, replies, strict=True):
                _settle(future, reply)

    async def _send(self, commands: list[Command]) -> list[Any]:
        """With `wait_replicas`, nothing is answered that fewer replicas have."""
        if not self._wait_replicas:
            return await self._link.call_many(commands)
        wait = ("WAIT", self._wait_replicas, int(_WAIT_REPLICAS_S * 1000))
        *replies, have = await self._link.call_many([*commands, wait])
        if isinstance(have, int) and have >= self._wait_replicas:
            return replies
        said = f"{have} of {self._wait_replicas} replicas have this"
        if isinstance(have, Exception):
            said = str(have)
        missing = StoreUnavailable(f"the store cannot promise to keep it: {said}")
        return [reply if isinstance(reply, Exception) else missing for reply in replies]

    def _fail(self, batch: list[tuple[Command, asyncio.Future[Any]]], exc: Exception) -> None:
        for _, future in batch:
            _settle(future, exc)


def _settle(future: asyncio.Future[Any], outcome: Any) -> None:
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
