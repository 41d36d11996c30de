"""Schedules that broke a law once, shrunk, by what was wrong."""

from tests.simulation.constants import Constants
from tests.simulation.schedule import Schedule, ops_of

PINNED = {
    # What a page had read of the second past of a store was kept when it went back to the first,
    # which the window had never left: from the oldest entry by that page to a lost id, and back.
    "a-page-of-a-lost-past-is-kept": Schedule(
        20027006,
        Constants(
            rooms=1, page=3, first_load=2, window=3, pages=4, live_count=2, live=8, retention=6,
            rotate_s=2, idle_channel_s=1, delay_ms=5, tick_us=20, shuffle=10, many=3,
            slice_bytes=65536,
        ),
        ops_of(
            (0, "open", 666954084, 784918722),
            (1, "post", 419303533, 873091921),
            (0, "open", 757682268, 119938502),
            (5, "open", 771525224, 634223753),
            (0, "post", 772055395, 57020096),
            (0, "post", 1048244119, 321241978),
            (0, "post", 3762746, 546530467),
            (0, "open", 281143601, 910978987),
            (0, "post", 337112525, 174189354),
            (0, "open", 358434707, 2909965),
            (3, "snapshot", 898229656, 600245098),
            (0, "open", 915405572, 34021584),
            (4, "post", 150542812, 336458286),
            (0, "calm", 724387381, 848286694),
            (0, "edit", 980158421, 811620987),
            (0, "calm", 918890705, 621811462),
            (5, "post", 871463617, 919667344),
            (0, "post", 964297770, 1033042650),
            (193, "edit", 478514338, 589827655),
            (0, "reset", 404688116, 281897662),
            (0, "restore", 679751201, 388696235),
            (140, "rest", 433132680, 317446690),
            (5, "lossy", 70752583, 815275758),
            (0, "open", 1033116070, 939277382),
            (5, "post", 156765749, 535432306),
            (0, "post", 883002180, 156851287),
            (1, "drop", 545356193, 542976040),
            (3070, "stall", 678370390, 79101624),
            (4, "restore", 308026210, 119467207),
        ),
    ),
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
    # The position in a room whose store had become another one was given away with an entry of
    # the other room, before the gap was told: whoever came back by it was not told at all.
    "a-cursor-of-many-rooms-before-its-gap": Schedule(
        5005288,
        Constants(
            rooms=2, page=3, first_load=6, window=13, window_text=800, slice_bytes=60, live_count=5,
            live=12, retention=12, keep_s=5, rotate_s=10, broadcast=1, idle_channel_s=5, delay_ms=0,
            many=8,
        ),
        ops_of(
            (5, "post", 661868139, 280072067),
            (0, "post", 152677869, 544247834),
            (0, "open", 605815560, 718121934),
            (5, "purge", 892525327, 417070678),
            (0, "restore", 320673035, 987383948),
            (0, "post", 1060058323, 743160373),
        ),
    ),
    # The store was emptied twice, the second time between the opening of a feed that does not
    # follow and its head: both resets were the same to it, and it waited for an id that was gone.
    "a-second-reset-to-the-same-store": Schedule(
        11017693,
        Constants(
            page=2, first_load=7, window=13, pages=1, live_count=2, live=6, retention=3, keep_s=5,
            rotate_s=10, broadcast=1, idle_channel_s=5, refresh_at_once=1, shuffle=50, many=8,
        ),
        ops_of(
            (187, "open", 197139052, 798104900),
            (4, "post", 189170650, 850422200),
            (2, "restore", 536975791, 348464938),
            (0, "rest", 262190635, 875744285),
            (41, "open", 299301149, 601103827),
            (3, "post", 741183956, 947899022),
            (128, "restore", 1073038246, 626789848),
        ),
    ),
    # The channel that would have told a one-shot of the reset was forgotten before its head went
    # out; from the beginning on, nothing tells that its end is of another past.
    "an-end-that-was-lost-with-its-channel": Schedule(
        5250905,
        Constants(
            rooms=2, page=4, first_load=1, window=13, live_count=2, live=8, retention=20,
            broadcast=1, idle_channel_s=1, delay_ms=0, tick_us=200, shuffle=50,
        ),
        ops_of(
            (1, "post", 164748141, 274976757),
            (0, "open", 986445788, 915113871),
            (2, "post", 612009473, 1001143919),
            (0, "restore", 207672961, 475118439),
        ),
    ),
}  # fmt: skip
