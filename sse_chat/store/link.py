"""One connection to the store. Maps redis-py's errors to ours.

redis-py makes the connection (URL, TLS, AUTH, SELECT); its command layer, which costs more
than the store itself, is left out.
"""

import asyncio
import contextlib
from typing import Any

from redis.asyncio import Connection, UnixDomainSocketConnection

from sse_chat.errors import StoreUnavailable
from sse_chat.store.commands import is_repeatable
from sse_chat.store.confirming import check_confirmed, confirmation
from sse_chat.store.refusals import (
    FAILED,
    LOST,
    REFUSED,
    is_elsewhere,
    map_failure,
    map_refusal,
)
from sse_chat.store.resp import Command, pack

CONNECT_TIMEOUT_S = 3.0
REPLY_TIMEOUT_S = 5.0


class Link:
    """A connection that is made when first used and made again after a failure.

    `wait_replicas`: nothing that may have been written is answered that fewer replicas have.
    """

    def __init__(
        self,
        connection: Connection | UnixDomainSocketConnection,
        pool: object = None,
        *,
        wait_replicas: int = 0,
    ) -> None:
        self._connection = connection
        self._wait_replicas = wait_replicas
        # Behind Sentinel the connection asks its pool for the master, and holds it weakly.
        self._pool = pool

    async def call(self, *command: str | bytes | int, timeout_s: float = REPLY_TIMEOUT_S) -> Any:
        """The reply; raises StoreUnavailable, StoreRefused, StoreFull."""
        (reply,) = await self.call_many([command], timeout_s=timeout_s)
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def call_many(
        self, commands: list[Command], *, timeout_s: float = REPLY_TIMEOUT_S
    ) -> list[Any]:
        """All commands in one write, the replies in order; what the store refused is a reply.

        Such a reply is a StoreFull, a StoreRefused or another StoreUnavailable.
        """
        asked = confirmation(commands, self._wait_replicas)
        try:
            async with asyncio.timeout(timeout_s):
                replies = await self._exchange([*commands, *asked], is_whole=bool(asked))
        except FAILED as exc:
            await self.close()
            raise map_failure(exc) from exc
        except BaseException:
            # Cancelled between sending and reading: a later reply would answer the wrong call.
            await self.close()
            raise
        if any(map(is_elsewhere, replies)):
            # Demoted, or still starting: the next call must look for the store anew.
            await self.close()
        return check_confirmed(replies, self._wait_replicas) if asked else replies

    async def _exchange(self, commands: list[Command], *, is_whole: bool) -> list[Any]:
        """On the connection there is; what is safe to repeat, once more where that was lost.

        `is_whole`: all of it then, as the confirmation speaks of its own connection alone.
        """
        if await self.was_closed():
            # By a store that closes what is idle: nothing was sent, so nothing is repeated.
            await self.close()
        is_reused = self._connection.is_connected
        replies: list[Any] = []
        try:
            await self._send(commands, replies)
        except LOST:
            rest = commands[len(replies) :]
            if not is_reused or not any(map(is_repeatable, rest)):
                raise
            if is_whole:
                replies, rest = [], commands
            await self.close()
            replies += await self._send_again(rest)
        return replies

    async def _send(self, commands: list[Command], replies: list[Any]) -> None:
        """The replies are added as they come, so that it is known how far it got."""
        connection = self._connection
        if not connection.is_connected:
            await connection.connect()  # type: ignore[no-untyped-call]
        await connection.send_packed_command([b"".join(map(pack, commands))], check_health=False)
        for _ in commands:
            replies.append(await self._read_reply())

    async def _send_again(self, commands: list[Command]) -> list[Any]:
        again: list[Any] = []
        await self._send([each for each in commands if is_repeatable(each)], again)
        lost = StoreUnavailable("the connection to the store was lost; this may be done, or not")
        answers = iter(again)
        return [next(answers) if is_repeatable(command) else lost for command in commands]

    async def was_closed(self) -> bool:
        """Whether the other side has ended the connection while nothing was under way."""
        # Nothing is owed then, so all that can be read is its end.
        return self._connection.is_connected and await self._connection.can_read()

    async def _read_reply(self) -> Any:
        try:
            # The time-out of the whole exchange holds; none per reply.
            return await self._connection.read_response(timeout=float("inf"))
        except REFUSED as exc:
            return map_refusal(exc)

    async def close(self) -> None:
        with contextlib.suppress(*FAILED):
            await self._connection.disconnect(nowait=True)
