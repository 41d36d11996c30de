"""Posting: as fast as answers come, over 32 connections, with and without readers; in batches."""

import json
import time

import httpx

from tests.bench.run import Measures, Run
from tests.bench.scenarios.fanout import POSTERS, TEXT_BYTES

_MANY = 10_000_000
_BATCH = 1000


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


def post_batches(run: Run) -> Measures:
    """CPU per line of batches of 1,000, one after the other."""
    url = f"http://127.0.0.1:{run.server.port}{run.server.post_path.replace('%', '0')}/batch"
    headers = {"Content-Type": "application/x-ndjson"}
    text = "x" * TEXT_BYTES
    lines = 0
    with httpx.Client(auth=("ann", ""), headers=headers, timeout=60) as client:
        body = "".join(json.dumps({"text": f"{number} {text}"}) + "\n" for number in range(_BATCH))
        client.post(url, content=body).raise_for_status()
        meter = run.meter()
        end_s = time.monotonic() + run.load.window_s
        while time.monotonic() < end_s:
            answer = client.post(url, content=body).raise_for_status().json()
            if answer["count"] != _BATCH:
                run.faults.append(f"{answer['count']} of {_BATCH} lines were taken")
            lines += _BATCH
    server_us, store_us = (s / lines * 1e6 for s in (meter.server_s, meter.store_s))
    return {
        "line_us": server_us,
        "store_line_us": store_us,
        "both_line_us": server_us + store_us,
        "lines_per_s": lines / meter.wall_s,
    }
