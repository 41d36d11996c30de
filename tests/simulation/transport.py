"""ModelTransport: a socket's write side with the flow control of asyncio's; its reader stalls."""

import asyncio
from collections.abc import Callable
from typing import Any


class ModelTransport(asyncio.Transport):
    """`on_write` sees what the server writes, `on_read` how much of it its reader has taken."""

    def __init__(
        self,
        on_write: Callable[[bytes], None],
        on_read: Callable[[], None],
        on_lost: Callable[[], None],
    ) -> None:
        super().__init__()
        self._on_write, self._on_read, self._on_lost = on_write, on_read, on_lost
        self._protocol: Any = None
        self._buffered = 0
        self._high, self._low = 64 * 1024, 16 * 1024
        self._is_paused = False
        self._is_stalled = False
        self._is_closing = False
        self._is_lost = False
        self.most_buffered = 0

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high, self._low = high or 0, low or 0
        self._maybe_pause()

    def get_write_buffer_size(self) -> int:
        return self._buffered

    def is_closing(self) -> bool:
        return self._is_closing

    def write(self, data: Any) -> None:
        if self._is_lost or not data:
            return
        self._on_write(data)
        if not self._is_stalled and not self._buffered:
            self._on_read()
            return
        self._buffered += len(data)
        self.most_buffered = max(self.most_buffered, self._buffered)
        self._maybe_pause()

    def _maybe_pause(self) -> None:
        if self._buffered > self._high and not self._is_paused:
            self._is_paused = True
            if self._protocol is not None:
                self._protocol.pause_writing()

    def stall(self) -> None:
        self._is_stalled = True

    def resume(self) -> None:
        """The reader takes all that waits."""
        self._is_stalled = False
        if self._buffered:
            self._buffered = 0
            self._on_read()
            if self._is_closing:
                self._lose()
            elif self._is_paused:
                self._is_paused = False
                self._protocol.resume_writing()

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            if not self._buffered:
                self._lose()

    def abort(self) -> None:
        self._is_closing = True
        self._buffered = 0
        self._lose()

    def _lose(self) -> None:
        if not self._is_lost:
            self._is_lost = True
            asyncio.get_running_loop().call_soon(self._connection_lost)

    def _connection_lost(self) -> None:
        self._protocol.connection_lost(None)
        self._on_lost()
