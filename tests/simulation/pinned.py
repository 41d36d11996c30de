"""Schedules that broke a law once, shrunk, by what was wrong."""

from tests.simulation.constants import Constants
from tests.simulation.schedule import Schedule, ops_of

PINNED = {
    # Two come back with the same lost id; the page that told the first of the reset was kept for
    # the second, whose worker had seen more by then, and who read it again and again.
    "a-reset-is-read-again-without-end": Schedule(
        3950,
        Constants(
            rooms=2, page=2, first_load=3, window=6, window_text=450, slice_bytes=65536, pages=3,
            live_count=2000, live=4002, retention=3, idle_channel_s=5, slip=2,
        ),
        ops_of(
            (2, "burst", 734460649, 708799455),
            (0, "edit", 715617851, 714802222),
            (3, "post", 945057553, 496883929),
            (124, "open", 413411989, 761277149),
            (0, "rest", 495597190, 462216512),
            (0, "open", 182100857, 1023760135),
            (2, "open", 882562196, 451304221),
            (0, "post", 867231745, 520453365),
        ),
    ),
}  # fmt: skip
