"""The connection to the store, in the test's own process and against a real store."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from sse_chat.errors import StoreUnavailable
from sse_chat.store.links import Links
from tests.support.programs import need
from tests.support.replicas import is_in_sync
from tests.support.stores import embedded_program, run_store
from tests.support.waiting import wait_until

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


async def call_once(url: str, *command: str) -> object:
    """By a pipeline, and so a connection, of its own, which wants what a replica has."""
    pipeline = Links(url, wait_replicas=1).pipeline()
    serving = asyncio.create_task(pipeline.serve())
    try:
        return await pipeline.call(*command)
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


def is_found_by_replicas(url: str, *post: str) -> bool:
    try:
        return asyncio.run(call_once(url, *post)) is None
    except StoreUnavailable:
        return False


@pytest.mark.parametrize("kind", ["redis", "valkey"])
def test_what_is_sent_again_is_confirmed_no_sooner_than_what_it_found(
    tmp_path: Path, kind: str
) -> None:
    # They differ in what a WAIT behind a command that wrote nothing asks for.
    program = need("redis-server") if kind == "redis" else str(embedded_program())
    flags = ("--repl-diskless-sync-delay", "0")
    with (
        run_store(tmp_path / "master", *flags, program=program) as master,
        run_store(
            tmp_path / "replica", "--replicaof", f"127.0.0.1 {master.port}", program=program
        ) as replica,
    ):
        wait_until(lambda: is_in_sync(replica))
        post = ("SET", "post", "said", "NX")
        replica.freeze()
        for _ in range(2):
            # The second finds the first and writes nothing; the replica has neither.
            with pytest.raises(StoreUnavailable, match="0 of 1 replicas"):
                asyncio.run(call_once(master.url, *post))
        # What only reads asks for no replica.
        assert asyncio.run(call_once(master.url, "GET", "post")) == "said"
        replica.thaw()
        # It has to take what it missed first, which may take longer than one post waits.
        wait_until(lambda: is_found_by_replicas(master.url, *post))
