"""The plain ones: the naive design, and the floor."""

import sys
from dataclasses import replace
from pathlib import Path

from tests.bench.contenders.contender import Contender, Place, run, start_store
from tests.support.programs import free_port

_NAIVE = Path(__file__).with_name("naive.py")


def start_naive(place: Place) -> Contender:
    store_port, store_pid = start_store(place)
    port = free_port()
    command = [sys.executable, str(_NAIVE), str(port)]
    pid = run(place, command, port, {"BENCH_REDIS": f"redis://127.0.0.1:{store_port}"})
    return Contender("naive", port, pid, (store_pid,))


def start_floor(place: Place, rest_ms: int = 0) -> Contender:
    port = free_port()
    pid = run(place, place.programs.command("floor", {"port": port, "rest_ms": rest_ms}), port)
    return Contender("floor", port, pid, start="")


def start_floor_with_rest(place: Place) -> Contender:
    return replace(start_floor(place, rest_ms=20), name="floor, 20 ms rest")
