"""python -m tests.faults --stage sentinel --seed 7 --seconds 600"""

import argparse
import asyncio
import secrets
import tempfile
from pathlib import Path

from tests.faults.run import run
from tests.faults.stages import STAGES


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000))
    parser.add_argument("--stage", choices=STAGES, default="single")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--readers", type=int, default=30)
    parser.add_argument("--posts", type=float, default=40, help="a second")
    flags = parser.parse_args()
    print(f"seed {flags.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(
            run(
                Path(folder),
                seed=flags.seed,
                seconds=flags.seconds,
                stage=flags.stage,
                readers=flags.readers,
                posts_per_s=flags.posts,
            )
        )
    print(report)
    raise SystemExit(bool(report.objections))


if __name__ == "__main__":
    main()
