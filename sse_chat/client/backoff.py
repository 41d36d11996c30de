"""How long to wait before the next try. No I/O."""

import random

_FIRST_S = 1.0
_MOST_S = 30.0


class Backoff:
    """From 1 to 30 s with full jitter, so that many clients do not come back at once."""

    def __init__(self) -> None:
        self._failures = 0

    def next_s(self, at_least_s: float = 0) -> float:
        limit_s = min(_FIRST_S * 2 ** min(self._failures, 10), _MOST_S)
        self._failures += 1
        # What the server asks for, and some jitter on top of it.
        return at_least_s + random.uniform(0, limit_s)

    def reset(self) -> None:
        self._failures = 0
