"""Relay: a TCP link that can be cut, slowed, refused, and fall silent without an end."""

import asyncio
import contextlib

_PART = 64 * 1024


class Relay:
    """Listens on a port of its own and passes on to another."""

    def __init__(self, target_port: int) -> None:
        self.port = 0
        self.delay_s = 0.0
        # Clear it, and bytes go nowhere: both sides have a connection that is dead and open.
        self.flows = asyncio.Event()
        self.flows.set()
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """On the same port again after `stop`."""
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """No new connections; those that are open are cut."""
        if self._server is not None:
            self._server.close()
        self.cut()

    def cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            self._drop(writer)
            return
        self._writers.add(back)
        try:
            # Cancelled only when the loop ends, which would log each connection still open.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(self._pass_on(reader, back), self._pass_on(there, writer))
        finally:
            self._drop(writer)
            self._drop(back)

    async def _pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while part := await source.read(_PART):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                await self.flows.wait()
                target.write(part)
                await target.drain()
        # One side has ended: so does the other.
        target.close()

    def _drop(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        writer.close()
