"""Whether what was sampled is flat: a slope for each process, and a bound for it. No I/O."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from tests.soak.samples import Sample

# Caches, windows and the allocator's arenas fill up first.
_WARM_UP = 1 / 3
_MOST_KB_PER_MINUTE = 50.0
# The store remembers each post's key for 24 h, so that a retry appends nothing, and has the post in
# the live stream of its partition, which is full only after 20,000.
_MOST_BYTES_PER_POST = 300.0
# Connections come and go; what leaks goes on rising. Of the whole judged time:
_MOST_FILES = 4.0
_MOST_THREADS = 1.0
_MOST_POINTS = 240
Value = Callable[[Sample], float]


@dataclass(frozen=True, slots=True)
class Trend:
    """`least` and `most` of the judged time; `slope` is per minute, and may be up to `bound`."""

    process: str
    measure: str
    least: float
    most: float
    slope: float
    bound: float

    @property
    def is_flat(self) -> bool:
        return self.slope <= self.bound

    def __str__(self) -> str:
        verdict = "flat" if self.is_flat else "NOT FLAT"
        return (
            f"{self.process:<11} {self.measure:<8} {self.least:>9,.0f} … {self.most:>9,.0f}  "
            f"{self.slope:>+9.2f} a minute, allowed {self.bound:.2f}: {verdict}"
        )


def judge(samples: Sequence[Sample], posts_per_minute: float) -> list[Trend]:
    """A trend for each process and measure, after the warm-up."""
    begin_s = max(sample.at_s for sample in samples) * _WARM_UP
    judged = [sample for sample in samples if sample.at_s >= begin_s]
    return [
        trend
        for process in dict.fromkeys(sample.process for sample in samples)
        for trend in _trends(
            process, [each for each in judged if each.process == process], posts_per_minute
        )
    ]


def objections(samples: Sequence[Sample], trends: Sequence[Trend]) -> list[str]:
    """What is not flat, and processes that were replaced or are missing."""
    found = [str(trend) for trend in trends if not trend.is_flat]
    last_s = max(sample.at_s for sample in samples)
    for process in dict.fromkeys(sample.process for sample in samples):
        times_s = [sample.at_s for sample in samples if sample.process == process]
        if times_s[-1] < last_s:
            found.append(f"{process} ended after {times_s[-1]:.0f} s")
        if times_s[0] > last_s * _WARM_UP:
            found.append(f"{process} began only after {times_s[0]:.0f} s")
    return found


def _trends(process: str, judged: list[Sample], posts_per_minute: float) -> Iterator[Trend]:
    if len(judged) < 3:
        return
    posts_kb = posts_per_minute * _MOST_BYTES_PER_POST / 1024 if process == "store" else 0.0
    minutes = (judged[-1].at_s - judged[0].at_s) / 60
    measures: tuple[tuple[str, Value, float], ...] = (
        ("USS, KB", lambda sample: sample.uss_kb, _MOST_KB_PER_MINUTE + posts_kb),
        ("RSS, KB", lambda sample: sample.rss_kb, _MOST_KB_PER_MINUTE + posts_kb),
        ("files", lambda sample: sample.files, _MOST_FILES / minutes),
        ("threads", lambda sample: sample.threads, _MOST_THREADS / minutes),
    )
    for measure, value, bound in measures:
        values = [value(sample) for sample in judged]
        yield Trend(process, measure, min(values), max(values), slope(judged, value), bound)


def slope(samples: Sequence[Sample], value: Value) -> float:
    """Change per minute: the median of the slopes of all pairs, which single peaks do not move.

    Source: https://en.wikipedia.org/wiki/Theil%E2%80%93Sen_estimator
    """
    thinned = samples[:: len(samples) // _MOST_POINTS + 1]
    return 60 * median(
        (value(later) - value(earlier)) / (later.at_s - earlier.at_s)
        for earlier, later in combinations(thinned, 2)
        if later.at_s > earlier.at_s
    )
