"""From times to a verdict. No I/O."""

from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from sse_chat.doctor.measured import FeedReading, Measured

_ON_TIME_MS = 300
# Events of a whole answer come within this part of the time in which they were sent.
_AT_ONCE = 0.3


class Verdict(StrEnum):
    STREAMS = "streams"
    LATE = "late"
    ONE_LATE = "one late"
    BUFFERED = "held"
    CUT = "cut"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Classified:
    verdict: Verdict
    late_ms: float = 0.0
    """The most that an event came later than the fastest one did."""


def classify_feed(feed: FeedReading) -> Classified:
    if not feed.events:
        return Classified(Verdict.BUFFERED if feed.end == "silent" else Verdict.REFUSED)
    ways = [came - sent for sent, came in feed.events]
    late = [way - min(ways) for way in ways]
    if len(feed.events) < 3:
        return Classified(Verdict.BUFFERED if feed.end == "silent" else Verdict.CUT, max(late))
    return Classified(_verdict(feed, late), max(late))


def _verdict(feed: FeedReading, late: list[float]) -> Verdict:
    sent = [event[0] for event in feed.events]
    came = [event[1] for event in feed.events]
    sent_span, came_span = sent[-1] - sent[0], max(came) - min(came)
    if sent_span > _ON_TIME_MS and came_span < _AT_ONCE * sent_span:
        return Verdict.BUFFERED
    if feed.end != "whole":
        return Verdict.BUFFERED if feed.end == "silent" else Verdict.CUT
    interval = sent_span / (len(sent) - 1)
    if max(late) <= _ON_TIME_MS:
        return Verdict.STREAMS
    if 0.7 * interval <= median(late[:-1]) <= 1.4 * interval:
        return Verdict.ONE_LATE
    return Verdict.LATE


# The page's and the client's order, and whether a verdict lets the step hold.
_STEPS = ("sse", "post", "poll")


def settles_on(measured: Measured) -> int:
    """The step of three on which the page and the client settle; 0 when none works."""
    for number, name in enumerate(_STEPS[:2], 1):
        feed = measured.feeds.get(name)
        if feed and classify_feed(feed).verdict in (
            Verdict.STREAMS,
            Verdict.LATE,
            Verdict.ONE_LATE,
        ):
            return number
    return 3 if measured.poll_s is not None and not measured.poll_problem else 0
