"""Paths that are drawn by seed: `python -m tests.proxies.generated --seeds N [--seed K]`."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.browser.chromium import FLAGS, find_chromium
from tests.proxies.control import Control
from tests.proxies.habits import draw_plan
from tests.proxies.laws import broken_laws
from tests.proxies.world import Record, World
from tests.support.servers import Launcher

_AT_ONCE = 8
_OPENING_AT_ONCE = 3
# They found something once: an end that was kept back after the last question about it; answers
# that take longer than the page waited for one.
_PINNED = (2429, 2509)


def main() -> int:
    flags = _parse()
    some = [*range(flags.first, flags.first + flags.seeds), *(_PINNED if not flags.first else ())]
    seeds = some if flags.seed is None else [flags.seed]
    return asyncio.run(run(seeds, flags.at_once))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=30, help="so many [30]")
    parser.add_argument("--first", type=int, default=0, help="from this one on [0]")
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--at-once", type=int, default=_AT_ONCE, help=f"[{_AT_ONCE}]")
    return parser.parse_args()


async def run(seeds: list[int], at_once: int) -> int:
    """0 when all laws held."""
    with tempfile.TemporaryDirectory() as folder:
        launcher = Launcher(Path(folder))
        try:
            server = await asyncio.to_thread(launcher, "--limits", "off")
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=find_chromium(), args=list(FLAGS)
                )
                failed = await _run_all(seeds, server.url, browser, at_once)
                await browser.close()
        finally:
            await asyncio.to_thread(launcher.stop)
    print(f"{len(seeds)} seeds, {len(failed)} failed: {failed}")
    return 1 if failed else 0


async def _run_all(seeds: list[int], url: str, browser: Browser, at_once: int) -> list[int]:
    control = Control(url, browser)
    await control.open()
    turns, opening = asyncio.Semaphore(at_once), asyncio.Semaphore(_OPENING_AT_ONCE)
    failed: list[int] = []

    async def run_in_turn(seed: int) -> None:
        async with turns:
            world = World(draw_plan(seed), url, browser, opening)
            if not await _run_one(world, control):
                failed.append(seed)

    try:
        # The longest first, so that they do not end alone.
        await asyncio.gather(*(run_in_turn(seed) for seed in sorted(seeds, key=_minus_lasts_s)))
    finally:
        await control.close()
    return sorted(failed)


def _minus_lasts_s(seed: int) -> float:
    return -sum(phase.lasts_s for phase in draw_plan(seed).phases)


async def _run_one(world: World, control: Control) -> bool:
    try:
        record = await world.run()
        await control.catch_up()
        broken = broken_laws(record, await control.noise())
    except Exception as exc:
        broken = [f"the run itself failed: {type(exc).__name__}: {exc}"]
    lines = [
        str(world.record.plan),
        f"  {'FAILED' if broken else 'held'}",
        *(f"    {law}" for law in broken),
    ]
    if broken:
        lines += _story(world.record)
    print("\n".join(lines), flush=True)
    return not broken


def _story(record: Record) -> list[str]:
    """What the page and the client went through, in seconds from the first change."""
    if not record.phases_s:
        return []
    began_s = record.phases_s[0]
    phases = ", ".join(f"{each - began_s:.1f}" for each in record.phases_s)
    states = [
        f"{float(str(each['at'])) - began_s:.1f} {each['state']} {each['step']}"
        for each in record.states
    ]
    notices = [
        f"{float(each.split()[0]) - began_s:.1f} {each.partition(' ')[2]}"
        for each in record.notices
    ]
    return [
        f"    phases: {phases}",
        f"    page: {states}",
        *(f"    tail: {each}" for each in notices),
    ]


if __name__ == "__main__":
    sys.exit(main())
