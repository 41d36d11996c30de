"""ModelLink: a connection to the model of the store, with any delay and any loss."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from sse_chat.errors import StoreUnavailable
from sse_chat.ids import EntryId
from sse_chat.store.commands import is_repeatable
from sse_chat.store.link import REPLY_TIMEOUT_S, Link
from sse_chat.store.records import read_id
from sse_chat.store.refusals import StoreLost
from sse_chat.store.resp import Command
from sse_chat.store.scripts import load_script
from tests.simulation.store import KEYS, ModelStore
from tests.simulation.stream import Row

_PAGE = load_script("read_page")
_QUOTED = load_script("read_quoted")

_SLOW_MS = 1500


class Network:
    """How the way to the store is: `calm`, `away`, `slow` or `lossy`."""

    def __init__(self, chance: random.Random, met: Counter[str], *, delay_ms: int) -> None:
        self.mode = "calm"
        self.cuts = 0
        self.hanging = 0
        """Calls that wait for longer than in calm."""
        self._chance = chance
        self._met = met
        self._delay_ms = delay_ms
        self._under_way: dict[asyncio.Future[None], None] = {}

    def delay_s(self) -> float:
        """One way."""
        most_ms = _SLOW_MS if self.mode == "slow" else self._delay_ms
        return int(self._chance.random() * (most_ms + 1)) / 1000 if most_ms else 0.0

    def is_lost(self) -> bool:
        lost = self.mode == "lossy" and self._chance.random() < 0.3
        self._met["lost requests and replies"] += lost
        return lost

    def cut(self) -> None:
        """Every call that is under way fails at once, and the next on each connection."""
        self._met["cuts"] += 1
        self.cuts += 1
        for future in self._under_way:
            _settle(future)

    async def wait(self, seconds: float | None, until: asyncio.Future[None] | None = None) -> None:
        """For so long, or until the future is done; raises StoreUnavailable when cut."""
        loop = asyncio.get_running_loop()
        future = until or loop.create_future()
        cuts = self.cuts
        self._under_way[future] = None
        timer = None if seconds is None else loop.call_later(seconds, _settle, future)
        try:
            await future
        finally:
            del self._under_way[future]
            if timer is not None:
                timer.cancel()
        if cuts < self.cuts:
            raise StoreLost("cut")


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class ModelLink(Link):
    """Answers the commands that the feed side sends; each acts at one moment of its way."""

    def __init__(self, store: ModelStore, network: Network, met: Counter[str]) -> None:
        self._store = store
        self._network = network
        self._met = met
        self._cuts = 0
        self._calls = 0
        self._arrivals: dict[asyncio.Future[None], None] = {}
        self._commands: dict[str, Callable[[Command], Any]] = {
            "EVALSHA": self._script,
            "SET": self._set_mark,
            "GET": lambda command: store.kept.strings.get(str(command[1])),
            "XRANGE": self._oldest,
            "XREVRANGE": self._newest,
        }
        self._scripts = {_PAGE.sha: self._page, _QUOTED.sha: self._quoted}

    async def call_many(
        self, commands: list[Command], *, timeout_s: float = REPLY_TIMEOUT_S
    ) -> list[Any]:
        self._calls += 1
        try:
            if self._cuts < self._network.cuts:
                raise StoreLost("the connection is gone")
            return await self._exchange_by(commands, timeout_s)
        except StoreUnavailable:
            if self._cuts < self._network.cuts and all(map(is_repeatable, commands)):
                # As the real one does, on a fresh connection.
                self._cuts = self._network.cuts
                return await self._exchange_by(commands, timeout_s)
            # The next call connects again.
            self._cuts = self._network.cuts
            raise
        finally:
            self._calls -= 1

    @property
    def is_quiet(self) -> bool:
        """Nothing is under way."""
        return self._calls == 0

    @property
    def is_waiting(self) -> bool:
        """Nothing is under way but a read that waits for what has not come yet: all that came
        before has been read."""
        return self._calls == len(self._arrivals) == 1

    async def _exchange_by(self, commands: list[Command], timeout_s: float) -> list[Any]:
        if self._network.mode == "away":
            await asyncio.sleep(self._network.delay_s())
            raise StoreLost("the store is away")
        await self._travel(timeout_s)
        if commands[0][0] == "XREAD":
            replies = [await self._read_live(commands[0])]
        else:
            replies = [self._commands[str(command[0])](command) for command in commands]
        await self._travel(timeout_s)
        return replies

    async def close(self) -> None:
        """There is nothing to close."""

    async def _travel(self, timeout_s: float) -> None:
        network = self._network
        is_calm, is_lost = network.mode == "calm", network.is_lost()
        delay_s = timeout_s if is_lost else network.delay_s()
        network.hanging += not is_calm
        try:
            if delay_s:
                await network.wait(delay_s)
        finally:
            network.hanging -= not is_calm
        if is_lost:
            raise StoreUnavailable("no reply in time")

    def wake(self) -> None:
        """Something was appended: a read that blocks looks again."""
        for future in self._arrivals:
            _settle(future)

    async def _read_live(self, command: Command) -> list[Any]:
        count = int(command[4])
        names = command[6:]
        half = len(names) // 2
        wanted = [
            (key, read_id(str(position)))
            for key, position in zip(names[:half], names[half:], strict=True)
        ]
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + int(command[2]) / 1000
        while True:
            found = self._arrived(wanted, count)
            left_s = deadline_s - loop.time()
            if found or left_s <= 0:
                return found
            arrival = loop.create_future()
            self._arrivals[arrival] = None
            try:
                await self._network.wait(left_s, arrival)
            finally:
                del self._arrivals[arrival]

    def _arrived(self, wanted: list[Any], count: int) -> list[Any]:
        found = []
        for key, position in wanted:
            live = self._store.stream(key)
            rows = live.after(position)[:count]
            if rows:
                found.append([key, _flat(rows)])
                self._met["holes"] += position < rows[0].id and rows[0].id == live.ids[0]
        return found

    def _set_mark(self, command: Command) -> str | None:
        strings = self._store.kept.strings
        if command[1] in strings:
            return None
        strings[str(command[1])] = str(command[2])
        return "OK"

    def _oldest(self, command: Command) -> list[Any]:
        return _flat(self._store.stream(str(command[1])).rows[: int(command[5])])

    def _newest(self, command: Command) -> list[Any]:
        return _flat(self._store.stream(str(command[1])).rows[-int(command[5]) :][::-1])

    def _script(self, command: Command) -> Any:
        keys_count = int(command[2])
        keys, args = command[3 : 3 + keys_count], command[3 + keys_count :]
        return self._scripts[command[1]](keys, args)  # type: ignore[index]

    def _page(self, keys: Command, args: Command) -> list[Any]:
        store, key = self._store, str(keys[0])
        if key not in store.kept.streams:
            return [[]]
        store.trim_by_age(str(KEYS.room_of(key)))
        stream = store.stream(key)
        count = int(args[3])
        if args[0] == "XRANGE":
            self._met["reads of what follows"] += 1
            rows = stream.rows if args[1] == "-" else stream.after(read_id(str(args[1])[1:]))
            rows = rows[:count]
        else:
            self._met["reads of the newest"] += 1
            rows = stream.rows[-count:][::-1]
        is_kept = len(args) > 5 and stream.find(read_id(str(args[5]))) is not None
        meta = store.hash(str(keys[1]))
        ends = [meta.get(each) for each in ("first", "deleted", "trimmed", "trimmed_count")]
        return [_flat(rows), store.info(key), ends, self._edits(keys, rows), int(is_kept), [], []]

    def _edits(self, keys: Command, rows: list[Row]) -> list[Any]:
        """The last one of each message that was edited: the message's id, the edit's fields."""
        edits = self._store.hash(str(keys[2]))
        found: list[Any] = []
        for row in rows:
            ids = edits.get(row.stored_id)
            newest = self._store.stream(str(keys[0])).find(_last_of(ids)) if ids else None
            if newest is not None:
                found += [row.stored_id, newest.fields]
        return found

    def _quoted(self, keys: Command, args: Command) -> list[Any]:
        stream, edits = self._store.stream(str(keys[0])), self._store.hash(str(keys[1]))
        found: list[Any] = []
        for stored_id in map(str, args):
            row = stream.find(read_id(stored_id))
            if row is not None and "kind" not in row.fields[::2]:
                ids = edits.get(stored_id)
                newest = stream.find(_last_of(ids)) if ids else None
                found += [stored_id, row.fields, (newest or row).fields]
        return found


def _flat(rows: list[Row]) -> list[Any]:
    return [[row.stored_id, row.fields] for row in rows]


def _last_of(ids: str) -> EntryId:
    return read_id(ids.split()[-1])
