"""Posting: as fast as answers come, over 32 connections, with and without readers."""

from tests.bench.run import Measures, Run
from tests.bench.scenarios.fanout import POSTERS, TEXT_BYTES

_MANY = 10_000_000


def post_all_out(run: Run, *, readers: int = 0, rooms: int = 1) -> Measures:
    """CPU of the server per post, of the store apart, and of both."""
    crowd = run.read(readers=readers, posters=POSTERS) if readers else None
    # Each poster once in each room: what is done once a minute for each is done.
    warm = POSTERS * rooms
    run.post(connections=POSTERS, posts=warm, rooms=rooms, size=TEXT_BYTES, keyed=1, run="warm")
    meter = run.meter()
    posted = run.post(
        connections=POSTERS,
        posts=_MANY,
        seconds=run.load.window_s,
        first=rooms,
        rooms=rooms,
        size=TEXT_BYTES,
        keyed=1,
        run="load",
    )
    if crowd is not None:
        wanted = (warm + posted["posts"]) * readers
        run.check(crowd.wait_delivered(wanted), wanted)
    server_us, store_us = (s / posted["posts"] * 1e6 for s in (meter.server_s, meter.store_s))
    return {
        "post_us": server_us,
        "store_post_us": store_us,
        "both_us": server_us + store_us,
        "posts_per_s": posted["posts"] / posted["wall_s"],
        "post_p99_ms": posted["p99_ms"],
        "poster_cores": posted["cpu_s"] / posted["wall_s"],
    }
