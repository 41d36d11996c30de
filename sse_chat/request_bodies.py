"""Bodies: those of requests whose rest is yet to come, bounded in bytes and in time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from sse_chat.errors import BodyTimeout, Busy, Draining


class Bodies:
    """Bodies that wait for their rest, of all requests together: how many bytes, and how long."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._buffered_bytes = 0
        self._waits: set[asyncio.Timeout] = set()
        self._is_draining = False

    @contextlib.asynccontextmanager
    async def wait(self, timeout_s: float) -> AsyncIterator[None]:
        """For the rest of one; raises BodyTimeout, or Draining once the server stops."""
        try:
            async with asyncio.timeout(0 if self._is_draining else timeout_s) as wait:
                self._waits.add(wait)
                try:
                    yield
                finally:
                    self._waits.discard(wait)
        except TimeoutError as exc:
            if self._is_draining:
                raise Draining("the server is stopping; send it again") from exc
            raise BodyTimeout(f"the body did not end within {timeout_s} s") from exc

    def drain(self) -> None:
        """End all waits, and those to come."""
        self._is_draining = True
        now_s = asyncio.get_running_loop().time()
        for wait in self._waits:
            wait.reschedule(now_s)

    def reserve(self, count: int) -> None:
        """Raises Busy when these are too many; they must be released all the same."""
        self._buffered_bytes += count
        if self._buffered_bytes > self._most_bytes:
            raise Busy("too many request bodies at once; send it again")

    def release(self, count: int) -> None:
        self._buffered_bytes -= count


class BufferedBytes:
    """What one body that goes on and on holds of them at the moment."""

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self._count = 0

    def set(self, count: int) -> None:
        """Raises Busy when it holds more than before and that is too much; then set it to 0."""
        more, self._count = count - self._count, count
        if more > 0:
            self._bodies.reserve(more)
        else:
            self._bodies.release(-more)
