"""All scenarios, in the order in which they are run."""

from functools import partial

from tests.bench.run import Scenario
from tests.bench.scenarios.fanout import fan_out

_MAIN = ("floor", "nchan", "ours", "naive")

SCENARIOS = (
    Scenario("fan-out-10", "10 msg/s to 1,000", _MAIN, partial(fan_out, rate=10), True),
    Scenario("fan-out-50", "50 msg/s to 1,000", _MAIN, partial(fan_out, rate=50), True),
    Scenario("fan-out-200", "200 msg/s to 1,000", _MAIN, partial(fan_out, rate=200), True),
    Scenario(
        "fan-out-1000", "1,000 msg/s to 1,000", ("floor, 20 ms rest", "ours"),
        partial(fan_out, rate=1000), True,
    ),
)  # fmt: skip
