"""`python -m tests.bench.checksum`: what the sum of an entry costs beside a post, in one run.

A server takes posts all out for some seconds; then the same sums are made and looked at in this
process. CPU time of both, so that others on the machine matter little.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from sse_chat.events import Author, Draft
from sse_chat.store.records import is_intact, pair, sum_of, to_base_fields, to_fields
from tests.bench.programs import Programs, raise_file_limit
from tests.bench.run import Load, started
from tests.bench.scenarios.fanout import TEXT_BYTES
from tests.bench.scenarios.posting import post_all_out

_TIMES = 100_000


def sums_us() -> float:
    """CPU of making one sum, and of looking at it where the tail reads the post back."""
    draft = Draft("bench", Author("poster", "g_0123456789abcdef"), "x" * TEXT_BYTES)
    base = to_base_fields(draft)
    fields = pair(to_fields(draft))
    began_s = time.process_time()
    for _ in range(_TIMES):
        sum_of("bench", base)
        is_intact("bench", fields)
    return (time.process_time() - began_s) / _TIMES * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    flags = parser.parse_args()
    raise_file_limit()
    shares = []
    with tempfile.TemporaryDirectory(prefix="bench-programs-") as folder:
        programs = Programs(Path(folder))
        for number in range(flags.rounds):
            with started("ours", Load(window_s=flags.seconds), programs) as run:
                post_us = post_all_out(run)["both_us"]
            sum_us = sums_us()
            shares.append(sum_us / post_us)
            print(f"{number}: post {post_us:.1f} µs, sums {sum_us:.2f} µs, {shares[-1]:.1%}")
    print(f"median of {flags.rounds}: {statistics.median(shares):.1%} of a post")


if __name__ == "__main__":
    main()
