"""The connection to the store, in the test's own process and against a real store."""

import asyncio
import contextlib
from pathlib import Path

from sse_chat.errors import StoreUnavailable
from sse_chat.store.links import Links
from tests.support.stores import run_store

_MOST_S = 5.0


async def call_for_ever(links: Links, steps: int) -> bool:
    """Whether a pipeline that is cancelled after so many steps of the loop ends."""
    pipeline = links.pipeline()
    serving = asyncio.create_task(pipeline.serve())

    async def call() -> None:
        with contextlib.suppress(StoreUnavailable):
            while True:
                await pipeline.call("PING")

    callers = [asyncio.create_task(call()) for _ in range(3)]
    await pipeline.call("PING")
    for _ in range(steps):
        await asyncio.sleep(0)
    serving.cancel()
    done, _ = await asyncio.wait({serving}, timeout=_MOST_S)
    for caller in callers:
        caller.cancel()
    return serving in done


def test_a_pipeline_ends_whenever_it_is_cancelled(tmp_path: Path) -> None:
    with run_store(tmp_path) as store:
        links = Links(store.url)
        for steps in range(40):
            assert asyncio.run(call_for_ever(links, steps)), f"cancelled after {steps} steps"


def test_what_cannot_be_encoded_ends_no_pipeline(tmp_path: Path) -> None:
    async def ask(url: str) -> tuple[str, str | None]:
        pipeline = Links(url).pipeline()
        serving = asyncio.create_task(pipeline.serve())
        answers = await pipeline.call("PING"), await pipeline.call("GET", "half \ud800")
        serving.cancel()
        return answers

    with run_store(tmp_path) as store:
        assert asyncio.run(ask(store.url)) == ("PONG", None)
