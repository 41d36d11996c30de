"""CPU load: how much of a core the event loop has used lately, and how long a cooldown may be."""

from collections.abc import Callable

# A few broadcasts to a crowd, and soon over: the first of a flood leave one by one.
_PERIOD_S = 0.1
# A cooldown merges what comes meanwhile into one write. It saves work that is only worth a wait
# where the core is busy; it grows in between, so that what it saves does not end it at once.
_NO_COOLDOWN_SHARE = 0.5
_FULL_COOLDOWN_SHARE = 0.75


class CpuLoad:
    """`clock` as of the hub; `used_s`: the seconds of processor time that the loop's thread has
    used so far. Time that the machine gave to others is none of its load."""

    def __init__(self, clock: Callable[[], float], used_s: Callable[[], float]) -> None:
        self._clock = clock
        self._used_s = used_s
        self._looked_at_s = clock()
        self._used_then_s = used_s()
        self._share = 0.0

    @property
    def share(self) -> float:
        """Of a core: 0 idle, 1 busy. Of the last tenth of a second, or since the last look where
        that is longer ago."""
        now_s = self._clock()
        passed_s = now_s - self._looked_at_s
        if passed_s >= _PERIOD_S:
            used_s = self._used_s()
            self._share = (used_s - self._used_then_s) / passed_s
            self._looked_at_s, self._used_then_s = now_s, used_s
        return self._share

    def cooldown_s(self, most_s: float) -> float:
        """0 while the core is less than half busy, `most_s` from three quarters on."""
        above = (self.share - _NO_COOLDOWN_SHARE) / (_FULL_COOLDOWN_SHARE - _NO_COOLDOWN_SHARE)
        return most_s * min(max(above, 0.0), 1.0)
