"""Faults that the core once had, put back one at a time: the simulation must find each of them.

Each is as small as what was wrong; the rest of the core stays as it is.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

from tests.simulation.faults import crowds, cursors, loads, resets
from tests.simulation.faults.patch import Patch

# With the seed that found each the last time, tried before all others. `python -m
# tests.simulation --faults` looks for them from the first on.
_SEEDS: dict[Callable[[], list[Patch]], int] = {
    crowds.cohort_of_those_who_are_owed_more: 145,
    crowds.cohort_of_any_cursor: 167,
    crowds.cohort_of_those_who_take_no_more: 480,
    crowds.step_of_any_stand: 129,
    crowds.step_of_those_who_are_owed_more: 121,
    crowds.ping_from_before: 27,
    cursors.ahead_for_ever: 104,
    cursors.stuck_before_deleted: 106,
    cursors.last_chunk_twice: 469,
    cursors.parked_beside_the_window: 3,
    loads.late_without_end: 1416,
    loads.load_without_end: 6170,
    loads.any_delete_explains: 959,
    loads.page_lets_go: 99,
    loads.hole_unseen: 6,
    resets.waits_for_a_lost_id: 429,
    resets.page_of_a_lost_past: 143,
    resets.pages_outlive_reset: 10357,
    resets.joins_a_forgotten_room: 60,
}
FAULTS = {fault.__name__: fault for fault in _SEEDS}
FOUND_BY = {fault.__name__: seed for fault, seed in _SEEDS.items()}


@contextmanager
def put_back(name: str) -> Iterator[None]:
    with ExitStack() as stack:
        for owner, attribute, value in FAULTS[name]():
            stack.enter_context(mock.patch.object(owner, attribute, value))
        yield
