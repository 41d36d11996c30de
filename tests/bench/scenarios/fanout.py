"""Fan-out: messages at a rate to 1,000 readers of one room."""

from tests.bench.run import Measures, Run

SUBSCRIBERS = 1000
TEXT_BYTES = 150
POSTERS = 32
# A server that falls behind gets this much longer to take the posts that were due.
_EXTRA_S = 1


def fan_out(run: Run, *, rate: int, subscribers: int = SUBSCRIBERS) -> Measures:
    """Costs per delivery of everything: posting, fan-out, what is left to write at the end."""
    count = run.load.scaled(subscribers)
    readers = run.read(readers=count, posters=POSTERS)
    # Each poster once: a reader knows from then on what comes next from each.
    run.post(connections=POSTERS, posts=POSTERS, size=TEXT_BYTES)
    warm = readers.wait_delivered(POSTERS * count)
    readers.tell("reset")
    meter = run.meter()
    posted = run.post(
        connections=POSTERS, rate=rate, posts=int(rate * run.load.window_s), size=TEXT_BYTES,
        seconds=run.load.window_s + _EXTRA_S, first=1,
    )  # fmt: skip
    stats = readers.wait_delivered(warm["delivered"] + posted["posts"] * count)
    deliveries = stats["delivered"] - warm["delivered"]
    server_s, store_s, wall_s = meter.server_s, meter.store_s, meter.wall_s
    busiest_s = meter.busiest_s
    run.check(stats, (POSTERS + posted["posts"]) * count)
    return {
        "cpu_us": server_s / deliveries * 1e6,
        "store_us": store_s / deliveries * 1e6,
        "busiest_us": busiest_s / deliveries * 1e6,
        "delivered_per_s": deliveries / wall_s,
        "asked_per_s": rate * count,
        "p50_ms": stats["p50_ms"],
        "p99_ms": stats["p99_ms"],
        "post_p99_ms": posted["p99_ms"],
        "server_cores": server_s / wall_s,
        "reader_cores": (stats["cpu_s"] - warm["cpu_s"]) / wall_s,
        "poster_cores": posted["cpu_s"] / wall_s,
        "bytes_per_delivery": (stats["bytes"] - warm["bytes"]) / deliveries,
        "deliveries_per_read": deliveries / (stats["reads"] - warm["reads"]),
    }
