"""All contenders by name."""

from collections.abc import Callable

from tests.bench.contenders import nchan, ours, plain
from tests.bench.contenders.contender import Contender, Place

STARTERS: dict[str, Callable[[Place], Contender]] = {
    "floor": plain.start_floor,
    "floor, 20 ms rest": plain.start_floor_with_rest,
    "nchan": nchan.start_nchan,
    "nchan+redis": nchan.start_nchan_on_redis,
    "ours": ours.start_ours,
    "ours+redis": ours.start_ours_on_redis,
    "ours+redis, limits on": ours.start_ours_with_limits,
    "ours, 2 workers": ours.start_ours_two_workers,
    "ours, 8 workers": ours.start_ours_eight_workers,
    "ours, 50 rooms": ours.start_ours_for_many_rooms,
    "ours, rotating": ours.start_ours_rotating,
    "ours, asgi sink": ours.start_ours_through_asgi,
    "naive": plain.start_naive,
    "bare route": plain.start_naive,
}
