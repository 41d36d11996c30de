"""Slow readers: some stop reading while thousands of messages come, then go on."""

from tests.bench.accounting import kernel_socket_kb, pss_kb
from tests.bench.run import Measures, Run
from tests.bench.scenarios.fanout import POSTERS

READERS = 100
_RATE = 1000
_TEXT_BYTES = 1000
_RCVBUF = 4096


def slow_readers(run: Run, *, warm: int, messages: int) -> Measures:
    """Memory is looked at once the room's window is full, and again after `messages` more."""
    server = run.server
    count = run.load.scaled(READERS)
    slow = run.read(readers=count, posters=2 * POSTERS, rcvbuf=_RCVBUF)
    fast = run.read(readers=count, posters=2 * POSTERS)
    slow.tell("stall")
    _post(run, warm, 0)
    fast.wait_delivered(warm * count)
    before_kb = pss_kb(server.server_pids)
    kernel_kb = kernel_socket_kb()
    fast.tell("reset")
    _post(run, messages, POSTERS)
    wanted = (warm + messages) * count
    seen = fast.wait_delivered(wanted)
    grown_kb = pss_kb(server.server_pids) - before_kb
    kernel_kb = kernel_socket_kb() - kernel_kb
    slow.tell("go")
    caught_up = slow.wait_delivered(wanted)
    run.check(seen, wanted)
    run.check(caught_up, wanted)
    return {
        "grown_mb": grown_kb / 1024,
        "after_mb": (pss_kb(server.server_pids) - before_kb) / 1024,
        "kernel_mb": kernel_kb / 1024,
        "missed_mb": messages * count * _TEXT_BYTES / 1e6,
        "p99_ms": seen["p99_ms"],
    }


def _post(run: Run, messages: int, number: int) -> None:
    # Connections of other numbers: at a rate, not all of them send as many.
    run.post(
        **{"connections": POSTERS, "from": number, "rate": _RATE, "posts": messages},
        size=_TEXT_BYTES,
    )
