"""One run: a site under load, faults one after the other, then peace, then the verdict."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx

from tests.faults.breaking import FAULTS, Scene
from tests.faults.checker import Told, check
from tests.faults.followers import Follower
from tests.faults.load import Writer
from tests.faults.site import Site

ROOMS = ["lobby", "ops", "random"]
_SETTLE_S = 60


@dataclass(slots=True)
class Report:
    seed: int
    seconds: float
    objections: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    unknown: int = 0
    deliveries: int = 0
    connections: int = 0
    gaps: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        kinds = ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items()))
        verdict = "\n".join(self.objections[:20]) or "no objection"
        return (
            f"seed {self.seed}, {self.seconds:.0f} s, {self.faults.total()} faults ({kinds})\n"
            f"{self.acknowledged:,} posts acknowledged, {self.unknown} open, "
            f"{self.deliveries:,} deliveries over {self.connections:,} connections, "
            f"gaps {dict(self.gaps)}\n{verdict}"
        )


async def run(
    folder: Path, *, seed: int, seconds: float, readers: int = 30, posts_per_s: float = 40
) -> Report:
    random = Random(seed)
    site = Site(folder, random)
    report = Report(seed, seconds)
    try:
        await site.start()
        await _break_under_load(site, random, report, readers, posts_per_s)
    finally:
        site.stop()
    return report


async def _break_under_load(
    site: Site, random: Random, report: Report, readers: int, posts_per_s: float
) -> None:
    writers = [Writer(f"w{number}", ROOMS, site.any_port, random) for number in range(8)]
    followers = [
        # Every sixth dawdles, so that it falls out of the window and reads pages.
        Follower(f"r{n}", ROOMS[n % 3], site.any_port, 0.15 if n % 6 == 5 else 0.0)
        for n in range(readers)
    ]
    is_over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        reading = [group.create_task(follower.run()) for follower in followers]
        pause_s = len(writers) / posts_per_s
        writing = [group.create_task(writer.run(pause_s, is_over)) for writer in writers]
        await _break(Scene(site, followers, random), report)
        await site.wait_ready()
        is_over.set()
        await asyncio.gather(*writing)
        await _come_to_rest(site, writers[0], followers, report)
        for task in reading:
            task.cancel()
    _judge(writers, followers, report)


async def _break(scene: Scene, report: Report) -> None:
    deadline_s = time.monotonic() + report.seconds
    await scene.wait(1, 2)
    while time.monotonic() < deadline_s:
        fault = scene.random.choice(FAULTS)
        report.faults[fault.__name__] += 1
        await fault(scene)
        await scene.wait(0.2, 2.5)


async def _come_to_rest(
    site: Site, writer: Writer, followers: list[Follower], report: Report
) -> None:
    """A last post in each room; all must come to see it."""
    async with httpx.AsyncClient(timeout=20) as client:
        for room in ROOMS:
            await writer.post(client, room, until=asyncio.Event())
    last = {post.room: post.text for post in writer.posts[-len(ROOMS) :]}
    for follower in followers:
        follower.hurry()
    try:
        async with asyncio.timeout(_SETTLE_S):
            while any(  # noqa: ASYNC110
                each.last_text != last[each.notes.room] for each in followers
            ):
                await asyncio.sleep(0.2)
    except TimeoutError:
        stuck = [each.notes.name for each in followers if each.last_text != last[each.notes.room]]
        report.objections.append(f"{_SETTLE_S} s after the last fault {stuck} lag behind")


def _judge(writers: list[Writer], followers: list[Follower], report: Report) -> None:
    posts = [post for writer in writers for post in writer.posts]
    report.objections += check(posts, [follower.notes for follower in followers])
    report.acknowledged = sum(post.outcome == "acknowledged" for post in posts)
    report.unknown = sum(post.outcome == "unknown" for post in posts)
    report.deliveries = sum(follower.seen for follower in followers)
    report.connections = sum(follower.connections for follower in followers)
    for follower in followers:
        report.gaps.update(
            event.reason for event in follower.notes.events if isinstance(event, Told)
        )
    if report.gaps["reset"]:
        report.objections.append("a reset was told, but this store never loses what it answered")
