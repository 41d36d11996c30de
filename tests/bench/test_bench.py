"""The benchmark's smallest load: what it counts is right. Times are not looked at."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.bench.catalogue import SCENARIOS
from tests.bench.charts import write_charts
from tests.bench.page import HEADING, write_page
from tests.bench.programs import Programs, find_compiler
from tests.bench.report import target_lines
from tests.bench.run import Load, Row, Scenario, play, started
from tests.bench.targets import TARGETS
from tests.support.programs import need


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    if find_compiler() is None:
        need("cc")
    return Programs(tmp_path_factory.mktemp("programs"))


def _scenario(name: str) -> Scenario:
    return next(each for each in SCENARIOS if each.name == name)


@pytest.mark.long
@pytest.mark.parametrize("contender", ["ours", "naive", "floor"])
def test_a_small_fan_out_is_delivered_whole_and_in_order(
    programs: Programs, contender: str
) -> None:
    row = play(_scenario("fan-out-50"), contender, 1, Load(window_s=1, share=0.02), programs)
    assert row.faults == []
    assert row.measures["delivered_per_s"] > 0


@pytest.mark.long
def test_sequences_that_repeat_and_deliveries_that_lack_are_found(programs: Programs) -> None:
    """Two runs of a poster that both begin at zero: the readers must complain."""
    with started("floor", Load(), programs) as run:
        readers = run.read(readers=3, posters=1)
        for _ in range(2):
            run.post(connections=1, posts=5)
        run.check(readers.wait_delivered(30), 30 + 3)
    assert run.faults == ["3 not delivered", "3 repeated"]


def _row(
    scenario: str, contender: str, number: int, faults: tuple[str, ...] = (), **measures: float
) -> Row:
    return Row(scenario, contender, number, measures, list(faults))


_FAN_OUT = [
    _row("fan-out-50", "floor", 1, cpu_us=4.0),
    _row("fan-out-50", "ours", 1, cpu_us=6.0),
    _row("fan-out-50", "floor", 2, cpu_us=8.0),
    _row("fan-out-50", "ours", 2, cpu_us=9.0),
    _row("fan-out-50", "floor", 3, cpu_us=5.0),
    _row("fan-out-50", "ours", 3, cpu_us=10.0, faults=("2 lost",)),
    _row("fan-out-200", "ours", 1, cpu_us=2.0),
]


def test_a_target_is_the_median_of_ratios_within_one_round() -> None:
    target = TARGETS[0]
    assert (target.ours.scenario, target.against and target.against.contender) == (
        "fan-out-50",
        "floor",
    )
    assert target.value(_FAN_OUT) == 1.5
    assert target.value(_FAN_OUT[::2]) is None


def test_the_report_names_every_target_and_every_fault() -> None:
    lines = list(target_lines(_FAN_OUT))
    for target in TARGETS:
        assert sum(target.title in line for line in lines) >= 1
    assert "  fan-out-50, ours, round 3: 2 lost" in lines


def test_every_target_is_measured_by_a_scenario_of_the_catalogue() -> None:
    plays = {(each.name, contender) for each in SCENARIOS for contender in each.contenders}
    for target in TARGETS:
        for point in filter(None, (target.ours, target.against)):
            assert (point.scenario, point.contender) in plays


def test_charts_are_drawn_of_what_was_measured(tmp_path: Path) -> None:
    (path,) = write_charts(tmp_path, _FAN_OUT)
    names = [each.text for each in ElementTree.parse(path).iter() if each.text]
    assert path.name == "cost.svg"
    assert "ours" in names
    assert "floor" not in names, "one point is no line"


def test_the_last_part_of_a_page_is_replaced_by_what_was_measured(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"# Performance\n\nMethod.\n\n{HEADING}\n\nold\n")
    write_page(page, _FAN_OUT)
    text = page.read_text()
    assert text.startswith(f"# Performance\n\nMethod.\n\n{HEADING}\n\nOn ")
    assert "old" not in text
    assert re.search(r"\| ours +\| +\| +9 \| +2 \| +\|", text)
