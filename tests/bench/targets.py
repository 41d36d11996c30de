"""The numbers to reach, and whether rows of a run reach them. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench.run import Row


@dataclass(frozen=True, slots=True)
class Point:
    """One measure of one contender in one scenario."""

    scenario: str
    contender: str
    measure: str

    def by_round(self, rows: Sequence[Row]) -> dict[int, float]:
        return {
            row.round: row.measures[self.measure]
            for row in rows
            if (row.scenario, row.contender) == (self.scenario, self.contender)
            and self.measure in row.measures
        }


@dataclass(frozen=True, slots=True)
class Target:
    """Ours at most `limit`, or at most `limit` times another, paired round by round.

    Without a limit the number is only stated.
    """

    title: str
    limit: float | None
    ours: Point
    against: Point | None = None
    unit: str = ""

    def value(self, rows: Sequence[Row]) -> float | None:
        """None when it was not measured in this run."""
        ours = self.ours.by_round(rows)
        if self.against is None:
            return median(ours.values()) if ours else None
        other = self.against.by_round(rows)
        ratios = [ours[each] / other[each] for each in ours if other.get(each)]
        return median(ratios) if ratios else None

    @property
    def wanted(self) -> str:
        if self.limit is None:
            return "stated"
        if self.against is None:
            return f"≤ {self.limit:g} {self.unit}"
        return f"≤ {self.limit:g} times {self.unit or self.against.contender}"


def _ratio(title: str, limit: float, scenario: str, measure: str, against: str) -> Target:
    point = Point(scenario, against, measure)
    return Target(title, limit, Point(scenario, "ours", measure), point)


TARGETS = (
    _ratio("CPU per delivery, 50 msg/s", 1.15, "fan-out-50", "cpu_us", "floor"),
    _ratio("CPU per delivery, 10 msg/s", 1.3, "fan-out-10", "cpu_us", "floor"),
    _ratio("p99, 10 msg/s", 2, "fan-out-10", "p99_ms", "floor"),
    _ratio("p99, 50 msg/s", 2, "fan-out-50", "p99_ms", "floor"),
    _ratio("p99, 50 msg/s", 1, "fan-out-50", "p99_ms", "nchan"),
    _ratio("p99, 200 msg/s", 2, "fan-out-200", "p99_ms", "floor"),
    Target("p99, 1,500 msg/s", 250, Point("fan-out-1500", "ours", "p99_ms"), unit="ms"),
    Target(
        "lone messages, server and store",
        2,
        Point("rooms-5", "ours+redis", "both_us"),
        Point("rooms-5", "nchan+redis", "both_us"),
    ),
    Target(
        "lone messages, server and store",
        450,
        Point("rooms-5", "ours+redis", "both_us"),
        unit="µs",
    ),
    Target(
        "CPU of a POST, store included, 10 readers",
        0.9,
        Point("post-10", "ours+redis", "both_us"),
        Point("post-10", "nchan+redis", "both_us"),
    ),
    Target(
        "CPU of a POST, limits on",
        None,
        Point("post", "ours+redis, limits on", "post_us"),
        Point("post", "bare route", "post_us"),
    ),
    Target("a line of a batch", 20, Point("batch", "ours", "both_line_us"), unit="µs"),
    Target("memory of an idle connection", 1, Point("memory", "ours", "kb_each"), unit="KB"),
    _ratio("CPU to connect one of 5,000", 2, "storm", "connect_us", "nchan"),
    _ratio("1,000 catch up 100 missed, time", 0.3, "resume", "caught_up_s", "nchan"),
    Target("5,000 long-polls", 25, Point("polls", "ours", "core_percent"), unit="% core"),
    Target(
        "5,000 long-polls, the store", 2, Point("polls", "ours", "store_percent"), unit="% core"
    ),
    Target(
        "10,000 idle connections", 2, Point("heartbeats", "ours", "core_percent"), unit="% core"
    ),
    Target(
        "one message to 100,000",
        None,
        Point("hundred-thousand", "ours, 8 workers", "last_ms"),
    ),
    Target(
        "CPU of a message, 5,000 rooms followed",
        1.5,
        Point("rooms-5000", "ours", "message_us"),
        Point("rooms-5", "ours", "message_us"),
        unit="5 rooms",
    ),
    Target(
        "CPU per delivery, one feed of 50 rooms",
        1.3,
        Point("many", "ours, 50 rooms", "cpu_us"),
        Point("many", "ours", "cpu_us"),
        unit="one room",
    ),
    Target("memory that stalled readers add", 5, Point("slow", "ours", "grown_mb"), unit="MB"),
    Target(
        "busiest of 2 workers, CPU per delivery",
        0.55,
        Point("workers", "ours, 2 workers", "busiest_us"),
        Point("workers", "ours", "busiest_us"),
        unit="one worker",
    ),
)


def faults_of(rows: Sequence[Row], contender_start: str = "ours") -> list[str]:
    return [
        f"{row.scenario}, {row.contender}, round {row.round}: {fault}"
        for row in rows
        if row.contender.startswith(contender_start)
        for fault in row.faults
    ]
