"""The part of the page on performance that a run writes: its tables and charts."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.report import align, disturbed_line, machine, medians, target_lines
from tests.bench.run import Row

HEADING = "## What was measured"
_RATES = (10, 50, 200, 1500)
_POSTS = {"post": "no reader", "post-10": "10 readers"}


def write_page(path: Path, rows: Sequence[Row]) -> None:
    """What follows the heading is replaced; the rest of the page is kept."""
    before, _, _ = path.read_text().partition(HEADING)
    path.write_text(before + "\n".join([HEADING, "", *_lines(rows)]) + "\n")


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    facts = machine()
    yield (
        f"On {datetime.now(UTC):%Y-%m-%d}, {facts['cores']} cores ({facts['cpu']}), "
        f"Linux {facts['kernel']}, Python {facts['python']}. {disturbed_line(rows)}."
    )
    yield from ("", "CPU µs per delivery to 1,000 readers, the store apart:", "")
    yield from _table(rows, {f"{rate:,} msg/s": (f"fan-out-{rate}", "cpu_us") for rate in _RATES})
    yield from ("", "Delivered each second:", "")
    yield from _table(
        rows, {f"{rate:,} msg/s": (f"fan-out-{rate}", "delivered_per_s") for rate in _RATES}
    )
    yield from ("", "p99 from due to read, in ms:", "")
    yield from _table(rows, {f"{rate:,} msg/s": (f"fan-out-{rate}", "p99_ms") for rate in _RATES})
    yield from ("", "Connections, and 1,000 of them that return and have missed 100 each:", "")
    yield from _table(
        rows,
        {
            "KB of an idle one": ("memory", "kb_each"),
            "CPU µs to connect one": ("storm", "connect_us"),
            "all caught up, s": ("resume", "caught_up_s"),
        },
    )
    for scenario, readers in _POSTS.items():
        yield from ("", f"POST over 32 connections, {readers}, CPU µs:", "")
        yield from _table(
            rows,
            {
                "server": (scenario, "post_us"),
                "store": (scenario, "store_post_us"),
                "together": (scenario, "both_us"),
                "posts/s": (scenario, "posts_per_s"),
            },
        )
    yield from ("", "Lone messages, batches, long-polls and a crowd:", "")
    yield from _table(
        rows,
        {
            "lone message, both µs": ("rooms-5", "both_us"),
            "its p50, ms": ("rooms-5", "p50_ms"),
            "line of a batch, both µs": ("batch", "both_line_us"),
            "5,000 polls, % of a core": ("polls", "core_percent"),
            "100,000 idle, KB each": ("hundred-thousand", "kb_each"),
            "% of a core": ("hundred-thousand", "core_percent"),
            "a message to all, ms": ("hundred-thousand", "last_ms"),
        },
    )
    yield from ("", "The numbers to reach:", "")
    yield from target_lines(rows)
    yield ""
    yield "![CPU per delivery over the rate](../static/charts/cost.svg)"
    yield ""
    yield "![Memory over connections](../static/charts/memory.svg)"


def _table(rows: Sequence[Row], columns: dict[str, tuple[str, str]]) -> Iterator[str]:
    table = [["", *columns]]
    for contender in dict.fromkeys(row.contender for row in rows):
        cells = [
            _number(medians(rows, scenario, contender).get(measure))
            for scenario, measure in columns.values()
        ]
        if any(cells):
            table.append([contender, *cells])
    return align(table)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
