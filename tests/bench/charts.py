"""Charts as plain SVG: lines over an axis of numbers. Colours suit a light and a dark page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, log10
from pathlib import Path

from tests.bench.report import medians
from tests.bench.run import Row

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 120, 44, 52
_COLOURS = {"floor": "#888", "nchan": "#2a9d5c", "ours": "#2f6fde", "naive": "#d1495b"}
_RATES = (10, 50, 200)
Series = Mapping[str, Sequence[tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class Axis:
    """Maps values to places; `is_log` for what spans powers of ten."""

    title: str
    least: float
    most: float
    begin: float
    end: float
    is_log: bool = False

    def at(self, value: float) -> float:
        low, high, here = self.least, self.most, max(value, self.least)
        if self.is_log:
            low, high, here = log10(low), log10(high), log10(here)
        return self.begin + (here - low) / ((high - low) or 1) * (self.end - self.begin)


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
    return _draw(title, "messages per second", series, x_ticks=(10, 50, 200, 1000), is_log=True)


def _memory_chart(rows: Sequence[Row]) -> str | None:
    series = {each: _held(medians(rows, "memory", each)) for each in _COLOURS}
    ticks = sorted({x for points in series.values() for x, _ in points})
    title = "Server memory added by idle connections (MB)"
    return _draw(title, "connections", series, x_ticks=ticks, is_log=False)


def _held(measures: Mapping[str, float]) -> list[tuple[float, float]]:
    prefix = "held_mb_"
    points = [
        (float(name.removeprefix(prefix)), value)
        for name, value in measures.items()
        if name.startswith(prefix)
    ]
    return sorted(points)


def _draw(
    title: str, x_title: str, series: Series, *, x_ticks: Sequence[float], is_log: bool
) -> str | None:
    drawn = {name: points for name, points in series.items() if len(points) > 1}
    if not drawn:
        return None
    values = [y for points in drawn.values() for _, y in points]
    least, most, y_ticks = _span(min(values), max(values), is_log)
    x_least = x_ticks[0] if is_log else 0
    x = Axis(x_title, x_least, x_ticks[-1], _LEFT, _WIDTH - _RIGHT, is_log)
    y = Axis("", least, most, _HEIGHT - _BOTTOM, _TOP, is_log)
    parts = [*_frame(title, x, y, x_ticks, y_ticks), *_lines(drawn, x, y)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'role="img" aria-label="{escape(title)}" font-family="system-ui, sans-serif" '
        f'font-size="13" fill="#888">\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _span(least: float, most: float, is_log: bool) -> tuple[float, float, list[float]]:
    """The ends of the axis, and where its lines are."""
    if not is_log:
        step = 10 ** ceil(log10(most / 5))
        step = next(part * step for part in (0.2, 0.25, 0.5, 1) if part * step * 5 >= most)
        count = ceil(most / step)
        return 0, count * step, [step * each for each in range(count + 1)]
    ticks = [scale * part for scale in (0.01, 0.1, 1, 10, 100, 1000) for part in (1, 2, 5)]
    low = max(tick for tick in ticks if tick <= least)
    high = min(tick for tick in ticks if tick >= most)
    return low, high, [tick for tick in ticks if low <= tick <= high]


def _frame(
    title: str, x: Axis, y: Axis, x_ticks: Sequence[float], y_ticks: Sequence[float]
) -> list[str]:
    parts = [f'<text x="{_LEFT}" y="22" font-weight="600">{escape(title)}</text>']
    for tick in y_ticks:
        at = y.at(tick)
        parts += [
            f'<path d="M{x.begin} {at:.1f}H{x.end}" stroke="#888" stroke-opacity=".25"/>',
            f'<text x="{_LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{tick:g}</text>',
        ]
    for tick in x_ticks:
        at = x.at(tick)
        parts.append(f'<text x="{at:.1f}" y="{y.begin + 20}" text-anchor="middle">{tick:,g}</text>')
    middle = (x.begin + x.end) / 2
    parts.append(
        f'<text x="{middle}" y="{y.begin + 42}" text-anchor="middle">{escape(x.title)}</text>'
    )
    return parts


def _lines(drawn: Series, x: Axis, y: Axis) -> list[str]:
    parts = []
    labels = _spread({name: y.at(points[-1][1]) for name, points in drawn.items()})
    for name, points in drawn.items():
        colour = _COLOURS[name]
        places = [(x.at(value), y.at(cost)) for value, cost in points]
        path = "L".join(f"{left:.1f} {top:.1f}" for left, top in places)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        parts += [
            f'<circle cx="{left:.1f}" cy="{top:.1f}" r="3.5" fill="{colour}"/>'
            for left, top in places
        ]
        left = places[-1][0] + 10
        parts.append(
            f'<text x="{left:.1f}" y="{labels[name] + 4:.1f}" fill="{colour}">{name}</text>'
        )
    return parts


def _spread(places: Mapping[str, float], apart: float = 16) -> dict[str, float]:
    """Labels that would lie on each other, moved apart."""
    spread: dict[str, float] = {}
    lowest = float("-inf")
    for name, place in sorted(places.items(), key=lambda each: each[1]):
        lowest = spread[name] = max(place, lowest + apart)
    return spread
