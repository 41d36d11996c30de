"""Whether what was sampled is flat: a slope for each process, and a bound for it. No I/O."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from tests.soak.samples import Sample

# Caches, windows and the allocator's arenas fill up first.
_WARM_UP = 1 / 3
_MOST_KB_PER_MINUTE = 50.0
# The store remembers each post's key for 24 h, so that a retry appends nothing, and has the post in
# the live stream of its partition until that is full.
_MOST_BYTES_PER_POST = 300.0
# Connections come and go; what leaks goes on rising. Of the whole judged time:
_MOST_FILES = 4.0
_MOST_THREADS = 1.0
_MOST_POINTS = 240
_LEAST_SAMPLES = 3
# Seconds since the begin, and what was measured.
Point = tuple[float, float]


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
    """A trend for each process and measure, and the files of all together, after the warm-up.

    A connection that is made anew may come to another worker: the files of one may rise for long.
    """
    begin_s = max(sample.at_s for sample in samples) * _WARM_UP
    judged = [sample for sample in samples if sample.at_s >= begin_s]
    posts_kb = posts_per_minute * _MOST_BYTES_PER_POST / 1024
    trends = []
    for process in dict.fromkeys(sample.process for sample in samples):
        own = [sample for sample in judged if sample.process == process]
        if len(own) < _LEAST_SAMPLES:
            continue
        most_kb = _MOST_KB_PER_MINUTE + (posts_kb if process == "store" else 0.0)
        trends += [
            _trend(process, "USS, KB", [(each.at_s, each.uss_kb) for each in own], most_kb),
            _trend(process, "RSS, KB", [(each.at_s, each.rss_kb) for each in own], most_kb),
            _trend(
                process,
                "threads",
                [(each.at_s, each.threads) for each in own],
                _MOST_THREADS / _minutes(own),
            ),
        ]
    files: Counter[float] = Counter()
    for sample in judged:
        files[sample.at_s] += sample.files
    trends.append(_trend("all", "files", list(files.items()), _MOST_FILES / _minutes(judged)))
    return trends


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


def _minutes(samples: Sequence[Sample]) -> float:
    return (samples[-1].at_s - samples[0].at_s) / 60


def _trend(process: str, measure: str, points: Sequence[Point], bound: float) -> Trend:
    values = [value for _, value in points]
    return Trend(process, measure, min(values), max(values), slope(points), bound)


def slope(points: Sequence[Point]) -> float:
    """Change per minute: the median of the slopes of all pairs, which single peaks do not move.

    Source: https://en.wikipedia.org/wiki/Theil%E2%80%93Sen_estimator
    """
    thinned = points[:: len(points) // _MOST_POINTS + 1]
    return 60 * median(
        (later - earlier) / (later_s - earlier_s)
        for (earlier_s, earlier), (later_s, later) in combinations(thinned, 2)
        if later_s > earlier_s
    )
