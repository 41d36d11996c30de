"""All scenarios, in the order in which they are run."""

from functools import partial

from tests.bench.run import Scenario
from tests.bench.scenarios.connections import connect_storm, crowd, heartbeats, idle_memory
from tests.bench.scenarios.fanout import fan_out
from tests.bench.scenarios.polling import long_polls
from tests.bench.scenarios.posting import post_all_out, post_batches
from tests.bench.scenarios.resume import come_and_go, resume
from tests.bench.scenarios.rooms import many_rooms
from tests.bench.scenarios.slow import slow_readers

_ALL = ("floor", "nchan", "ours", "naive")
_BOTH_SINKS = ("floor", "nchan", "ours", "ours, asgi sink", "naive")
_OURS = ("ours",)

SCENARIOS = (
    Scenario(
        "fan-out-10", "10 msg/s to 1,000", _ALL, partial(fan_out, rate=10), is_quick=True
    ),
    Scenario(
        "fan-out-50", "50 msg/s to 1,000", _BOTH_SINKS, partial(fan_out, rate=50), is_quick=True
    ),
    Scenario(
        "fan-out-200", "200 msg/s to 1,000", _ALL, partial(fan_out, rate=200), is_quick=True
    ),
    Scenario(
        "fan-out-1000",
        "1,000 msg/s to 1,000",
        ("floor, 20 ms rest", "ours"),
        partial(fan_out, rate=1000),
        is_quick=True,
    ),
    Scenario(
        "fan-out-1500", "1,500 msg/s to 1,000", _OURS, partial(fan_out, rate=1500), is_quick=True
    ),
    Scenario(
        "crowd",
        "200 msg/s to 5,000",
        ("nchan", "ours"),
        partial(fan_out, rate=200, subscribers=5000),
        most_rounds=2,
    ),
    Scenario(
        "memory", "5,000 idle connections", _ALL, partial(idle_memory, connections=5000),
        is_quick=True,
    ),
    Scenario(
        "storm", "5,000 connect at once", _ALL, partial(connect_storm, connections=5000),
        is_quick=True,
    ),
    Scenario(
        "resume",
        "1,000 return, 100 missed each",
        ("nchan", "ours", "naive"),
        partial(resume, connections=1000, missed=100),
        is_quick=True,
    ),
    Scenario(
        "post",
        "POST, 32 connections, 100 rooms",
        ("bare route", "ours+redis, limits on", "ours+redis", "ours"),
        # As many rooms as the limit of one room needs.
        partial(post_all_out, rooms=100),
        is_quick=True,
    ),
    Scenario(
        "post-10", "POST, 32 connections, 10 readers", ("nchan+redis", "ours+redis"),
        partial(post_all_out, readers=10), is_quick=True,
    ),
    Scenario("batch", "batches of 1,000 lines", _OURS, post_batches, is_quick=True),
    Scenario(
        "polls", "1 msg/s to 5,000 long-polls", _OURS, partial(long_polls, connections=5000),
        most_rounds=1,
    ),
    Scenario(
        "rooms-5", "200 msg/s over 5 rooms", ("nchan+redis", "ours+redis", "ours"),
        partial(many_rooms, rooms=5), is_quick=True,
    ),
    Scenario(
        "rooms-5000", "200 msg/s over 5,000 rooms", _OURS, partial(many_rooms, rooms=5000),
        is_quick=True,
    ),
    Scenario(
        "many", "50 msg/s, feeds of 1 and 50 rooms", ("ours", "ours, 50 rooms"),
        partial(fan_out, rate=50), is_quick=True,
    ),
    Scenario(
        "come-and-go",
        "50 msg/s to 1,000 that return each 2 s",
        ("ours, rotating",),
        partial(come_and_go, rate=50),
        most_rounds=1,
    ),
    Scenario(
        "heartbeats", "10,000 idle, 15 s heartbeats", _OURS,
        partial(heartbeats, connections=10_000), most_rounds=1,
    ),
    Scenario(
        "hundred-thousand", "100,000 idle, 15 s heartbeats, one message", ("ours, 8 workers",),
        partial(crowd, connections=100_000), most_rounds=1,
    ),
    Scenario(
        "workers", "200 msg/s to 1,000, 1 and 2 workers", ("ours", "ours, 2 workers"),
        partial(fan_out, rate=200),
    ),
    Scenario(
        "slow", "100 readers stalled, 100 not", _OURS,
        partial(slow_readers, warm=3200, messages=6400), most_rounds=1,
    ),
)  # fmt: skip
