"""Polling: many long-polls of one room, each answered by every message."""

import time

from tests.bench.run import Measures, Run
from tests.bench.scenarios.fanout import TEXT_BYTES

_MESSAGES = 10
_QUERY = "/messages?wait=25&limit=500&after="


def long_polls(run: Run, *, connections: int) -> Measures:
    """Cores of server and store at one message a second, or less where that is too much; who was
    answered asks again at once."""
    count = run.load.scaled(connections)
    readers = run.read(readers=count, posters=1, polls=1, path=run.server.read_path + _QUERY)
    # The first page of each is read from the store.
    run.post(connections=1, posts=1, size=TEXT_BYTES)
    readers.wait_delivered(count)
    readers.tell("reset")
    meter = run.meter()
    for number in range(1, _MESSAGES + 1):
        posted_s = time.monotonic()
        run.post(connections=1, posts=1, first=number, size=TEXT_BYTES)
        # Whoever is answered late would be given two messages at once.
        wanted = count * (1 + number)
        stats = readers.wait_delivered(wanted)
        time.sleep(max(posted_s + 1 - time.monotonic(), 0))
    server_s, store_s, wall_s = meter.server_s, meter.store_s, meter.wall_s
    run.check(stats, wanted)
    return {
        "core_percent": server_s / wall_s * 100,
        "store_percent": store_s / wall_s * 100,
        "cpu_us": server_s / (count * _MESSAGES) * 1e6,
        "p50_ms": stats["p50_ms"],
        "p99_ms": stats["p99_ms"],
    }
