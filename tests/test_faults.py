"""A short mix of faults under load; python -m tests.faults runs a long one."""

import asyncio
from pathlib import Path

from tests.faults.run import run


def test_every_acknowledged_post_reaches_every_reader_once_under_mixed_faults(
    tmp_path: Path,
) -> None:
    report = asyncio.run(run(tmp_path, seed=6, seconds=40))
    print(report)
    assert not report.objections, str(report)
    assert report.deliveries > 1000
    assert report.faults.total() >= 8
