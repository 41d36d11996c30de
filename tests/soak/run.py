"""One soak: a server with its own store, readers of all kinds, writers, samples, a verdict."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx

from tests.faults.checker import Told, check
from tests.faults.followers import (
    EventFollower,
    Follower,
    Poller,
    PostFollower,
    TextFollower,
)
from tests.faults.load import Writer
from tests.faults.rest import come_to_rest
from tests.soak.samples import Sample, Sampler
from tests.soak.verdict import Trend, judge, objections
from tests.support.programs import free_port

ROOMS = ["lobby", "ops", "random"]
_READY_S = 30
_SETTLE_S = 60
_FLAGS = ("--workers", "2", "--limits", "off", "--rotate", "30", "--retention", "500")
_KINDS = (EventFollower, Follower, EventFollower, PostFollower, Poller, EventFollower, Poller)


@dataclass(frozen=True, slots=True)
class Plan:
    minutes: float = 30
    readers: int = 50
    posts_per_s: float = 24
    sample_s: float = 5
    seed: int = 1


@dataclass(slots=True)
class Outcome:
    plan: Plan
    objections: list[str] = field(default_factory=list)
    trends: list[Trend] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        counts = ", ".join(f"{count:,} {name}" for name, count in self.counts.items())
        verdict = "\n".join(self.objections[:20]) or "flat, and no objection"
        return "\n".join(
            [f"{self.plan.minutes:g} minutes: {counts}", *map(str, self.trends), verdict]
        )


async def soak(folder: Path, plan: Plan) -> Outcome:
    outcome = Outcome(plan)
    async with _server(folder) as (process, port):
        sampler = Sampler(process.pid)
        sampling = asyncio.create_task(sampler.run(plan.sample_s))
        await _load(plan, port, outcome)
        sampling.cancel()
    outcome.samples = sampler.samples
    outcome.trends = judge(sampler.samples, plan.posts_per_s * 60)
    outcome.objections += objections(sampler.samples, outcome.trends)
    return outcome


@contextlib.asynccontextmanager
async def _server(folder: Path) -> AsyncIterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    process = _start(folder, port)
    try:
        async with httpx.AsyncClient() as client, asyncio.timeout(_READY_S):
            while not await _is_ready(client, port):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        yield process, port
    finally:
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, 20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "sse_chat", "serve", "--port", str(port)]
    with (folder / "output.txt").open("wb") as output:
        return subprocess.Popen(
            [*command, "--data", str(folder / "data"), *_FLAGS],
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


async def _is_ready(client: httpx.AsyncClient, port: int) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
    return False


async def _load(plan: Plan, port: int, outcome: Outcome) -> None:
    random = Random(plan.seed)
    writers = [Writer(f"w{number}", ROOMS, lambda: port, random) for number in range(6)]
    followers = _followers(plan, port)
    is_over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        reading = [group.create_task(follower.run()) for follower in followers]
        moving = [
            group.create_task(_come_and_go(follower, random, plan.minutes * 3))
            for follower in followers[::8]
            if not isinstance(follower, TextFollower)
        ]
        pause_s = len(writers) / plan.posts_per_s
        writing = [group.create_task(writer.run(pause_s, is_over)) for writer in writers]
        await asyncio.sleep(plan.minutes * 60)
        is_over.set()
        for task in moving:
            task.cancel()
        await asyncio.gather(*writing)
        settle_s = _SETTLE_S + plan.minutes * 3
        outcome.objections += await come_to_rest(writers[0], followers, ROOMS, settle_s)
        for task in reading:
            task.cancel()
    _check(writers, followers, outcome)


def _followers(plan: Plan, port: int) -> list[Follower]:
    """Of every kind in every room; a tenth reads text, which is never rotated."""
    found: list[Follower] = []
    for number in range(plan.readers):
        kind = TextFollower if number % 10 == 9 else _KINDS[number % len(_KINDS)]
        pause_s = 0.1 if number % 12 == 11 else 0.0
        name = f"{kind.__name__} {number}"
        found.append(kind(name, ROOMS[number % len(ROOMS)], lambda: port, pause_s))
    return found


async def _come_and_go(follower: Follower, random: Random, most_away_s: float) -> None:
    """In a long run away for so long that the place is trimmed meanwhile. Until cancelled."""
    while True:
        await asyncio.sleep(random.uniform(1, 15))
        follower.hang_up(random.choice([0.1, 2.0, most_away_s]))


def _check(writers: list[Writer], followers: list[Follower], outcome: Outcome) -> None:
    posts = [post for writer in writers for post in writer.posts]
    ids = {post.text: each for post in posts for each in post.ids}
    for follower in followers:
        if isinstance(follower, TextFollower):
            follower.add_ids(ids)
            if follower.connections > 1:
                outcome.objections.append(f"{follower.notes.name} was cut off")
    outcome.objections += check(posts, [follower.notes for follower in followers])
    told = [event for each in followers for event in each.notes.events if isinstance(event, Told)]
    outcome.counts.update(
        posts=sum(post.outcome == "acknowledged" for post in posts),
        deliveries=sum(follower.seen for follower in followers),
        connections=sum(follower.connections for follower in followers),
        rotations=sum(len(follower.byes["rotate"]) for follower in followers),
        gaps=len(told),
    )
    if any(event.reason != "trimmed" for event in told):
        outcome.objections.append("a reset was told, but this store never loses what it answered")
