"""Paths drawn by seed, in a process of their own: one server and one browser for all of them."""

import subprocess
import sys
from dataclasses import replace

import pytest

from tests.proxies.habits import PLAIN, Cut, Hold, Instead, Phase, Plan, draw_plan
from tests.proxies.laws import broken_laws
from tests.proxies.world import Record

_SEEDS = 30


@pytest.mark.long
@pytest.mark.browser
@pytest.mark.timeout(900)
def test_the_laws_hold_on_paths_that_are_drawn_by_seed() -> None:
    command = [sys.executable, "-m", "tests.proxies.generated", "--seeds", str(_SEEDS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=890)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_seed_draws_the_same_path_each_time() -> None:
    assert draw_plan(7) == draw_plan(7)
    assert len({str(draw_plan(seed)) for seed in range(50)}) == 50


def test_the_seeds_draw_every_habit() -> None:
    drawn = [phase.habits for seed in range(300) for phase in draw_plan(seed).phases]
    for name in PLAIN.__slots__:
        assert any(getattr(habits, name) != getattr(PLAIN, name) for habits in drawn), name


def test_a_plan_ends_where_there_is_a_path() -> None:
    assert all(draw_plan(seed).phases[-1].habits.leaves_a_path for seed in range(300))


def _record(**shown: list[tuple[str, float]]) -> Record:
    record = Record(Plan(0, False, 0, (Phase(PLAIN, 30, False),)))
    record.said_s = {"early": 1.0, "later": 20.0}
    record.typed_s = {"typed": 20.0}
    record.kept = ["early", "later", "typed"]
    record.phases_s, record.ended_s = [0.0], 30.0
    good = [("early", 2.0), ("later", 20.1), ("typed", 20.2)]
    record.shown = {"page": shown.get("page", good), "curl": good}
    return record


def test_the_laws_hold_of_a_good_record() -> None:
    assert broken_laws(_record(), lambda from_s, to_s: 0.0) == []


@pytest.mark.parametrize(
    ("page", "objection"),
    [
        pytest.param([("early", 2), ("typed", 20.2)], "missing ['later']", id="missing"),
        pytest.param(
            [("early", 2), ("later", 20.1), ("later", 20.1), ("typed", 20.2)],
            "doubled ['later']",
            id="twice",
        ),
        pytest.param([("later", 20.1), ("early", 2), ("typed", 20.2)], "out of order", id="order"),
        pytest.param(
            [("early", 2), ("later", 22.5), ("typed", 20.2)], "late: later 2.5", id="late"
        ),
    ],
)
def test_the_laws_object(page: list[tuple[str, float]], objection: str) -> None:
    broken = broken_laws(_record(page=page), lambda from_s, to_s: 0.0)
    assert len(broken) == 1
    assert objection in broken[0]
    # What the machine adds is no fault of ours.
    if objection.startswith("late: "):
        assert broken_laws(_record(page=page), lambda from_s, to_s: 1.0) == []


def test_what_was_typed_and_lost_is_an_objection() -> None:
    record = _record()
    record.typed_s["more"] = 21.0
    assert broken_laws(record, lambda from_s, to_s: 0.0) == ["'more' is there 0 times (gone)"]


@pytest.mark.parametrize(
    ("habits", "leaves"),
    [
        pytest.param({}, True, id="none"),
        pytest.param({"instead": Instead("502")}, False, id="always"),
        pytest.param({"instead": Instead("502", 0.3)}, True, id="sometimes"),
        pytest.param({"cut": Cut("rst", after_bytes=1)}, False, id="nothing passes"),
        pytest.param({"cut": Cut("rst", "sse", after_bytes=1)}, True, id="polls pass"),
        pytest.param({"hold": Hold("all")}, True, id="held to the end"),
    ],
)
def test_whether_a_path_is_left(habits: dict[str, object], leaves: bool) -> None:
    assert replace(PLAIN, **habits).leaves_a_path == leaves  # type: ignore[arg-type]
