"""Rooms: messages at a rate, each to the next of many rooms that have one reader each."""

import time

from tests.bench.run import Measures, Run
from tests.bench.scenarios.fanout import TEXT_BYTES

_RATE = 200
# First pings come within 2 s, and who is present is told in that time too; with the longest
# heartbeat there are no more while we measure.
_SETTLE_S = 4.0
_QUIET = "?heartbeat=300"


def many_rooms(run: Run, *, rooms: int) -> Measures:
    """Once everybody has been in every room, so that only messages are counted."""
    rooms = run.load.scaled(rooms)
    readers = run.read(readers=rooms, rooms=rooms, posters=1, path=run.server.read_path + _QUIET)
    run.post(connections=1, posts=rooms, rooms=rooms, size=TEXT_BYTES)
    readers.wait_delivered(rooms)
    time.sleep(_SETTLE_S)
    readers.tell("reset")
    meter = run.meter()
    posted = run.post(
        connections=1, rate=_RATE, posts=int(_RATE * run.load.window_s), first=rooms, rooms=rooms,
        size=TEXT_BYTES,
    )  # fmt: skip
    wanted = rooms + posted["posts"]
    stats = readers.wait_delivered(wanted)
    server_s, store_s = meter.server_s, meter.store_s
    run.check(stats, wanted)
    return {
        "message_us": server_s / posted["posts"] * 1e6,
        "store_message_us": store_s / posted["posts"] * 1e6,
        "both_us": (server_s + store_s) / posted["posts"] * 1e6,
        "p50_ms": stats["p50_ms"],
        "p99_ms": stats["p99_ms"],
    }
