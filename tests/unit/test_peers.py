"""Workers of one server: none listens long before the others."""

import asyncio
from pathlib import Path

import pytest

from sse_chat.metrics import peers
from sse_chat.metrics.peers import Peers
from tests.support.waiting import WAIT_S


@pytest.fixture(autouse=True)
def no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """None goes on because it has waited long enough."""
    monkeypatch.setattr(peers, "_TOGETHER_S", 3600)


def test_a_worker_waits_until_as_many_as_there_are_to_be_are_here(tmp_path: Path) -> None:
    async def run() -> None:
        first, second = Peers(tmp_path, list), Peers(tmp_path, list)
        # Both are of this process, and a worker is called after its own.
        second._name = "second"
        async with first.serve():
            waiting = asyncio.create_task(first.wait(2))
            for _ in range(10):
                await asyncio.sleep(0)
            assert not waiting.done()
            async with second.serve(), asyncio.timeout(WAIT_S):
                await second.wait(2)
                await waiting

    asyncio.run(run())


def test_a_worker_that_is_alone_waits_for_nobody(tmp_path: Path) -> None:
    async def run() -> None:
        alone = Peers(tmp_path, list)
        async with alone.serve(), asyncio.timeout(WAIT_S):
            await alone.wait(1)
            await Peers(None, list).wait(2)

    asyncio.run(run())
