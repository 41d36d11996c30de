"""A growing message that its sender never ends."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sse_chat.request_bodies import Bodies
from sse_chat.web.messages import growing


class Taken:
    raw = b""

    async def add(self, chunk: bytes) -> None:
        self.raw += chunk


async def read_without_end(bodies: Bodies) -> tuple[bool, bytes]:
    async def stream() -> AsyncIterator[bytes]:
        while True:
            yield b"a"
            # Long pauses, so that it is in one of them when its time is over.
            await asyncio.sleep(600)

    services = SimpleNamespace(hub=SimpleNamespace(is_draining=asyncio.Event()), bodies=bodies)
    app = SimpleNamespace(state={"services": services})
    request: Any = SimpleNamespace(scope={"app": app}, stream=stream)
    taken = Taken()
    is_unfinished = await growing._take(request, cast(Any, taken))
    # Nobody goes on reading the body.
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)
    return is_unfinished, taken.raw


@pytest.mark.timeout(60)
def test_it_is_unfinished_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "_MAX_S", 0.2)
    bodies = Bodies(1_000_000)
    is_unfinished, raw = asyncio.run(read_without_end(bodies))
    assert is_unfinished
    assert raw.strip(b"a") == b""
    # Nothing is held for it any longer.
    bodies.reserve(1_000_000)
