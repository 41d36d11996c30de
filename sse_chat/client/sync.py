"""SyncRoom, SyncRooms: Room and Rooms for programs without an event loop.

with SyncRoom("https://chat.example/chat/lobby", user="ci:SECRET") as room:
    if room.ask("Deploy?", ["yes", "no"], timeout_s=600) == "yes":
        deploy()
"""

import asyncio
import weakref
from collections.abc import Coroutine, Generator, Iterator, Sequence
from typing import Any, Generic, Self, TypeVar

from sse_chat.client.calls import Calls
from sse_chat.client.entry_queue import Entry
from sse_chat.client.following import Following
from sse_chat.client.room import Room
from sse_chat.client.rooms import Rooms

T = TypeVar("T")
C = TypeVar("C", bound=Calls)


class _Loop:
    """The event loop of one connection, which runs while somebody waits for it."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._followings: weakref.WeakSet[SyncFollowing] = weakref.WeakSet()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def follow(self, following: Following) -> "SyncFollowing":
        twin = SyncFollowing(following, self)
        self._followings.add(twin)
        return twin

    def end_followings(self) -> None:
        for following in list(self._followings):
            following.close()

    def close(self) -> None:
        self._runner.close()


class _Sync(Generic[C]):
    def __init__(self, calls: C, loop: _Loop) -> None:
        self._calls = calls
        self._loop = loop

    def __enter__(self) -> Self:
        self._loop.run(self._calls.__aenter__())
        return self

    def __exit__(self, *failure: object) -> None:
        try:
            self._loop.end_followings()
            self._loop.run(self._calls.__aexit__())
        finally:
            self._loop.close()

    def wait(self, **options: Any) -> Entry | None:
        return self._loop.run(self._calls.wait(**options))

    def follow(self, **options: Any) -> "SyncFollowing":
        return self._loop.follow(self._calls.follow(**options))


class SyncRoom(_Sync[Room]):
    """Arguments and methods are those of Room. Not for use inside of a running event loop."""

    def __init__(self, room: str, **options: Any) -> None:
        super().__init__(Room(room, **options), _Loop())

    @classmethod
    def _of(cls, room: Room, loop: _Loop) -> Self:
        twin = cls.__new__(cls)
        _Sync.__init__(twin, room, loop)
        return twin

    @property
    def name(self) -> str:
        return self._calls.name

    def say(self, text: str, **options: Any) -> Entry:
        return self._loop.run(self._calls.say(text, **options))

    def ask(self, text: str, choices: Sequence[str], **options: Any) -> str | None:
        return self._loop.run(self._calls.ask(text, choices, **options))


class SyncRooms(_Sync[Rooms]):
    """Arguments and methods are those of Rooms. Not for use inside of a running event loop."""

    def __init__(self, *rooms: str, **options: Any) -> None:
        super().__init__(Rooms(*rooms, **options), _Loop())

    def room(self, name: str) -> SyncRoom:
        return SyncRoom._of(self._calls.room(name), self._loop)


class SyncFollowing(Iterator[Entry]):
    """As Following. Between two entries nothing is read; `close` ends it."""

    def __init__(self, following: Following, loop: _Loop) -> None:
        self._following = following
        self._entries = _take_all(following, loop)

    @property
    def position(self) -> str | None:
        return self._following.position

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Entry:
        return next(self._entries)

    def close(self) -> None:
        self._entries.close()


# No method: a loop that is left closes the generator at once, as nothing else holds it.
def _take_all(following: Following, loop: _Loop) -> Generator[Entry]:
    async def take() -> Entry:
        return await anext(following)

    try:
        while True:
            entry: Entry = loop.run(take())
            yield entry
    finally:
        loop.run(following.aclose())
