"""What a run says: a table for each scenario, the targets, and the same as JSON."""

import json
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median

from tests.bench.run import DISTURBED_CORES, Row, Scenario
from tests.bench.targets import TARGETS, Target, faults_of

# The measures that are shown, their headings and how they are written.
_COLUMNS = {
    "cpu_us": ("CPU µs/delivery", ".2f"),
    "store_us": ("store µs", ".2f"),
    "busiest_us": ("busiest process", ".2f"),
    "returned_per_s": ("returns/s", ",.0f"),
    "delivered_per_s": ("delivered/s", ",.0f"),
    "kb_each": ("KB each", ".2f"),
    "store_kb_each": ("store KB each", ".2f"),
    "connect_us": ("CPU µs each", ",.0f"),
    "store_connect_us": ("store µs each", ",.0f"),
    "storm_kb_each": ("KB each after", ".2f"),
    "connect_s": ("seconds", ".2f"),
    "caught_up_s": ("seconds", ".3f"),
    "catch_up_us": ("CPU µs each", ",.0f"),
    "post_us": ("CPU µs/post", ",.1f"),
    "store_post_us": ("store µs", ",.1f"),
    "both_us": ("together", ",.1f"),
    "posts_per_s": ("posts/s", ",.0f"),
    "message_us": ("CPU µs/message", ",.0f"),
    "store_message_us": ("store µs", ",.0f"),
    "core_percent": ("% of a core", ".1f"),
    "store_percent": ("store %", ".1f"),
    "line_us": ("CPU µs/line", ",.1f"),
    "store_line_us": ("store µs", ",.1f"),
    "both_line_us": ("together", ",.1f"),
    "lines_per_s": ("lines/s", ",.0f"),
    "pings_each": ("pings each", ".2f"),
    "grown_mb": ("memory grown MB", ".2f"),
    "after_mb": ("after catching up", ".2f"),
    "kernel_mb": ("kernel MB", ".1f"),
    "missed_mb": ("missed MB", ",.0f"),
    "p50_ms": ("p50 ms", ",.1f"),
    "p99_ms": ("p99 ms", ",.1f"),
    "last_ms": ("last ms", ",.0f"),
    "post_p99_ms": ("POST p99 ms", ",.1f"),
    "bytes_per_delivery": ("bytes", ",.0f"),
    "deliveries_per_read": ("a read", ".1f"),
    "server_cores": ("server cores", ".2f"),
    "reader_cores": ("readers' cores", ".2f"),
    "poster_cores": ("poster's", ".2f"),
    "others_cores": ("others'", ".2f"),
}


def medians(rows: Sequence[Row], scenario: str, contender: str) -> dict[str, float]:
    mine = [row for row in rows if (row.scenario, row.contender) == (scenario, contender)]
    names = {name: None for row in mine for name in row.measures}
    found = {
        name: median(row.measures[name] for row in mine if name in row.measures) for name in names
    }
    return found | {"others_cores": median(row.others_cores for row in mine)} if found else {}


def scenario_lines(scenario: Scenario, rows: Sequence[Row]) -> Iterator[str]:
    """A Markdown table: a line a contender, medians of its rounds."""
    found = {each: medians(rows, scenario.name, each) for each in scenario.contenders}
    found = {each: measures for each, measures in found.items() if measures}
    shown = [name for name in _COLUMNS if any(name in each for each in found.values())]
    table = [[scenario.title, *(_COLUMNS[name][0] for name in shown)]]
    for contender, measures in found.items():
        cells = [
            format(measures[name], _COLUMNS[name][1]) if name in measures else "-" for name in shown
        ]
        table.append([contender, *cells])
    yield from align(table)


def target_lines(rows: Sequence[Row]) -> Iterator[str]:
    table = [["number to reach", "wanted", "measured", ""]]
    table += [_target_cells(target, rows) for target in TARGETS]
    yield from align(table)
    faults = faults_of(rows)
    yield ""
    yield "Loss, order, duplicates: " + ("none of ours in any run" if not faults else "WRONG")
    yield from (f"  {fault}" for fault in faults)
    others = [fault for fault in faults_of(rows, "") if fault not in faults]
    yield from (f"  (of another) {fault}" for fault in others)


def disturbed_line(rows: Sequence[Row]) -> str:
    count = sum(row.others_cores > DISTURBED_CORES for row in rows)
    most = max((row.others_cores for row in rows), default=0.0)
    if not count:
        return (
            f"None of {len(rows)} runs was disturbed: other processes took at most {most:.2f} "
            "of a core meanwhile"
        )
    return (
        f"{count} of {len(rows)} runs were disturbed: other processes took more than "
        f"{DISTURBED_CORES} of a core meanwhile (at most {most:.2f}); trust no times of those"
    )


def _target_cells(target: Target, rows: Sequence[Row]) -> list[str]:
    value = target.value(rows)
    if value is None:
        return [target.title, target.wanted, "-", "not measured"]
    verdict = ""
    if target.limit is not None:
        verdict = "reached" if value <= target.limit else "NOT reached"
    return [target.title, target.wanted, f"{value:,.3g}", verdict]


def align(table: list[list[str]]) -> Iterator[str]:
    widths = [max(len(line[at]) for line in table) for at in range(len(table[0]))]
    for number, line in enumerate(table):
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        yield "| " + " | ".join(cells) + " |"
        if number == 0:
            rules = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
            yield "| " + " | ".join(rules) + " |"


def machine() -> dict[str, object]:
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def write_json(path: Path, rows: Sequence[Row]) -> None:
    targets = [
        {"title": each.title, "wanted": each.wanted, "measured": each.value(rows)}
        for each in TARGETS
    ]
    whole = {"machine": machine(), "targets": targets, "rows": [asdict(row) for row in rows]}
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")
