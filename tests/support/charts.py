"""Line charts as plain SVG over axes of numbers. Colours suit a light and a dark page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, log10

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 120, 44, 52
# With more points than this, a line is drawn without dots.
_MOST_DOTS = 20
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


def draw(
    title: str,
    x_title: str,
    series: Series,
    colours: Mapping[str, str],
    *,
    x_ticks: Sequence[float],
    is_log: bool = False,
) -> str | None:
    """A chart of the series that have more than one point; None when none has."""
    drawn = {name: points for name, points in series.items() if len(points) > 1}
    if not drawn:
        return None
    values = [y for points in drawn.values() for _, y in points]
    least, most, y_ticks = _span(min(values), max(values), is_log)
    x_least = x_ticks[0] if is_log else 0
    x = Axis(x_title, x_least, x_ticks[-1], _LEFT, _WIDTH - _RIGHT, is_log)
    y = Axis("", least, most, _HEIGHT - _BOTTOM, _TOP, is_log)
    parts = [*_frame(title, x, y, x_ticks, y_ticks), *_lines(drawn, colours, x, y)]
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


def _lines(drawn: Series, colours: Mapping[str, str], x: Axis, y: Axis) -> list[str]:
    parts = []
    labels = _spread({name: y.at(points[-1][1]) for name, points in drawn.items()})
    for name, points in drawn.items():
        colour = colours[name]
        places = [(x.at(value), y.at(cost)) for value, cost in points]
        path = "L".join(f"{left:.1f} {top:.1f}" for left, top in places)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        parts += [
            f'<circle cx="{left:.1f}" cy="{top:.1f}" r="3.5" fill="{colour}"/>'
            for left, top in (places if len(places) <= _MOST_DOTS else ())
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
