"""`python -m tests.simulation --seeds N [--from K] [--seed K]`."""

import argparse
import sys
import time
from collections import Counter

from tests.simulation.faults import FAULTS, put_back
from tests.simulation.run import find_first, run, run_seed, shrink, unmet
from tests.simulation.schedule import draw_schedule

# A run of so many seeds meets every border.
_MEETS_ALL = 2000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seeds", type=int, default=2000, help="how many")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first seed")
    parser.add_argument("--seed", type=int, help="this one only, shrunk if it fails")
    parser.add_argument("--go-on", action="store_true", help="past the first that fails")
    parser.add_argument("--faults", action="store_true", help="put back known faults; find them")
    args = parser.parse_args()
    if args.faults:
        return _find_faults(args.first, args.seeds)
    if args.seed is not None:
        return _run_one(args.seed)
    return _run_many(args.first, args.seeds, goes_on=args.go_on)


def _run_one(seed: int) -> int:
    schedule = draw_schedule(seed)
    outcome = run(schedule)
    if not outcome.objection:
        print(f"seed {seed}: both laws hold, {outcome.turns} turns")
        return 0
    print(f"seed {seed}: {outcome.objection}")
    schedule, objection = shrink(schedule, outcome.objection)
    print(f"shrunk: {objection}\n{schedule}")
    return 1


def _run_many(first: int, count: int, *, goes_on: bool) -> int:
    met: Counter[str] = Counter()
    began_s, failed, done = time.monotonic(), 0, 0
    for seed in range(first, first + count):
        outcome = run_seed(seed)
        done += 1
        met.update(outcome.met)
        if outcome.objection:
            failed += 1
            print(f"seed {seed}: {outcome.objection}", flush=True)
            if not goes_on:
                _run_one(seed)
                break
    spent_s = time.monotonic() - began_s
    print(f"{done} seeds, {failed} failed, {spent_s:.0f} s, {done / spent_s:.0f} a second")
    for name, number in sorted(met.items()):
        print(f"  {number:>9,} {name}")
    missing = unmet(met) if done >= _MEETS_ALL else []
    if missing:
        print(f"not met: {', '.join(missing)}")
    return 1 if failed or missing else 0


def _find_faults(first: int, count: int) -> int:
    """Each fault with the first seed that finds it."""
    missed = 0
    for name in FAULTS:
        with put_back(name):
            found = find_first(range(first, first + count))
        missed += found is None
        seed, objection = found or ("not found", "")
        print(f"{name:<24} {seed!s:>9}  {objection}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
