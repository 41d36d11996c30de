"""Resume: many readers come back at once and have missed the same messages."""

from tests.bench.run import Measures, Run
from tests.bench.scenarios.fanout import TEXT_BYTES


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
    if (stats["least"], stats["most"]) != (missed, missed):
        run.faults.append(f"readers got {stats['least']} to {stats['most']} of {missed}")
    return {"caught_up_s": stats["until_s"], "catch_up_us": server_s / count * 1e6}
