"""From the times of events to a verdict and a step."""

import pytest

from sse_chat.doctor.classify import Verdict, classify_feed, settles_on
from sse_chat.doctor.fixes import read_fixes
from sse_chat.doctor.measured import FeedReading, Measured
from sse_chat.doctor.report import write_report

SENT = (0, 500, 1000, 1500, 2000, 2500)


def reading(*came: float, end: str = "whole") -> FeedReading:
    return FeedReading(tuple(zip(SENT, came, strict=False)), end)


STREAMS = reading(20, 520, 1020, 1520, 2020, 2520)
HELD = reading(2510, 2510, 2511, 2511, 2512, 2512)


@pytest.mark.parametrize(
    ("feed", "expected"),
    [
        pytest.param(STREAMS, Verdict.STREAMS, id="on-time"),
        pytest.param(reading(220, 720, 1220, 1720, 2220, 2720), Verdict.STREAMS, id="far-away"),
        pytest.param(HELD, Verdict.BUFFERED, id="whole-at-the-end"),
        pytest.param(
            reading(520, 1020, 1520, 2020, 2520, 2525), Verdict.ONE_LATE, id="one-event-late"
        ),
        pytest.param(reading(20, 520, 2020, 2020, 2020, 2520), Verdict.LATE, id="in-lumps"),
        pytest.param(reading(20, 520, 1020, end="cut"), Verdict.CUT, id="cut"),
        pytest.param(reading(20, end="cut"), Verdict.CUT, id="cut-at-once"),
        pytest.param(reading(20, end="silent"), Verdict.BUFFERED, id="first-bytes-only"),
        pytest.param(reading(end="silent"), Verdict.BUFFERED, id="nothing"),
        pytest.param(reading(end="refused"), Verdict.REFUSED, id="refused"),
    ],
)
def test_times_become_a_verdict(feed: FeedReading, expected: Verdict) -> None:
    assert classify_feed(feed).verdict == expected


@pytest.mark.parametrize(
    ("sse", "post", "poll_problem", "step"),
    [
        (STREAMS, STREAMS, "", 1),
        (HELD, STREAMS, "", 2),
        (HELD, HELD, "", 3),
        (HELD, HELD, "504", 0),
    ],
)
def test_the_step_is_the_first_that_comes_through(
    sse: FeedReading, post: FeedReading, poll_problem: str, step: int
) -> None:
    measured = Measured(
        url="https://x",
        feeds={"sse": sse, "post": post},
        poll_s=1.0,
        poll_problem=poll_problem,
    )
    assert settles_on(measured) == step


def test_the_settings_that_are_shown_are_those_of_the_programs() -> None:
    fixes = read_fixes()
    assert set(fixes) == {"nginx", "haproxy", "apache", "caddy", "varnish", "squid"}
    assert "proxy_buffering off;" in fixes["nginx"]
    held = Measured(url="https://x", feeds={"sse": HELD}, poll_s=1.0)
    report = write_report(held, fixes)
    assert all(f"\n  {name}\n" in report for name in fixes)


def test_a_report_obeys_no_terminal() -> None:
    report = write_report(Measured(url="\x1b[31m\x9b2J", problem="a\nb\x07"), {})
    assert not set(report) & set("\x1b\x9b\x07")
