"""One run: a site under load, faults one after the other, then peace, then the verdict."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx

from tests.faults.breaking import Fault, Scene
from tests.faults.checker import Post, Told, check, parse
from tests.faults.followers import Follower
from tests.faults.lateness import Held, check_lateness, sorted_delays_s
from tests.faults.load import Writer
from tests.faults.losses import Kept, check_with_losses, count_lost
from tests.faults.rest import come_to_rest
from tests.faults.single import SingleStore
from tests.faults.site import Site
from tests.faults.stages import HOLDING, STAGES, STARTING

# In three partitions, so that each master of a cluster has one.
ROOMS = ["lobby", "ops", "random"]
_SETTLE_S = 60
# Posts come for a while, then nobody says anything: what then lacks is not covered up by the next.
_TALK_S, _LULL_S = (2.0, 6.0), (4.0, 7.0)


@dataclass(slots=True)
class Report:
    seed: int
    stage: str
    seconds: float
    objections: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    unknown: int = 0
    lost: int = 0
    deliveries: int = 0
    connections: int = 0
    gaps: Counter[str] = field(default_factory=Counter)
    # Of deliveries that no fault held up.
    delays_s: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        kinds = ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items()))
        verdict = "\n".join(self.objections[:20]) or "no objection"
        return (
            f"{self.stage}, seed {self.seed}, {self.seconds:.0f} s, "
            f"{self.faults.total()} faults ({kinds})\n"
            f"{self.acknowledged:,} posts acknowledged, {self.unknown} open, {self.lost} lost, "
            f"{self.deliveries:,} deliveries over {self.connections:,} connections, "
            f"gaps {dict(self.gaps)}\n{self._say_delays()}\n{verdict}"
        )

    def _say_delays(self) -> str:
        if not self.delays_s:
            return "no delivery without a fault in its way"
        p50, p99 = (self.delays_s[int(len(self.delays_s) * part)] for part in (0.5, 0.99))
        return (
            f"{len(self.delays_s):,} deliveries without a fault in their way: half within "
            f"{p50 * 1000:.0f} ms, 99 % within {p99 * 1000:.0f} ms, the last "
            f"{self.delays_s[-1] * 1000:.0f} ms after the answer to the post"
        )


async def run(
    folder: Path,
    *,
    seed: int,
    seconds: float,
    stage: str = "single",
    readers: int = 30,
    posts_per_s: float = 40,
    faults: Sequence[Fault] = (),
    least: int = 0,
) -> Report:
    """`least`: how many faults there must be, should the time be over before."""
    random = Random(seed)
    site = Site(folder, random, STAGES[stage].make_store(folder), *STAGES[stage].flags)
    report = Report(seed, stage, seconds)
    try:
        url = await site.store.open_link() if isinstance(site.store, SingleStore) else ""
        await site.start(url)
        await _break_under_load(site, random, report, readers, posts_per_s, faults, least)
    finally:
        site.stop()
    return report


async def _break_under_load(
    site: Site,
    random: Random,
    report: Report,
    readers: int,
    posts_per_s: float,
    faults: Sequence[Fault],
    least: int,
) -> None:
    stage = STAGES[report.stage]
    writers = [Writer(f"w{number}", ROOMS, site.any_port, random) for number in range(8)]
    followers = [
        # Every sixth dawdles, so that it falls out of the window and reads pages.
        stage.kinds[n // 3 % len(stage.kinds)](
            f"r{n}", ROOMS[n % 3], site.any_port, 0.15 if n % 6 == 5 else 0.0
        )
        for n in range(readers)
    ]
    scene = Scene(site, followers, random, ROOMS, losses_s=[], holds_s=[], starts_s=[])
    is_over, gate = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        reading = [group.create_task(follower.run()) for follower in followers]
        pause_s = len(writers) / posts_per_s
        writing = [group.create_task(writer.run(pause_s, is_over, gate)) for writer in writers]
        talking = group.create_task(_talk_and_pause(gate, random))
        await _break(scene, report, faults, least)
        await site.wait_ready()
        talking.cancel()
        is_over.set()
        gate.set()
        await asyncio.gather(*writing)
        report.objections += await come_to_rest(writers[0], followers, ROOMS, _SETTLE_S)
        kept = await _read_kept(site.nodes[0].port)
        for task in reading:
            task.cancel()
    posts = [post for writer in writers for post in writer.posts]
    notes = [follower.notes for follower in followers]
    if stage is STAGES["single"]:
        report.objections += check(posts, notes)
    else:
        losses_s = scene.losses_s if stage.may_lose else []
        report.objections += check_with_losses(posts, notes, kept, losses_s)
        report.lost = count_lost(posts, kept)
    held = Held(scene.holds_s, scene.starts_s)
    report.objections += check_lateness(posts, notes, held)
    report.delays_s = sorted_delays_s(posts, notes, held)
    _count(posts, followers, report)


async def _talk_and_pause(gate: asyncio.Event, random: Random) -> None:
    while True:
        gate.set()
        await asyncio.sleep(random.uniform(*_TALK_S))
        gate.clear()
        await asyncio.sleep(random.uniform(*_LULL_S))


async def _break(scene: Scene, report: Report, faults: Sequence[Fault], least: int) -> None:
    """These in their order, or else any of the stage until the time is over."""
    deadline_s = time.monotonic() + report.seconds
    await scene.wait(1, 2)
    planned = iter(faults)
    starting: list[asyncio.Task[None]] = []
    while time.monotonic() < deadline_s or faults or report.faults.total() < least:
        fault = next(planned, None) if faults else scene.random.choice(STAGES[report.stage].faults)
        if fault is None:
            break
        report.faults[fault.__name__] += 1
        began_s = time.monotonic()
        await fault(scene)
        if fault in HOLDING:
            scene.holds_s.append((began_s, time.monotonic()))
        if fault in STARTING:
            starting.append(asyncio.create_task(_note_start(scene, began_s)))
        await scene.wait(0.2, 2.5)
    await asyncio.gather(*starting)


async def _note_start(scene: Scene, began_s: float) -> None:
    await scene.site.wait_ready()
    scene.starts_s.append((began_s, time.monotonic()))


async def _read_kept(port: int) -> Kept:
    """What the store holds, page by page."""
    kept: Kept = {room: {} for room in ROOMS}
    async with httpx.AsyncClient(timeout=20) as client:
        for room, texts in kept.items():
            after, has_more = "0", True
            while has_more:
                url = f"http://127.0.0.1:{port}/chat/{room}/messages?after={after}&limit=500"
                page = (await client.get(url)).raise_for_status().json()
                texts.update((parse(event["id"]), event["text"]) for event in page["events"])
                after, has_more = page["cursor"], page["more"]
    return kept


def _count(posts: list[Post], followers: list[Follower], report: Report) -> None:
    report.acknowledged = sum(post.outcome == "acknowledged" for post in posts)
    report.unknown = sum(post.outcome == "unknown" for post in posts)
    report.deliveries = sum(follower.seen for follower in followers)
    report.connections = sum(follower.connections for follower in followers)
    for follower in followers:
        report.gaps.update(
            event.reason for event in follower.notes.events if isinstance(event, Told)
        )
    if report.gaps["reset"] and not STAGES[report.stage].may_reset:
        report.objections.append("a reset was told, but this store never loses what it answered")
