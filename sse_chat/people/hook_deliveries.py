"""HookDeliveries: a room's entries to the addresses that are to have them, in order, at least once.

One worker of one node sends, under a lease; where it is gone, another takes over in seconds.
"""

import asyncio
import logging
import secrets
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import httpcore

from sse_chat.errors import ChatError
from sse_chat.events import Entry
from sse_chat.feed.hub import Hub
from sse_chat.hooks.outgoing import (
    GIVE_UP_S,
    Network,
    Target,
    body_of,
    may_connect,
    retry_after_s,
    signed_headers_of,
)
from sse_chat.ids import EntryId, parse_id
from sse_chat.people.hook_delivery_slots import MAX_TRIES, HookDeliverySlots
from sse_chat.people.hooks_out import HooksOut
from sse_chat.store.hooks_out import HooksOutStore
from sse_chat.store.rooms import RoomStore
from sse_chat.turns import Turn

_log = logging.getLogger("sse_chat")
_LEASE_MS = 15_000
_LOOK_S = 3.0
_TIMEOUT_S = 10.0
_WAIT_S = 20.0
_PAGE = 100


class Refused(Exception):
    """The address is of a network that hooks may not reach."""


class Gone(Exception):
    """The receiver wants no more, or was away for too long."""


class PublicOnly(httpcore.AsyncNetworkBackend):
    """Connects to the address that was checked, so that a name cannot change in between."""

    def __init__(self, networks: Iterable[Network]) -> None:
        self._networks = tuple(networks)
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface's own
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(each[4][0]) for each in found]
        allowed = [address for address in addresses if may_connect(address, self._networks)]
        if not allowed:
            raise Refused(f"{host} is at {', '.join(addresses[:3])}; see --hook-networks")
        return await self._inner.connect_tcp(
            allowed[0], port, timeout, local_address, socket_options
        )

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class HookDeliveries:
    """`clock`: seconds since 1970, which a restart does not set back."""

    def __init__(
        self,
        hooks_out: HooksOut,
        positions: HooksOutStore,
        rooms: RoomStore,
        hub: Hub,
        networks: Iterable[Network],
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        # Whoever waits for a connection of the pool has not been tried yet.
        self._slots = HookDeliverySlots()
        self._hooks_out = hooks_out
        self._positions = positions
        self._rooms = rooms
        self._hub = hub
        self._networks = tuple(networks)
        self._holder = secrets.token_hex(8)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Runs until cancelled."""
        backend = PublicOnly(self._networks)
        async with httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=MAX_TRIES,
            keepalive_expiry=30,
            network_backend=backend,
        ) as pool:
            held_until_s = 0.0
            try:
                while True:
                    try:
                        began_s = time.monotonic()
                        if await self._positions.hold_lease(self._holder, _LEASE_MS):
                            held_until_s = began_s + _LEASE_MS / 1000
                            await self._reconcile(pool)
                        else:
                            self._end_all()
                    except ChatError as exc:
                        _log.warning("outgoing hooks wait: %s", exc.detail)
                    if time.monotonic() > held_until_s - _LOOK_S:
                        self._end_all()
                    await asyncio.sleep(_LOOK_S)
            finally:
                self._end_all()

    def _end_all(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        self._tasks = {}

    async def _reconcile(self, pool: httpcore.AsyncConnectionPool) -> None:
        targets = {hook.hook_id: hook for hook in await self._hooks_out.list_all()}
        self._slots.forget_all_but(targets)
        for hook_id in self._tasks.keys() - targets.keys():
            self._tasks.pop(hook_id).cancel()
        for hook_id, target in targets.items():
            task = self._tasks.get(hook_id)
            if task is None or task.done():
                self._tasks[hook_id] = asyncio.create_task(
                    self._deliver(target, pool), name=f"hook {hook_id}"
                )

    async def _deliver(self, target: Target, pool: httpcore.AsyncConnectionPool) -> None:
        try:
            position = parse_id(await self._positions.position(target.hook_id) or target.begin)
            while True:
                position = await self._deliver_page(target, pool, position)
        except Gone as exc:
            _log.warning("outgoing hook %s of %s ended: %s", target.hook_id, target.room, exc)
            await self._hooks_out.revoke(target.hook_id, why=f": {exc}")
        except ChatError as exc:
            _log.warning(
                "outgoing hook %s of %s waits: %s", target.hook_id, target.room, exc.detail
            )
        except Exception:
            _log.exception("outgoing hook %s of %s failed", target.hook_id, target.room)

    async def _deliver_page(
        self, target: Target, pool: httpcore.AsyncConnectionPool, position: EntryId
    ) -> EntryId:
        """The position after what there was; waits where there was nothing."""
        page = await self._rooms.read_after(target.room, position, _PAGE)
        if not page.entries:
            if page.gap:
                position = page.ends.newest
                await self._positions.move(target.hook_id, str(position))
            await self._hub.wait_beyond(target.room, position, _WAIT_S)
            return position
        turn = Turn()
        for entry in page.entries:
            await turn.give_way()
            if target.matches(entry):
                await self._send_until_taken(target, entry, pool)
                await self._positions.move(target.hook_id, str(entry.id))
        last = page.entries[-1].id
        await self._positions.move(target.hook_id, str(last))
        return last

    async def _send_until_taken(
        self, target: Target, entry: Entry, pool: httpcore.AsyncConnectionPool
    ) -> None:
        body, failures = body_of(entry), 0
        failing_since_s = await self._positions.failing_since_s(target.hook_id)
        while problem := await self._try(target, entry.id, body, pool):
            failures += 1
            wait_s = retry_after_s(failures)
            if failing_since_s is None:
                failing_since_s = int(self._clock())
                await self._positions.note_failing(target.hook_id, failing_since_s)
            if self._clock() + wait_s - failing_since_s > GIVE_UP_S:
                raise Gone(f"given up after three days: {problem}")
            _log.info("outgoing hook %s: %s; next try in %d s", target.hook_id, problem, wait_s)
            await self._sleep(wait_s)
        if failing_since_s is not None:
            await self._positions.note_failing(target.hook_id, None)

    async def _try(
        self, target: Target, entry_id: EntryId, body: bytes, pool: httpcore.AsyncConnectionPool
    ) -> str:
        """What was wrong, "" when it was taken; raises Gone."""
        headers = list(signed_headers_of(target, entry_id, body, int(self._clock())).items())
        try:
            async with (
                self._slots.take(target.room, target.hook_id),
                asyncio.timeout(_TIMEOUT_S),
                pool.stream("POST", target.url, headers=headers, content=body) as response,
            ):
                status = response.status
        except TimeoutError:
            return f"no answer within {_TIMEOUT_S:.0f} s"
        except (Refused, OSError, ValueError, httpcore.NetworkError) as exc:
            return f"not reached: {exc}"
        except (httpcore.ProtocolError, httpcore.TimeoutException, httpcore.ProxyError) as exc:
            return f"no answer: {exc}"
        if status == 410:
            raise Gone("the receiver answered 410")
        return "" if 200 <= status < 300 else f"the receiver answered {status}"
