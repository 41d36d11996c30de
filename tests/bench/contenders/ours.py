"""Ours: `sse-chat serve` as it comes, and with other settings. Rate limits are off unless said."""

import sys
import time
import urllib.request
from dataclasses import replace

from tests.bench.contenders.contender import START_S, Contender, Place, run, start_store
from tests.support.programs import free_port

_MANY_ROOMS = 50


def _wait_ready(port: int) -> None:
    """Ours listens before its workers are there."""
    deadline_s = time.monotonic() + START_S
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
            return
        except OSError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.02)


_LIMITS_OF_POSTS = ("person", "address", "guests", "nameless", "room")


def start_ours(place: Place, *flags: str, limits: str = "off") -> Contender:
    port = free_port()
    command = [sys.executable, "-m", "sse_chat", "serve", "--port", str(port), "--limits", limits]
    pid = run(place, [*command, "--data", str(place.folder), *flags], port)
    _wait_ready(port)
    return Contender("ours", port, pid, names="ann%")


def start_ours_on_redis(place: Place, limits: str = "off") -> Contender:
    store_port, store_pid = start_store(place)
    ours = start_ours(place, "--redis", f"redis://127.0.0.1:{store_port}", limits=limits)
    return replace(ours, name="ours+redis", store_pids=(store_pid,))


def start_ours_with_limits(place: Place) -> Contender:
    """Each is counted and none is reached: a post that is refused costs less."""
    limits = ",".join(f"{name}=9000000/90000000" for name in _LIMITS_OF_POSTS)
    return replace(start_ours_on_redis(place, limits=limits), name="ours+redis, limits on")


def start_ours_two_workers(place: Place) -> Contender:
    return replace(start_ours(place, "--workers", "2"), name="ours, 2 workers")


def start_ours_eight_workers(place: Place) -> Contender:
    """Each has as many files open as a process may where nothing was raised."""
    return replace(start_ours(place, "--workers", "8"), name="ours, 8 workers")


def start_ours_for_many_rooms(place: Place) -> Contender:
    """All is said in the first of the rooms that each reader reads."""
    others = "".join(f",other{number}" for number in range(1, _MANY_ROOMS))
    read_path = f"/feed?rooms=bench%{others}"
    return replace(start_ours(place), name="ours, 50 rooms", read_path=read_path)


def start_ours_rotating(place: Place) -> Contender:
    return replace(start_ours(place, "--rotate", "2"), name="ours, rotating")


def start_ours_through_asgi(place: Place) -> Contender:
    """As under any other ASGI server."""
    return replace(start_ours(place, "--sink", "asgi"), name="ours, asgi sink")
