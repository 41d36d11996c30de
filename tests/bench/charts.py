"""The charts of a benchmark: cost per delivery over rate, memory over connections."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.report import medians
from tests.bench.run import Row
from tests.support.charts import draw

_COLOURS = {"floor": "#888", "nchan": "#2a9d5c", "ours": "#2f6fde", "naive": "#d1495b"}
_RATES = (10, 50, 200)


def write_charts(folder: Path, rows: Sequence[Row]) -> list[Path]:
    """Cost per delivery over rate, memory over connections: those that were measured."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, chart in (("cost", _cost_chart(rows)), ("memory", _memory_chart(rows))):
        if chart:
            path = folder / f"{name}.svg"
            path.write_text(chart)
            written.append(path)
    return written


def _cost_chart(rows: Sequence[Row]) -> str | None:
    series = {
        each: [
            (rate, cost)
            for rate in (*_RATES, 1000)
            if (cost := medians(rows, f"fan-out-{rate}", each).get("cpu_us"))
        ]
        for each in _COLOURS
    }
    title = "Server CPU per delivery, 1,000 readers (µs; both axes logarithmic)"
    return draw(
        title, "messages per second", series, _COLOURS, x_ticks=(10, 50, 200, 1000), is_log=True
    )


def _memory_chart(rows: Sequence[Row]) -> str | None:
    series = {each: _held(medians(rows, "memory", each)) for each in _COLOURS}
    ticks = sorted({x for points in series.values() for x, _ in points})
    title = "Server memory added by idle connections (MB)"
    return draw(title, "connections", series, _COLOURS, x_ticks=ticks)


def _held(measures: Mapping[str, float]) -> list[tuple[float, float]]:
    prefix = "held_mb_"
    points = [
        (float(name.removeprefix(prefix)), value)
        for name, value in measures.items()
        if name.startswith(prefix)
    ]
    return sorted(points)
