"""The samples as charts: memory and open files of each process over time."""

from collections.abc import Callable, Sequence
from pathlib import Path

from tests.soak.samples import Sample
from tests.support.charts import draw

_COLOURS = ("#888", "#2f6fde", "#2a9d5c", "#d1495b", "#b8860b", "#8a4fbf")


def write_charts(folder: Path, samples: Sequence[Sample]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, title, value in (
        ("soak-memory", "Memory of each process under steady load (USS, MB)", _uss_mb),
        ("soak-files", "Open files and sockets of each process", _files),
    ):
        chart = _chart(title, samples, value)
        if chart is not None:
            (folder / f"{name}.svg").write_text(chart)


def _uss_mb(sample: Sample) -> float:
    return sample.uss_kb / 1024


def _files(sample: Sample) -> float:
    return sample.files


def _chart(title: str, samples: Sequence[Sample], value: Callable[[Sample], float]) -> str | None:
    names = list(dict.fromkeys(sample.process for sample in samples))
    series = {
        name: [(each.at_s / 60, value(each)) for each in samples if each.process == name]
        for name in names
    }
    colours = {name: _COLOURS[at % len(_COLOURS)] for at, name in enumerate(names)}
    minutes = max(sample.at_s for sample in samples) / 60
    ticks = [round(minutes * part / 6, 1) for part in range(7)]
    return draw(title, "minutes", series, colours, x_ticks=ticks)
