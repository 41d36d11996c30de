"""What a run can break: a store of some kind, the faults that suit it, and who reads."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.faults.breaking import (
    FAULTS,
    Fault,
    cut_store_link,
    freeze_store,
    freeze_worker,
    kill_node,
    kill_store,
    refuse_store_link,
    restart_node,
    silence_readers,
)
from tests.faults.failing_over import CLUSTER_FAULTS, CONFIRMED_FAULTS, SENTINEL_FAULTS
from tests.faults.followers import EventFollower, Follower, Poller, PostFollower
from tests.faults.single import SingleStore
from tests.faults.site import Backing
from tests.support.replicas import Cluster, Guarded

_ALL_KINDS = (Follower, EventFollower, PostFollower, Poller)
# A poller is away between two polls: then it cannot always be told of a loss.
_CONNECTED_KINDS = (Follower, EventFollower, PostFollower)
# What holds bytes back while the connections of readers stay open: the store, or the way to it, or
# to the reader, is away. All that a store of several machines suffers is of this kind.
HOLDING = frozenset(
    {
        cut_store_link,
        freeze_store,
        freeze_worker,
        kill_store,
        refuse_store_link,
        silence_readers,
        *SENTINEL_FAULTS,
        *CONFIRMED_FAULTS,
        *CLUSTER_FAULTS,
    }
) - {kill_node, restart_node}
STARTING = frozenset({kill_node, restart_node})
_KEEP_ALL = ("--rotate", "0", "--retention", "1000000")


@dataclass(frozen=True, slots=True)
class Stage:
    """`may_lose`: what was acknowledged may be gone, where every reader is told so."""

    make_store: Callable[[Path], Backing]
    faults: tuple[Fault, ...]
    kinds: tuple[type[Follower], ...]
    flags: tuple[str, ...]
    may_lose: bool = False
    may_reset: bool = True


STAGES = {
    "single": Stage(
        SingleStore,
        FAULTS,
        _ALL_KINDS,
        ("--rotate", "20", "--retention", "3000"),
        may_reset=False,
    ),
    "sentinel": Stage(Guarded, SENTINEL_FAULTS, _CONNECTED_KINDS, _KEEP_ALL, may_lose=True),
    "confirmed": Stage(Guarded, CONFIRMED_FAULTS, _ALL_KINDS, (*_KEEP_ALL, "--wait-replicas", "1")),
    "cluster": Stage(Cluster, CLUSTER_FAULTS, _CONNECTED_KINDS, _KEEP_ALL, may_lose=True),
}
