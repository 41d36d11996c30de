"""Families: what one worker measures, as plain data that can travel to another worker."""

import os
import platform
import resource
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from sse_chat import __version__
from sse_chat.counts import POST_BUCKETS_S, Counts
from sse_chat.feed.hub import Hub
from sse_chat.people.limits import COUNT_LIMITS, LIMITS, OTHERS
from sse_chat.services import Services

_NEVER = float("inf")
_STEPS = {"sse": "1", "ndjson": "2", "text": ""}


@dataclass(frozen=True, slots=True)
class Sample:
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """`kind` is gauge, counter or histogram; the names of counters end in `_total`."""

    name: str
    kind: str
    meaning: str
    samples: list[Sample]


def measure(services: Services) -> list[Family]:
    build = {"version": __version__, "python": platform.python_version()}
    return [
        Family("build_info", "gauge", "1, with the version that runs", [Sample(1.0, build)]),
        *_feeds(services.hub),
        *_work(services.counts),
        *_store(services),
        *_disk(services.settings.data_folder(os.environ)),
        *_process(),
    ]


def _feeds(hub: Hub) -> Iterator[Family]:
    """Walks all feeds: some milliseconds for 20,000."""
    formats: Counter[str] = Counter()
    slow, lag_ms, polls = 0, 0, 0
    for channel in hub.channels.values():
        head, polls = channel.window.head, polls + len(channel.waiters)
        for feed in channel.feeds:
            formats[feed.fmt.name] += 1
            if feed.sink is not None and feed.sink.blocked_since_s != _NEVER:
                slow += 1
            # A feed at 0-0 has just begun to read all that is kept.
            if feed.cursor < head and feed.cursor.ms:
                lag_ms = max(lag_ms, head.ms - feed.cursor.ms)
    open_feeds = [
        Sample(formats[name], {"format": name, "step": step}) for name, step in _STEPS.items()
    ]
    open_feeds.append(Sample(polls, {"format": "poll", "step": "3"}))
    yield Family("feeds", "gauge", "Open feeds, and long-polls that wait", open_feeds)
    yield _gauge("rooms_followed", "Rooms with a window in this worker", len(hub.channels))
    yield _gauge("slow_feeds", "Feeds whose reader takes nothing more just now", slow)
    yield _gauge(
        "slowest_cursor_lag_seconds",
        "From the slowest feed's cursor to its room's newest entry",
        lag_ms / 1000,
    )  # fmt: skip
    yield _gauge("draining", "1 once the worker says goodbye", hub.is_draining.is_set())


def _work(counts: Counts) -> Iterator[Family]:
    yield _counter("deliveries_total", "Entries written to feeds", counts.deliveries)
    opens = {"window": counts.opens_from_window, "store": counts.opens_from_store}
    yield _counters("feed_opens_total", "Feeds opened, by what their cursor was served from",
                    "source", opens)  # fmt: skip
    yield _counter("store_pages_total", "Pages read for feeds outside the window", counts.pages)
    yield _counter("loop_holds_total", "Times one thing held all others up for over 50 ms",
                   counts.loop_holds)  # fmt: skip
    yield _gauge("loop_longest_hold_seconds", "The longest of them", counts.longest_hold_s)
    yield _counter("damaged_entries_total", "Entries found that are not as they were written",
                   counts.damaged_entries)  # fmt: skip
    yield _counters("gaps_total", "Gaps told to feeds", "reason", counts.gaps)
    yield _counters("byes_total", "Feeds ended with bye", "reason", counts.byes)
    names = [*(each.name for each in (*LIMITS, *COUNT_LIMITS)), *OTHERS]
    hits = {name: counts.limit_hits.total[name] for name in names}
    yield _counters("limit_hits_total", "Requests over a limit, by its name", "limit", hits)
    last_hour = counts.limit_hits.last_hour(time.time())
    samples_hour = [Sample(count, {"limit": name}) for name, count in last_hour.items()]
    yield Family("limit_hits_last_hour", "gauge", "The same in the last hour", samples_hour)
    yield _counters("refusals_total", "Requests refused: limits, errors", "code", counts.refusals)
    totals = list(accumulate(counts.post_buckets))
    bounds = [*map(str, POST_BUCKETS_S), "+Inf"]
    samples = [
        Sample(total, {"le": bound}, "_bucket") for bound, total in zip(bounds, totals, strict=True)
    ]
    samples += [Sample(totals[-1], {}, "_count"), Sample(counts.post_sum_s, {}, "_sum")]
    yield Family("post_seconds", "histogram", "From a post's arrival at the store to its answer",
                 samples)  # fmt: skip


def _store(services: Services) -> Iterator[Family]:
    tail = services.tail
    yield _gauge("tail_running", "1 while entries reach this worker's feeds", tail.is_running)
    yield _gauge("store_away", "1 while the store does not answer", services.hub.store_is_away)
    yield _counter("tail_round_trips_total", "Blocking XREADs answered", tail.round_trips)
    yield _counter("tail_failures_total", "Times the tail lost the store",
                   services.counts.tail_failures)  # fmt: skip
    queues = [Sample(depth, {"queue": name}) for name, depth in services.store.queues().items()]
    yield Family("store_queue", "gauge", "Commands that wait for the store", queues)


def _disk(folder: Path) -> Iterator[Family]:
    if folder.exists():
        free = shutil.disk_usage(folder).free
        yield _gauge("disk_free_bytes", "Room on the disk of the data folder", free)


def _process() -> Iterator[Family]:
    folder = Path("/proc/self")
    if folder.exists():
        pages = int((folder / "statm").read_text().split()[1])
        yield _gauge("memory_bytes", "Resident memory", pages * resource.getpagesize())
        files = len(os.listdir(folder / "fd"))
        yield _gauge("open_files", "Open file descriptors", files)
    used = resource.getrusage(resource.RUSAGE_SELF)
    yield _counter("cpu_seconds_total", "Processor time", used.ru_utime + used.ru_stime)


def _gauge(name: str, meaning: str, value: float) -> Family:
    return Family(name, "gauge", meaning, [Sample(float(value))])


def _counter(name: str, meaning: str, value: float) -> Family:
    return Family(name, "counter", meaning, [Sample(value)])


def _counters(name: str, meaning: str, label: str, values: Mapping[str, int]) -> Family:
    samples = [Sample(value, {label: each}) for each, value in values.items()]
    return Family(name, "counter", meaning, samples)
