"""The delivery core under shuffled time: both laws hold, and a seed tells the same story twice."""

from tests.simulation.run import run_seed


def test_a_seed_runs_the_same_way_twice() -> None:
    first, second = (
        [(each.turns, each.met, each.objection) for each in map(run_seed, range(30))]
        for _ in range(2)
    )
    assert first == second
