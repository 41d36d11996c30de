"""SlowStore: says when the store takes long to take what is posted."""

import logging
import time
from collections.abc import Callable

from sse_chat.counts import Counts

_log = logging.getLogger("sse_chat.store")
SLOW_S = 1.0
_AGAIN_S = 60.0


class SlowStore:
    """Counts every post; logs a slow one at most once a minute."""

    def __init__(self, counts: Counts, clock: Callable[[], float] = time.monotonic) -> None:
        self._counts = counts
        self._clock = clock
        self._told_at_s = -_AGAIN_S

    def posted(self, seconds: float) -> None:
        self._counts.posted(seconds)
        now_s = self._clock()
        if seconds >= SLOW_S and now_s - self._told_at_s >= _AGAIN_S:
            self._told_at_s = now_s
            _log.warning("the store is slow: a post took %.1f s", seconds)
