"""What holds the event loop is counted, and the log names it."""

import asyncio
import logging
import time

import pytest

from sse_chat.counts import Counts
from sse_chat.server.loop_watch import LoopWatch

LIMIT_S = 0.05


def _work(used_s: float) -> None:
    """Of processor time, whatever else the machine does."""
    until_s = time.thread_time() + used_s
    while time.thread_time() < until_s:
        pass


async def _search(request: object) -> None:
    _work(4 * LIMIT_S)


class _Request:
    def __init__(self, path: str) -> None:
        self.scope = {"method": "GET", "path": path}


async def _ticks(counts: Counts, count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0.03)


@pytest.mark.parametrize(
    ("path", "shown"),
    [("/chat/lobby/search", "GET '/chat/lobby/search'"), ("/invite/abcdef", "GET '/invite/…'")],
)
def test_a_hold_is_counted_and_named(
    path: str, shown: str, caplog: pytest.LogCaptureFixture
) -> None:
    counts = Counts()

    async def main() -> None:
        watch = LoopWatch(counts, LIMIT_S)
        watch.start()
        await _ticks(counts, 2)
        assert counts.loop_holds == 0
        await _search(_Request(path))
        await _ticks(counts, 2)
        watch.stop()

    with caplog.at_level(logging.WARNING, "sse_chat.loop"):
        asyncio.run(main())
    assert counts.loop_holds == 1
    assert counts.longest_hold_s > LIMIT_S
    [line] = [record.getMessage() for record in caplog.records]
    assert "the event loop was held for" in line
    assert shown in line


def test_a_hold_of_a_loop_that_was_idle_is_counted() -> None:
    counts = Counts()

    async def main() -> None:
        watch = LoopWatch(counts, LIMIT_S)
        watch.start()
        async with asyncio.timeout(60):
            while not watch._is_idle:  # noqa: ASYNC110
                await asyncio.sleep(0.03)
        _work(4 * LIMIT_S)
        await _ticks(counts, 5)
        watch.stop()

    asyncio.run(main())
    assert counts.loop_holds == 1


def test_time_that_the_machine_gives_to_others_is_no_hold() -> None:
    counts = Counts()

    async def main() -> None:
        watch = LoopWatch(counts, LIMIT_S)
        watch.start()
        await _ticks(counts, 1)
        # The thread sleeps, as one does whose processor is somebody else's.
        time.sleep(4 * LIMIT_S)  # noqa: ASYNC251
        await _ticks(counts, 2)
        watch.stop()

    asyncio.run(main())
    assert counts.loop_holds == 0


def test_work_in_many_steps_is_no_hold() -> None:
    counts = Counts()

    async def main() -> None:
        watch = LoopWatch(counts, LIMIT_S)
        watch.start()
        for _ in range(40):
            _work(0.005)
            await asyncio.sleep(0)
        watch.stop()

    asyncio.run(main())
    assert counts.loop_holds == 0
