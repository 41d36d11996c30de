"""Ladder: which way of reading this path lets through. No I/O; times are monotonic seconds."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sse_chat.client.frames import Frames, NdjsonFrames, SseFrames


@dataclass(frozen=True, slots=True)
class Step:
    """`frames` is None where there is no feed: the long-poll."""

    name: str
    method: str
    media_type: str
    frames: Callable[[], Frames] | None


STEPS = (
    Step("sse", "GET", "text/event-stream", SseFrames),
    Step("ndjson", "POST", "application/x-ndjson", NdjsonFrames),
    Step("poll", "GET", "application/json", None),
)
_FAILURES_ALLOWED = 2
# After this long on a lower step the top is tried again: networks change.
_CLIMB_AFTER_S = 600.0


@dataclass
class Ladder:
    """Silent, failing and short-lived feeds share one budget."""

    steps: tuple[Step, ...] = STEPS
    _at: int = 0
    _failures: int = 0
    _lowered_at_s: float = field(default=0.0)

    @property
    def step(self) -> Step:
        return self.steps[self._at]

    @property
    def is_last(self) -> bool:
        return self._at == len(self.steps) - 1

    def describe(self) -> str:
        return f"step {self._at + 1} of {len(self.steps)}, {self.step.name}"

    def fail(self, now_s: float, *, is_sure: bool = False) -> bool:
        """Counts a failure; True when that led to the next step.

        `is_sure`: the path withheld the feed while a poll came through, which needs no second try.
        """
        self._failures += _FAILURES_ALLOWED if is_sure else 1
        if self._failures < _FAILURES_ALLOWED or self.is_last:
            return False
        self._at += 1
        self._failures = 0
        self._lowered_at_s = now_s
        return True

    def succeed(self) -> None:
        self._failures = 0

    def climb_if_due(self, now_s: float) -> bool:
        if self._at == 0 or now_s - self._lowered_at_s < _CLIMB_AFTER_S:
            return False
        self._at = 0
        # One failure is enough to come back down to what works.
        self._failures = _FAILURES_ALLOWED - 1
        return True
