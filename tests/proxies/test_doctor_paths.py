"""The doctor through each single habit of a path: it names it, or says that it cannot tell."""

import asyncio
import random
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from tests.proxies.habits import PLAIN, Cut, Habits, Hold, Instead
from tests.proxies.relay import Relay
from tests.support.client import environment
from tests.support.servers import ServerProcess

_AT_ONCE = 10
_HELD = "is held: nothing comes before its end"
# By habit: what the report says of it.
_NAMED: dict[str, tuple[dict[str, Any], str]] = {
    "holds all to the end": ({"hold": Hold("all")}, f"event stream by GET  {_HELD}"),
    "holds event streams": ({"hold": Hold("sse")}, f"event stream by GET  {_HELD}"),
    "holds GET": ({"hold": Hold("GET")}, f"NDJSON by GET        {_HELD}"),
    "holds chunked answers": ({"hold": Hold("chunked")}, f"NDJSON by POST       {_HELD}"),
    "holds large blocks": ({"hold": Hold("sse", block_bytes=16_384)}, _HELD),
    "holds for 3 s": ({"hold": Hold("all", every_s=3)}, _HELD),
    "cuts after 1 s": ({"cut": Cut("fin", "chunked", after_s=1.7)}, "is cut before its end"),
    "ends as if whole": ({"cut": Cut("whole", "chunked", after_s=1.7)}, "is cut before its end"),
    "resets after the head": ({"cut": Cut("rst", "sse", after_bytes=1)}, "does not come at all"),
    "cuts what is idle": ({"cut": Cut("fin", idle_s=2)}, "long-poll            no connection"),
    "times out": ({"cut": Cut("whole", idle_s=2)}, "long-poll the server is not reached"),
    "200 html": ({"instead": Instead("200 html")}, "titled 'Network sign-in' answered"),
    "302 portal": ({"instead": Instead("302 portal")}, "something with 302"),
    "403 words": ({"instead": Instead("403 words")}, "something with 403"),
    "407": ({"instead": Instead("407")}, "the proxy wants you to sign in (407"),
    "502": ({"instead": Instead("502")}, "something with 502"),
    "503": ({"instead": Instead("503 retry-after")}, "something with 503"),
    "200 empty": ({"instead": Instead("200 empty")}, "this is not sse-chat: something with 200"),
    "HTTP/1.0": ({"is_http10": True}, "answers come as HTTP/1.0"),
    "one at a time": ({"connections": 1}, "one at a time: a feed keeps all other requests waiting"),
    "strips headers": (
        {"strips": frozenset({"unknown"})},
        "lost or changed: Idempotency-Key, X-Doctor",
    ),
    "strips Last-Event-ID": (
        {"strips": frozenset({"last-event-id"})},
        "lost or changed: Last-Event-ID",
    ),
    "loses answers": ({"loses_answers": True}, "POST does not: the server is not reached"),
    "caches": ({"caches": True}, "a response was repeated"),
    "blocks PUT": ({"blocks": frozenset({"PUT"})}, "PUT does not: "),
    "blocks large bodies": ({"blocks": frozenset({"large"})}, "a large post         this is not"),
    "blocks NDJSON": ({"blocks": frozenset({"ndjson"})}, "NDJSON by POST       does not come"),
    "adds 2 s": ({"delay_s": 2.0}, "reached              in"),
}
# What it cannot see, or need not: nothing is lost by it.
_NOT_NAMED: dict[str, dict[str, Any]] = {
    "single bytes": {"chunks": "bytes"},
    "joined chunks": {"chunks": "joined"},
    "strips attributes of cookies": {"strips": frozenset({"cookie attributes"})},
    "sends a POST twice": {"posts_twice": True},
}
_CANNOT_TELL = "The doctor cannot tell"


def _reports(server: ServerProcess) -> dict[str, str]:
    """By habit; all at once, as nearly all of it is waiting."""
    habits = {name: replace(PLAIN, **found) for name, (found, _) in _NAMED.items()}
    habits |= {name: replace(PLAIN, **found) for name, found in _NOT_NAMED.items()}
    work = _diagnose_all(int(server.url.rpartition(":")[2]), habits)
    # In a thread of its own: in this one the browser of other tests may be open, whose event loop
    # counts as running.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _diagnose_all(port: int, habits: dict[str, Habits]) -> dict[str, str]:
    turns = asyncio.Semaphore(_AT_ONCE)

    async def diagnose(number: int, found: Habits) -> str:
        async with turns:
            # Each from an address of its own, as there are so many probes for one.
            return await _diagnose(port, found, f"127.0.1.{number}")

    numbered = enumerate(habits.values(), 1)
    reports = await asyncio.gather(*(diagnose(number, found) for number, found in numbered))
    return dict(zip(habits, reports, strict=True))


async def _diagnose(port: int, habits: Habits, source: str) -> str:
    relay = Relay(port, random.Random(0), source)
    try:
        url = f"http://127.0.0.1:{await relay.listen()}"
        relay.change(habits, cuts_open=False)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "sse_chat", "doctor", url, "--wait", "4"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment(),
        )
        out, err = await process.communicate()
        assert b"Traceback" not in err, err.decode()
        return out.decode()
    finally:
        await relay.close()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_doctor_names_each_habit_or_says_that_it_cannot_tell(server: ServerProcess) -> None:
    # One test: where several processes run them, each would ask for all reports anew.
    reports = _reports(server)
    for name, (_, wanted) in _NAMED.items():
        assert " ".join(wanted.split()) in " ".join(reports[name].split()), reports[name]
    for name in _NOT_NAMED:
        assert _CANNOT_TELL in reports[name], reports[name]
        assert "does not come" not in reports[name], reports[name]
    reached = re.search(r"reached +in (\d+) ms", reports["adds 2 s"])
    assert reached
    assert int(reached[1]) >= 2000
