"""A relay of the tests' own: HTTP/1.1 before the server, with the habits of a path.

Pages and what they are made of pass as they are: a browser that cannot load the page has no page.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import h11

from tests.proxies.exchange import Exchange, Gone, Memory, Sender
from tests.proxies.habits import PLAIN, Habits
from tests.proxies.messages import Asked


@dataclass
class Gate:
    """Lets so many requests of one client in at a time, in turn."""

    active: int = 0
    waiting: list[asyncio.Future[None]] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def passing(self, limit: int) -> AsyncIterator[None]:
        if limit and self.active >= limit:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn in self.waiting:
                    self.waiting.remove(turn)
                else:
                    self.open()
                raise
        self.active += 1
        try:
            yield
        finally:
            self.active -= 1
            self.open()

    def open(self) -> None:
        if self.waiting:
            turn = self.waiting.pop(0)
            if not turn.done():
                turn.set_result(None)

    def open_all(self) -> None:
        while self.waiting:
            self.open()


class Relay:
    """`change` gives it other habits; what is open keeps those with which it began."""

    def __init__(self, origin_port: int, rng: random.Random, source: str = "127.0.0.1") -> None:
        self.habits = PLAIN
        self.memory = Memory(rng, origin_port, source)
        self._servers: list[asyncio.Server] = []
        self._gates: list[Gate] = []
        self._open: set[asyncio.Task[None]] = set()

    async def listen(self) -> int:
        """A port for one client: its requests are counted by themselves."""
        gate = Gate()
        self._gates.append(gate)

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._open.add(task)
            try:
                await _Connection(self, gate, reader, writer).run()
            except (OSError, Gone, h11.ProtocolError, asyncio.CancelledError):
                pass
            finally:
                self._open.discard(task)
                writer.close()

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        self._servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    def change(self, habits: Habits, *, cuts_open: bool) -> None:
        self.habits = habits
        self.memory.cache.clear()
        for gate in self._gates:
            gate.open_all()
        if cuts_open:
            for task in self._open:
                task.cancel()

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        self.change(PLAIN, cuts_open=True)
        await asyncio.gather(*self._open, return_exceptions=True)


class _Connection:
    def __init__(
        self,
        relay: Relay,
        gate: Gate,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._relay = relay
        self._gate = gate
        self._reader = reader
        self._writer = writer
        self._rest = b""

    async def run(self) -> None:
        while (asked := await self._read_request()) is not None:
            habits = PLAIN if asked.is_page else self._relay.habits
            answering = asyncio.ensure_future(self._answer(asked, habits))
            hearing = asyncio.ensure_future(self._reader.read(65_536))
            try:
                await asyncio.wait((answering, hearing), return_when=asyncio.FIRST_COMPLETED)
                if hearing.done() and not hearing.result():
                    return
                if not await answering:
                    return
            finally:
                for task in (answering, hearing):
                    task.cancel()
                _, heard = await asyncio.gather(answering, hearing, return_exceptions=True)
                self._rest += heard if isinstance(heard, bytes) else b""

    async def _answer(self, asked: Asked, habits: Habits) -> bool:
        """Whether the connection goes on."""
        async with self._gate.passing(habits.connections):
            exchange = Exchange(self._relay.memory, habits, asked, Sender(self._writer))
            return await exchange.run()

    async def _read_request(self) -> Asked | None:
        parser = h11.Connection(h11.SERVER)
        request: h11.Request | None = None
        body = b""
        if self._rest:
            parser.receive_data(self._rest)
        while True:
            event = parser.next_event()
            if event is h11.NEED_DATA:
                data = await self._reader.read(65_536)
                if not data and request is None:
                    return None
                parser.receive_data(data)
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage) and request is not None:
                self._rest = parser.trailing_data[0]
                return Asked(request.method, request.target, list(request.headers), body)
            else:
                return None
