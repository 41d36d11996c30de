"""Flow: both directions of a transport, each of which may have to wait."""

import asyncio


class Flow:
    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._is_read_paused = False
        self._writable: asyncio.Event | None = None

    @property
    def is_write_paused(self) -> bool:
        return self._writable is not None

    def pause_reading(self) -> None:
        if not self._is_read_paused:
            self._is_read_paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if self._is_read_paused:
            self._is_read_paused = False
            self._transport.resume_reading()

    def pause_writing(self) -> None:
        self._writable = self._writable or asyncio.Event()

    def resume_writing(self) -> None:
        if self._writable is not None:
            self._writable.set()
            self._writable = None

    async def drain(self) -> None:
        """Until the client takes more, or is gone."""
        if self._writable is not None:
            await self._writable.wait()
