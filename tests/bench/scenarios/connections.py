"""Connections: what they cost to hold, to make at once, and to keep alive."""

import time
from collections.abc import Sequence

from tests.bench.accounting import pss_kb
from tests.bench.programs import Readers
from tests.bench.run import Measures, Run
from tests.bench.scenarios.fanout import TEXT_BYTES

STEPS = 5
# The first ping of a feed comes within 2 s; after that it is idle.
_SETTLE_S = 3.0
_HEARTBEAT_S = 15
# Memory of idle connections alone: what a storm of them leaves behind is the storm's.
_AT_ONCE = 100
_CROWD_S = 600
_CROWD_PROCESSES = 8


def idle_memory(run: Run, *, connections: int) -> Measures:
    """User-space memory that each connection adds, in steps, after the first few were there."""
    server = run.server
    step = run.load.scaled(connections) // STEPS
    run.read(readers=50)
    before_kb, store_before_kb = pss_kb(server.server_pids), pss_kb(server.all_store_pids)
    measures: Measures = {}
    for number in range(1, STEPS + 1):
        run.read(readers=step, at_once=_AT_ONCE)
        time.sleep(_SETTLE_S if number == STEPS else 0.5)
        grown_kb = pss_kb(server.server_pids) - before_kb
        measures[f"held_mb_{number * step}"] = grown_kb / 1024
    store_kb = pss_kb(server.all_store_pids) - store_before_kb
    return {
        "kb_each": grown_kb / (STEPS * step),
        "store_kb_each": store_kb / (STEPS * step),
        **measures,
    }


def connect_storm(run: Run, *, connections: int) -> Measures:
    """All at once, until the last has its first event: the prelude and the hello of ours."""
    count = run.load.scaled(connections)
    run.read(readers=50)
    before_kb = pss_kb(run.server.server_pids)
    meter = run.meter()
    readers = run.start_readers(readers=count)
    wall_s = readers.wait_connected()
    server_s, store_s = meter.server_s, meter.store_s
    time.sleep(_SETTLE_S)
    run.check(readers.stats(), 0)
    return {
        "storm_kb_each": (pss_kb(run.server.server_pids) - before_kb) / count,
        "connect_us": server_s / count * 1e6,
        "store_connect_us": store_s / count * 1e6,
        "connect_s": wall_s,
    }


def crowd(run: Run, *, connections: int) -> Measures:
    """Memory and heartbeats of very many idle connections, then one message to all of them.

    Readers come from several processes: each may have 20,000 files open where nothing was raised.
    """
    count = run.load.scaled(connections) // _CROWD_PROCESSES
    run.read(readers=50)
    before_kb = pss_kb(run.server.server_pids)
    began_s = time.monotonic()
    crowds = []
    for _ in range(_CROWD_PROCESSES):
        # With a sequence for each poster they would hold more than the server.
        crowds.append(run.start_readers(readers=count, posters=1, at_once=_AT_ONCE))
        crowds[-1].wait_connected(_CROWD_S)
    connected_s = time.monotonic() - began_s
    total = count * _CROWD_PROCESSES
    measures = _beat(run, crowds, total)
    grown_kb = pss_kb(run.server.server_pids) - before_kb
    meter = run.meter()
    run.post(connections=1, posts=1, size=TEXT_BYTES)
    stats = [each.wait_delivered(count) for each in crowds]
    for each in stats:
        run.check(each, count)
    return {
        "kb_each": grown_kb / total,
        "connect_s": connected_s,
        "busiest_us": meter.busiest_s / total * 1e6,
        "cpu_us": meter.server_s / total * 1e6,
        "last_ms": max(each["worst_ms"] for each in stats),
        **measures,
    }


def heartbeats(run: Run, *, connections: int) -> Measures:
    """Idle connections with a heartbeat each 15 s, over one such period."""
    count = run.load.scaled(connections)
    return _beat(run, [run.read(readers=count)], count)


def _beat(run: Run, crowds: Sequence[Readers], count: int) -> Measures:
    time.sleep(_SETTLE_S)
    before = sum(each.stats()["pings"] for each in crowds)
    meter = run.meter()
    time.sleep(_HEARTBEAT_S)
    core_percent = meter.server_s / meter.wall_s * 100
    after = [each.stats() for each in crowds]
    for each in after:
        run.check(each, 0)
    pings = sum(each["pings"] for each in after) - before
    if pings < 0.9 * count:
        run.faults.append(f"{pings:,} pings to {count:,} readers in {_HEARTBEAT_S} s")
    return {"core_percent": core_percent, "pings_each": pings / count}
