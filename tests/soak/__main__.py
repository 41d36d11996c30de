"""python -m tests.soak --minutes 30 --json soak.json --svg charts"""

import argparse
import asyncio
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.soak.plot import write_charts
from tests.soak.run import Outcome, Plan, soak


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=Plan().minutes)
    parser.add_argument("--readers", type=int, default=Plan().readers)
    parser.add_argument("--posts", type=float, default=Plan().posts_per_s, help="a second")
    parser.add_argument("--json", type=Path, help="where the samples go")
    parser.add_argument("--svg", type=Path, help="the folder where the charts go")
    flags = parser.parse_args()
    plan = Plan(minutes=flags.minutes, readers=flags.readers, posts_per_s=flags.posts)
    with tempfile.TemporaryDirectory() as folder:
        outcome = asyncio.run(soak(Path(folder), plan))
    print(outcome)
    if flags.json:
        flags.json.write_text(json.dumps(_shape(outcome)))
    if flags.svg:
        write_charts(flags.svg, outcome.samples)
    raise SystemExit(bool(outcome.objections))


def _shape(outcome: Outcome) -> dict[str, object]:
    return {
        "plan": asdict(outcome.plan),
        "counts": outcome.counts,
        "objections": outcome.objections,
        "trends": [asdict(trend) for trend in outcome.trends],
        "samples": [asdict(sample) for sample in outcome.samples],
    }


if __name__ == "__main__":
    main()
