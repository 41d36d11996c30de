"""Resume: many readers come back at once, or one after the other all the time."""

from tests.bench.run import Measures, Run
from tests.bench.scenarios.fanout import POSTERS, SUBSCRIBERS, TEXT_BYTES


def resume(run: Run, *, connections: int, missed: int) -> Measures:
    count = run.load.scaled(connections)
    first = run.read(readers=1, posters=1)
    run.post(connections=1, posts=1, size=TEXT_BYTES)
    cursor = first.wait_delivered(1)["last_id"]
    first.stop()
    run.post(connections=1, posts=missed, first=1, size=TEXT_BYTES)
    meter = run.meter()
    readers = run.start_readers(
        readers=count, posters=1, headers=f"Last-Event-ID: {cursor}\r\n", start=""
    )
    readers.wait_connected()
    stats = readers.wait_delivered(count * missed)
    server_s = meter.server_s
    run.check(stats, count * missed)
    if stats["delivered"] == 0:
        raise RuntimeError("nothing came")
    if (stats["least"], stats["most"]) != (missed, missed):
        run.faults.append(f"readers got {stats['least']} to {stats['most']} of {missed}")
    return {"caught_up_s": stats["until_s"], "catch_up_us": server_s / count * 1e6}


def come_and_go(run: Run, *, rate: int) -> Measures:
    """Feeds that end after some seconds and are asked for again, while messages come."""
    count = run.load.scaled(SUBSCRIBERS)
    readers = run.read(readers=count, posters=POSTERS, comes_back=1)
    meter = run.meter()
    posted = run.post(
        connections=POSTERS, rate=rate, posts=int(rate * run.load.window_s), size=TEXT_BYTES
    )
    stats = readers.wait_delivered(posted["posts"] * count)
    server_s, wall_s = meter.server_s, meter.wall_s
    run.check(stats, posted["posts"] * count)
    return {
        "returned_per_s": stats["returned"] / wall_s,
        "cpu_us": server_s / stats["delivered"] * 1e6,
        "p50_ms": stats["p50_ms"],
        "p99_ms": stats["p99_ms"],
    }
