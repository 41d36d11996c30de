"""How long to wait before the next try. No I/O."""

import random

_FIRST_S = 1.0
# Who waits for a network to come back sees it within seconds; only a long absence is asked after
# more seldom.
_MAX_S = 10.0
_LONG_AFTER_FAILURES = 15
_MAX_LONG_S = 30.0


class Backoff:
    """From 1 to 10 s, after a long time to 30 s; full jitter, so that not all come back at once."""

    def __init__(self) -> None:
        self._failures = 0

    def next_s(self, at_least_s: float = 0) -> float:
        most_s = _MAX_S if self._failures < _LONG_AFTER_FAILURES else _MAX_LONG_S
        limit_s = min(_FIRST_S * 2 ** min(self._failures, 10), most_s)
        self._failures += 1
        # What the server asks for, and some jitter on top of it.
        return at_least_s + random.uniform(0, limit_s)

    def reset(self) -> None:
        self._failures = 0
