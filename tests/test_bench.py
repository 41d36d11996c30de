"""The benchmark's smallest load: what it counts is right. Times are not looked at."""

import pytest

from tests.bench.catalogue import SCENARIOS
from tests.bench.programs import Programs, find_compiler
from tests.bench.run import Load, Scenario, play, started

pytestmark = pytest.mark.skipif(find_compiler() is None, reason="no C compiler")


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    return Programs(tmp_path_factory.mktemp("programs"))


def _scenario(name: str) -> Scenario:
    return next(each for each in SCENARIOS if each.name == name)


@pytest.mark.parametrize("contender", ["ours", "naive", "floor"])
def test_a_small_fan_out_is_delivered_whole_and_in_order(
    programs: Programs, contender: str
) -> None:
    row = play(_scenario("fan-out-50"), contender, 1, Load(window_s=1, share=0.02), programs)
    assert row.faults == []
    assert row.measures["delivered_per_s"] > 0


def test_sequences_that_repeat_and_deliveries_that_lack_are_found(programs: Programs) -> None:
    """Two runs of a poster that both begin at zero: the readers must complain."""
    with started("floor", Load(), programs) as run:
        readers = run.read(readers=3, posters=1)
        for _ in range(2):
            run.post(connections=1, posts=5)
        run.check(readers.wait_delivered(30), 30 + 3)
    assert run.faults == ["3 not delivered", "3 repeated"]
