"""Two nodes behind haproxy are restarted one after the other, under load."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from programs import free_port, need, start, stop

from sse_chat.deploy.command import read_file
from tests.faults.checker import check
from tests.faults.followers import Follower
from tests.faults.load import Writer
from tests.faults.site import Site

FEEDS = 60
WAIT_S = 40


def config_for(site: Site, port: int) -> str:
    """The file that is printed, for this machine's ports."""
    servers = "\n".join(
        f"    server node{number} 127.0.0.1:{node.port}" for number, node in enumerate(site.nodes)
    )
    printed = read_file("haproxy").replace("bind :80", f"bind 127.0.0.1:{port}")
    assert "    server one 127.0.0.1:8000" in printed
    return printed.replace("    server one 127.0.0.1:8000", servers)


async def wait_until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def roll(folder: Path, port: int) -> tuple[list[str], list[Follower], int]:
    """Objections, the followers, and how many posts were answered."""
    random = Random(7)
    site = Site(folder, random)
    await site.start(workers=(1, 1))
    config = folder / "haproxy.cfg"
    config.write_text(config_for(site, port))
    proxy = await asyncio.to_thread(start, [need("haproxy"), "-f", str(config)], port, folder)
    try:
        writers = [Writer(f"w{n}", ["lobby"], lambda: port, random) for n in range(3)]
        followers = [Follower(f"r{n}", "lobby", lambda: port) for n in range(FEEDS)]
        is_over = asyncio.Event()
        reading = [asyncio.create_task(each.run()) for each in followers]
        writing = [asyncio.create_task(each.run(0.1, is_over)) for each in writers]
        await wait_until(lambda: all(each.seen > 5 for each in followers))
        for node in site.nodes:
            began = len(writers[0].posts)
            await asyncio.to_thread(node.terminate)
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
        answered = sum(post.outcome == "acknowledged" for post in posts)
        return check(posts, [each.notes for each in followers]), followers, answered
    finally:
        stop(proxy)
        site.stop()


def test_a_rolling_restart_loses_nothing_and_sends_no_herd(tmp_path: Path) -> None:
    objections, followers, answered = asyncio.run(roll(tmp_path, free_port()))
    assert not objections
    assert answered > 30
    waits_ms = [wait_ms for each in followers for wait_ms in each.byes["drain"]]
    assert len(waits_ms) >= FEEDS
    # When they come back, by half seconds: not in one heap.
    histogram = Counter(wait_ms // 500 for wait_ms in waits_ms)
    print("arrivals by half seconds after a drain:", sorted(histogram.items()))
    assert max(histogram.values()) < len(waits_ms) / 3
    assert len(set(waits_ms)) > len(waits_ms) * 0.8
