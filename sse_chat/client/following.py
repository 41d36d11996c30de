"""Following: a loop over the entries of a room, or of many, that knows where it is."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Self

from sse_chat.client.entry_queue import Entry, EntryQueue
from sse_chat.client.follow import Follower
from sse_chat.client.history import Page


class Following(AsyncIterator[Entry]):
    """Made by `follow`. `contact` gives the first page, and is tried again by itself."""

    def __init__(
        self,
        queue: EntryQueue,
        contact: Callable[[], Awaitable[Page]],
        make_follower: Callable[[], Follower],
    ) -> None:
        self._queue = queue
        self._entries = _read(queue, contact, make_follower)

    @property
    def position(self) -> str | None:
        """For `after`, to go on after all that was taken, and no further, in another process too.

        None until there is one: before contact, and between the entries of `last`.
        """
        return self._queue.position

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Entry:
        return await anext(self._entries)

    async def aclose(self) -> None:
        await self._entries.aclose()


# No method: a loop that is left closes the generator at once, as nothing else holds it.
async def _read(
    queue: EntryQueue, contact: Callable[[], Awaitable[Page]], make_follower: Callable[[], Follower]
) -> AsyncGenerator[Entry]:
    page = await contact()
    if queue.position is None:
        for entry in page["events"]:
            yield entry
        queue.begin(page["cursor"])
    while True:
        async for entry in queue.while_running(make_follower()):
            yield entry
