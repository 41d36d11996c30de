"""Large bodies of hooks become texts without holding up the event loop."""

import asyncio
from collections.abc import Mapping

from sse_chat.errors import Busy
from sse_chat.hooks.render import Rendered, render

# What nearly all senders post, and reading takes a millisecond or two.
_SMALL_BYTES = 32_768
_MAX_WAITING = 20


class HookRendering:
    """A large body is read in a thread, one at a time, so that a sender of many holds up others of
    its kind alone."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def render(self, headers: Mapping[str, str], body: bytes) -> Rendered:
        """Raises Malformed, BadText; Busy when too many wait."""
        if len(body) <= _SMALL_BYTES:
            return render(headers, body, self._max_bytes)
        if self._waiting >= _MAX_WAITING:
            raise Busy("too many large bodies at once; try again")
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(render, headers, body, self._max_bytes)
        finally:
            self._waiting -= 1
