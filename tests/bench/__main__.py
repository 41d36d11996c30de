"""`python -m tests.bench`: runs the scenarios round by round, and reports."""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.bench.catalogue import SCENARIOS
from tests.bench.charts import write_charts
from tests.bench.contenders.nchan import find_nchan
from tests.bench.page import write_page
from tests.bench.programs import NoCompiler, Programs, raise_file_limit
from tests.bench.report import disturbed_line, machine, scenario_lines, target_lines, write_json
from tests.bench.run import Load, Row, Scenario, play, play_undisturbed
from tests.bench.targets import faults_of


@dataclass(frozen=True, slots=True)
class Plan:
    scenarios: Sequence[Scenario]
    rounds: int
    load: Load
    only: Sequence[str]
    tries: int
    patience_s: float

    def contenders(self, scenario: Scenario) -> list[str]:
        has_nchan = find_nchan() is not None
        return [
            each
            for each in scenario.contenders
            if (not self.only or each in self.only) and (has_nchan or "nchan" not in each)
        ]


def main() -> int:
    flags = _parse()
    plan = _make_plan(flags)
    began_s = time.monotonic()
    if find_nchan() is None:
        print("nchan is not installed and left out (Debian: nginx libnginx-mod-nchan)")
    raise_file_limit()
    with tempfile.TemporaryDirectory(prefix="bench-programs-") as folder:
        try:
            rows = _play_all(plan, Programs(Path(folder)), flags.json)
        except NoCompiler as exc:
            print(exc, file=sys.stderr)
            return 2
    _report(plan, rows, time.monotonic() - began_s)
    if flags.svg:
        write_charts(flags.svg, rows)
    if flags.page:
        write_page(flags.page, rows)
    return int(bool(faults_of(rows)))


def _parse() -> argparse.Namespace:
    names = [each.name for each in SCENARIOS]
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="one round of the short scenarios: under 3 minutes")
    add("--scenario", action="append", choices=names, help="only this one; may be repeated")
    add("--contender", action="append", default=[], help="only this one; may be repeated")
    add("--rounds", type=int, help="rounds, interleaved [3; quick: 1]")
    add("--window", type=float, help="seconds of a load [5; quick: 2]")
    add("--share", type=float, default=1.0, help="share of the connections [1]")
    add("--tries", type=int, default=1, help="runs again what others on the machine disturb [1]")
    add("--patience", type=float, default=0, help="seconds to wait for a quiet machine [0]")
    add("--json", type=Path, metavar="FILE", help="write every row, as it comes")
    add("--svg", type=Path, metavar="FOLDER", help="draw the charts")
    add("--page", type=Path, metavar="FILE", help="put tables into this page, as its last part")
    return parser.parse_args()


def _make_plan(flags: argparse.Namespace) -> Plan:
    if flags.scenario:
        scenarios = [each for each in SCENARIOS if each.name in flags.scenario]
    else:
        scenarios = [each for each in SCENARIOS if each.is_quick or not flags.quick]
    load = Load(flags.window or (2 if flags.quick else 5), flags.share)
    return Plan(
        scenarios,
        flags.rounds or (1 if flags.quick else 3),
        load,
        flags.contender,
        flags.tries,
        flags.patience,
    )


def _play_all(plan: Plan, programs: Programs, json_path: Path | None) -> list[Row]:
    """What was measured is written as it comes: a run that is stopped was not for nothing."""
    rows: list[Row] = []
    for number in range(1, plan.rounds + 1):
        for scenario in plan.scenarios:
            if number > scenario.most_rounds:
                continue
            for contender in plan.contenders(scenario):
                print(f"round {number}: {scenario.name}, {contender}", file=sys.stderr)
                once = partial(play, scenario, contender, number, plan.load, programs)
                rows.append(play_undisturbed(once, plan.tries, plan.patience_s))
                if json_path:
                    write_json(json_path, rows)
    return rows


def _report(plan: Plan, rows: list[Row], took_s: float) -> None:
    print("  ".join(f"{name}: {value}" for name, value in machine().items()))
    for scenario in plan.scenarios:
        print("", *scenario_lines(scenario, rows), sep="\n")
    print("", *target_lines(rows), "", disturbed_line(rows), f"took {took_s:.0f} s", sep="\n")


if __name__ == "__main__":
    raise SystemExit(main())
