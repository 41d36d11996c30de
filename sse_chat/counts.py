"""Counts: what a worker has done since it started, as plain numbers. No I/O.

Adding to an int is all that is paid on the way of an entry; a scrape reads them.
"""

from bisect import bisect_left
from collections import Counter

from sse_chat.errors import codes

GAP_REASONS = ("trimmed", "reset")
BYE_REASONS = ("drain", "rotate", "busy", "revoked")
_KEPT_MINUTES = 60
POST_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class LimitHits:
    """How often each limit refused something: since the start, and in each of the last minutes."""

    def __init__(self) -> None:
        self.total: Counter[str] = Counter()
        self._minutes: dict[int, Counter[str]] = {}

    def add(self, limit: str, now_s: float) -> None:
        self.total[limit] += 1
        minute = int(now_s // 60)
        if minute not in self._minutes:
            self._minutes = {
                each: count
                for each, count in self._minutes.items()
                if each > minute - _KEPT_MINUTES
            }
            self._minutes[minute] = Counter()
        self._minutes[minute][limit] += 1

    def last_hour(self, now_s: float) -> Counter[str]:
        first = int(now_s // 60) - _KEPT_MINUTES
        minutes = (count for each, count in self._minutes.items() if each > first)
        return sum(minutes, Counter())


class Counts:
    """One for all parts of a worker."""

    __slots__ = (
        "byes",
        "damaged_entries",
        "deliveries",
        "gaps",
        "limit_hits",
        "longest_hold_s",
        "loop_holds",
        "opens_from_store",
        "opens_from_window",
        "pages",
        "post_buckets",
        "post_sum_s",
        "refusals",
        "tail_failures",
    )  # fmt: skip

    def __init__(self) -> None:
        self.deliveries = 0
        self.damaged_entries = 0
        self.loop_holds = 0
        self.longest_hold_s = 0.0
        self.opens_from_window = 0
        self.opens_from_store = 0
        self.pages = 0
        self.tail_failures = 0
        # From the start at 0: nobody sees the increase of a series that is born with its value.
        self.gaps: Counter[str] = Counter(dict.fromkeys(GAP_REASONS, 0))
        self.byes: Counter[str] = Counter(dict.fromkeys(BYE_REASONS, 0))
        self.refusals: Counter[str] = Counter(dict.fromkeys(codes(), 0))
        # One more than the bounds: the last is of all that took longer.
        self.post_buckets = [0] * (len(POST_BUCKETS_S) + 1)
        self.post_sum_s = 0.0
        self.limit_hits = LimitHits()

    def posted(self, seconds: float) -> None:
        self.post_buckets[bisect_left(POST_BUCKETS_S, seconds)] += 1
        self.post_sum_s += seconds
