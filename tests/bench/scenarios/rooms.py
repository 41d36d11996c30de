"""Rooms: messages at a rate, each to the next of many rooms that have one reader each."""

import time

from tests.bench.run import Measures, Run
from tests.bench.scenarios.fanout import POSTERS, TEXT_BYTES

_RATE = 200
# First pings come within 2 s; with the longest heartbeat there are no more while we measure.
_SETTLE_S = 2.5
_QUIET = "?heartbeat=300"


def many_rooms(run: Run, *, rooms: int) -> Measures:
    rooms = run.load.scaled(rooms)
    readers = run.read(
        readers=rooms, rooms=rooms, posters=POSTERS, path=run.server.read_path + _QUIET
    )
    time.sleep(_SETTLE_S)
    meter = run.meter()
    posted = run.post(
        connections=POSTERS, rate=_RATE, posts=int(_RATE * run.load.window_s), rooms=rooms,
        size=TEXT_BYTES,
    )  # fmt: skip
    stats = readers.wait_delivered(posted["posts"])
    server_s, store_s = meter.server_s, meter.store_s
    run.check(stats, posted["posts"])
    return {
        "message_us": server_s / posted["posts"] * 1e6,
        "store_message_us": store_s / posted["posts"] * 1e6,
        "p50_ms": stats["p50_ms"],
        "p99_ms": stats["p99_ms"],
    }
