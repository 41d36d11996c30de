"""SyncRoom: Room for programs without an event loop.

with SyncRoom("https://chat.example/chat/lobby", user="ci:SECRET") as room:
    if room.ask("Deploy?", ["yes", "no"], timeout_s=600) == "yes":
        deploy()
"""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any, Self, TypeVar

from sse_chat.client.room import Entry, Room

T = TypeVar("T")


class SyncRoom:
    """Arguments and methods are those of Room. Not for use inside of a running event loop."""

    def __init__(self, room: str, **options: Any) -> None:
        self._room = Room(room, **options)
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        self._run(self._room.__aenter__())
        return self

    def __exit__(self, *failure: object) -> None:
        try:
            self._run(self._room.__aexit__())
        finally:
            self._runner.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def say(self, text: str, **options: Any) -> Entry:
        return self._run(self._room.say(text, **options))

    def ask(self, text: str, choices: Sequence[str], **options: Any) -> str | None:
        return self._run(self._room.ask(text, choices, **options))

    def wait(self, **options: Any) -> Entry | None:
        return self._run(self._room.wait(**options))

    def follow(self, **options: Any) -> Iterator[Entry]:
        entries = self._room.follow(**options)

        async def take() -> Entry:
            return await anext(entries)

        try:
            while True:
                yield self._run(take())
        finally:
            self._run(_close(entries))


async def _close(entries: Any) -> None:
    await entries.aclose()
