"""Whether a server held its event loop for long: its own watch says so in the log.

What it counts is processor time of the loop's thread, so a busy machine does not matter; a slow one
does, and is measured where a hold was found. The limit is five times what a turn may take.
"""

import re
import time

LIMIT_MS = 250
_HOLD = re.compile(r"the event loop was held for (\d+) ms: (.*)")
_STEPS = 200_000
# Processor time of so many steps on the machine that the limit is for.
_STEPS_S = 0.005


def check_holds(log: str, slowness: float | None = None) -> None:
    """Raises AssertionError with what held it. `slowness`: measured by default, at least 1."""
    holds = [(int(ms), what) for ms, what in _HOLD.findall(log) if int(ms) > LIMIT_MS]
    if not holds:
        return
    limit_ms = LIMIT_MS * max(1.0, _measure_slowness() if slowness is None else slowness)
    worst = [f"{ms} ms: {what}" for ms, what in holds if ms > limit_ms]
    assert not worst, f"the event loop was held for more than {limit_ms:.0f} ms: {worst}"


def _measure_slowness() -> float:
    """How much longer this machine takes; the worst of some tries, as a hold was a bad moment."""
    longest_s = 0.0
    for _ in range(5):
        began_s = time.thread_time()
        for _ in range(_STEPS):
            pass
        longest_s = max(longest_s, time.thread_time() - began_s)
    return longest_s / _STEPS_S
