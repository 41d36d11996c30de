"""LoopWatch: whether anything holds the event loop, and what; while it does, everybody waits.

A timer of the loop shows how late it is. What counts is the processor time that the loop's thread
has used meanwhile: time that the machine gave to others is none of ours. A thread looks at the
stack of a loop that is late, so that the log names the request.
"""

import asyncio
import contextlib
import logging
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from sse_chat.counts import Counts

_log = logging.getLogger("sse_chat.loop")
LIMIT_S = 0.05
_TICK_S = 0.02
# A loop that has done next to nothing for one tick is woken less often, until the thread sees that
# it works again: what a timer costs is mostly that the processor must wake up for it.
_IDLE_S = 0.001
_IDLE_TICK_S = 0.1
_LOG_AGAIN_S = 1.0
_PACKAGE = str(Path(__file__).parent.parent)
# Secrets may stand behind these.
_HIDDEN = ("/invite/", "/hooks/")


class LoopWatch:
    """`start` and `stop` are called in the loop that is watched."""

    def __init__(self, counts: Counts, limit_s: float = LIMIT_S) -> None:
        self._counts = counts
        self._limit_s = limit_s
        self._due_at_s = 0.0
        self._used_s = 0.0
        self._seen = ""
        self._logged_at_s = float("-inf")
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_idle = False
        self._has_stopped = threading.Event()
        self._thread = threading.Thread(target=self._look, name="loop watch", daemon=True)
        self._thread_id = 0
        self._clock: int | None = None

    def start(self) -> None:
        self._thread_id = threading.get_ident()
        self._loop = asyncio.get_running_loop()
        if hasattr(time, "pthread_getcpuclockid"):
            self._clock = time.pthread_getcpuclockid(self._thread_id)
        self._wait()
        self._thread.start()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._has_stopped.set()

    def _wait(self) -> None:
        used_s = time.thread_time()
        # Without its clock the thread cannot see that the loop works again.
        self._is_idle = self._clock is not None and used_s - self._used_s < _IDLE_S
        self._seen = ""
        self._used_s = used_s
        tick_s = _IDLE_TICK_S if self._is_idle else _TICK_S
        self._due_at_s = time.perf_counter() + tick_s
        self._timer = asyncio.get_running_loop().call_later(tick_s, self._tick)

    def _wake(self) -> None:
        if self._timer is not None and not self._has_stopped.is_set():
            self._timer.cancel()
            self._tick()

    def _tick(self) -> None:
        late_s = time.perf_counter() - self._due_at_s
        held_s = min(late_s, time.thread_time() - self._used_s)
        if held_s > self._limit_s:
            self._note(held_s)
        self._wait()

    def _note(self, held_s: float) -> None:
        self._counts.loop_holds += 1
        self._counts.longest_hold_s = max(self._counts.longest_hold_s, held_s)
        now_s = time.monotonic()
        if now_s - self._logged_at_s >= _LOG_AGAIN_S:
            self._logged_at_s = now_s
            _log.warning(
                "the event loop was held for %d ms: %s",
                held_s * 1000,
                self._seen or "not seen by what",
            )

    def _look(self) -> None:
        """In a thread of its own."""
        while not self._has_stopped.is_set():
            time.sleep(_TICK_S)
            if self._is_idle and self._has_worked(_IDLE_S):
                self._is_idle = False
                self._due_at_s = time.perf_counter()
                self._wake_loop()
            is_late = time.perf_counter() - self._due_at_s > self._limit_s / 2
            if is_late and not self._seen and self._has_worked(self._limit_s / 2):
                frame = sys._current_frames().get(self._thread_id)
                self._seen = describe(frame) if frame else ""

    def _wake_loop(self) -> None:
        # A loop that is closed by now has nobody who waits.
        with contextlib.suppress(RuntimeError):
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._wake)

    def _has_worked(self, least_s: float) -> bool:
        if self._clock is None:
            return True
        return time.clock_gettime(self._clock) - self._used_s > least_s


def describe(frame: FrameType) -> str:
    """`GET /chat/lobby/search, in web/messages/search.py:60 _search, folding.py:41 fold_text`."""
    frames = list(_walk(frame))
    ours = [each for each in frames if each.f_code.co_filename.startswith(_PACKAGE)]
    places = [
        f"{each.f_code.co_filename[len(_PACKAGE) + 1 :]}:{each.f_lineno} {each.f_code.co_name}"
        for each in reversed(ours[:4])
        if each.f_code.co_filename != __file__
    ]
    request = next(filter(None, map(_request_of, frames)), "no request")
    return f"{request}, in {', '.join(places) or 'a library'}"


def _walk(frame: FrameType | None) -> Iterator[FrameType]:
    """The innermost first."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def _request_of(frame: FrameType) -> str:
    found = frame.f_locals
    scope = found.get("scope") or getattr(found.get("request"), "scope", None)
    if not isinstance(scope, dict) or "method" not in scope:
        return ""
    path = str(scope.get("path", ""))[:200]
    for prefix in _HIDDEN:
        if prefix in path:
            path = path.partition(prefix)[0] + prefix + "…"
    return f"{scope['method']} {path!r}"
