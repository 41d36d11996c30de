"""The soak: its verdict on doctored samples, and a run of some seconds; python -m tests.soak."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.soak.plot import write_charts
from tests.soak.run import Plan, soak
from tests.soak.samples import Sample
from tests.soak.verdict import judge, objections

POSTS_PER_MINUTE = 1200
# Half an hour, a sample each 5 s, of a process whose memory and files go up and down.
STEADY = [
    Sample(at * 5.0, name, pid, 60_000 + at % 7 * 40, 45_000 + at % 7 * 40, 40 + at % 11, 3)
    for at in range(360)
    for name, pid in (("supervisor", 1), ("store", 2), ("worker 1", 3))
]
Doctor = Callable[[Sample], Sample]


def of(process: str, change: Doctor) -> list[Sample]:
    """The steady samples, those of one process changed."""
    return [change(each) if each.process == process else each for each in STEADY]


def verdict(samples: list[Sample]) -> list[str]:
    return objections(samples, judge(samples, POSTS_PER_MINUTE))


@pytest.mark.parametrize(
    "samples",
    [
        pytest.param(STEADY, id="steady"),
        pytest.param(
            of("worker 1", lambda s: replace(s, uss_kb=s.uss_kb + int(min(s.at_s, 500) * 30))),
            id="fills-up-at-first",
        ),
        pytest.param(
            of("store", lambda s: replace(s, uss_kb=s.uss_kb + int(s.at_s * 4))),
            id="the-store-remembers-keys",
        ),
        pytest.param(
            [
                *of("worker 1", lambda s: replace(s, files=s.files + int(s.at_s / 60)))[2::3],
                *of("store", lambda s: replace(s, files=s.files - int(s.at_s / 60)))[1::3],
                *STEADY[::3],
            ],
            id="connections-that-move-over",
        ),
        pytest.param(
            of("worker 1", lambda s: replace(s, files=s.files + 90 * (1000 < s.at_s < 1100))),
            id="a-crowd-that-goes-again",
        ),
    ],
)
def test_samples_that_are_flat_pass(samples: list[Sample]) -> None:
    assert verdict(samples) == []


@pytest.mark.parametrize(
    ("samples", "objection"),
    [
        pytest.param(
            of("worker 1", lambda s: replace(s, uss_kb=s.uss_kb + int(s.at_s))),
            "worker 1    USS", id="a-kilobyte-a-second",
        ),
        pytest.param(
            of("worker 1", lambda s: replace(s, rss_kb=s.rss_kb + int(s.at_s * 2))),
            "worker 1    RSS", id="shared-memory-grows",
        ),
        pytest.param(
            of("store", lambda s: replace(s, uss_kb=s.uss_kb + int(s.at_s * 10))),
            "store       USS", id="more-than-the-keys",
        ),
        pytest.param(
            of("supervisor", lambda s: replace(s, files=s.files + int(s.at_s / 120))),
            "all         files", id="a-file-each-two-minutes",
        ),
        pytest.param(
            of("worker 1", lambda s: replace(s, threads=s.threads + int(s.at_s / 600))),
            "worker 1    threads", id="a-thread-each-ten-minutes",
        ),
        pytest.param(
            of("worker 1", lambda s: replace(s, process="worker 2") if s.at_s > 900 else s),
            "worker 1 ended after 900 s", id="a-worker-was-replaced",
        ),
    ],
)  # fmt: skip
def test_doctored_samples_are_objected_to(samples: list[Sample], objection: str) -> None:
    found = verdict(samples)
    assert any(each.startswith(objection) for each in found), found


@pytest.mark.long
def test_a_short_soak_reads_by_every_step_and_samples_every_process(tmp_path: Path) -> None:
    outcome = asyncio.run(soak(tmp_path, Plan(minutes=0.1, readers=20, sample_s=0.5)))
    # Seconds are too few to call memory flat, but not to lose a message.
    others = [each for each in outcome.objections if "NOT FLAT" not in each]
    assert not others, str(outcome)
    assert outcome.counts["deliveries"] > 200
    names = {sample.process for sample in outcome.samples}
    assert names == {"supervisor", "store", "worker 1", "worker 2"}
    write_charts(tmp_path / "charts", outcome.samples)
    for name in ("soak-memory", "soak-files"):
        ElementTree.parse(tmp_path / "charts" / f"{name}.svg")
