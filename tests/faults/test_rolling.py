"""Two nodes behind haproxy are restarted one after the other, under load."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from tests.faults.checker import check
from tests.faults.followers import Follower
from tests.faults.load import Writer
from tests.faults.single import SingleStore
from tests.faults.site import Site

pytestmark = pytest.mark.long

FEEDS = 200
WAIT_S = 120
BIN_S = 0.5


@dataclass
class Rolled:
    objections: list[str] = field(default_factory=list)
    waits_ms: list[int] = field(default_factory=list)
    # For each restart, how long after SIGTERM the feeds of that node began at the other.
    arrivals_s: list[list[float]] = field(default_factory=list)
    answered: int = 0


async def wait_until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def roll(folder: Path) -> Rolled:
    random = Random(7)
    site = Site(folder, random, SingleStore(folder))
    try:
        await site.start(workers=(1, 1))
        return await roll_under_load(site, random)
    finally:
        site.stop()


async def roll_under_load(site: Site, random: Random) -> Rolled:
    rolled = Rolled()
    writers = [Writer(f"w{n}", ["lobby"], lambda: site.proxy.port, random) for n in range(3)]
    followers = [Follower(f"r{n}", "lobby", lambda: site.proxy.port) for n in range(FEEDS)]
    is_over = asyncio.Event()
    reading = [asyncio.create_task(each.run()) for each in followers]
    writing = [asyncio.create_task(each.run(0.1, is_over)) for each in writers]
    await wait_until(lambda: all(each.seen > 5 for each in followers))
    for number, node in enumerate(site.nodes):
        began = len(writers[0].posts)
        here = [each for each in followers if each.arrivals[-1][1] == f"node{number}"]
        stopped_s = time.monotonic()
        await asyncio.to_thread(node.terminate)
        await wait_until(
            lambda here=here, at=stopped_s: all(each.arrivals[-1][0] > at for each in here)
        )  # type: ignore[misc]
        rolled.arrivals_s.append([each.arrivals[-1][0] - stopped_s for each in here])
        node.start()
        await site.wait_ready()
        await wait_until(lambda began=began: len(writers[0].posts) > began + 5)  # type: ignore[misc]
    is_over.set()
    await asyncio.gather(*writing)
    posts = [post for writer in writers for post in writer.posts]
    last = max(each for post in posts for each in post.ids)
    await wait_until(lambda: all(each.cursor == f"{last[0]}-{last[1]}" for each in followers))
    for task in reading:
        task.cancel()
    rolled.answered = sum(post.outcome == "acknowledged" for post in posts)
    rolled.waits_ms = [wait_ms for each in followers for wait_ms in each.byes["drain"]]
    rolled.objections = check(posts, [each.notes for each in followers])
    return rolled


def show(arrivals_s: list[float]) -> str:
    bins = Counter(int(each / BIN_S) for each in arrivals_s)
    return "\n".join(
        f"{at * BIN_S:.1f} s {bins[at]:4d} {'#' * bins[at]}" for at in range(max(bins) + 1)
    )


def test_a_rolling_restart_loses_nothing_and_sends_no_herd(tmp_path: Path) -> None:
    rolled = asyncio.run(roll(tmp_path))
    assert not rolled.objections
    assert rolled.answered > 30
    assert len(rolled.waits_ms) >= FEEDS
    assert len(set(rolled.waits_ms)) > len(rolled.waits_ms) * 0.8
    # A herd would be all of them in one; when they do come is the machine's affair.
    bins = Counter(wait_ms // 500 for wait_ms in rolled.waits_ms)
    assert max(bins.values()) < len(rolled.waits_ms) / 3
    for arrivals_s in rolled.arrivals_s:
        print(f"arrivals at the other node:\n{show(arrivals_s)}")
        assert len(arrivals_s) >= FEEDS / 3
