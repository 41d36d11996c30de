"""What came late though nothing was in its way: with the message after it, or far too late. No I/O.

A post is on time if a reader whose connection was open sees it soon after it was acknowledged. A
fault that holds bytes back without ending a connection is an excuse as long as it lasts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from tests.faults.checker import Post, Reader, Seen

# Later than this, and shown only together with the next, which was itself on time.
LATE_S = 1.5
_PROMPT_S = 0.5
_TOGETHER_S = 0.25
# Later than this, whatever came with it.
FAR_TOO_LATE_S = 10.0
# What was held up by a fault needs a moment to come through after it.
_RECOVERY_S = 3.0

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Held:
    """From when to when bytes were held back: from all, or from those who poll."""

    spans: Sequence[Span] = ()
    of_polls: Sequence[Span] = ()

    def of(self, reader: Reader) -> Sequence[Span]:
        return [*self.spans, *self.of_polls] if reader.polls else self.spans


@dataclass(frozen=True, slots=True)
class Delay:
    """From when a reader could have had the post until it had it, in seconds."""

    reader: str
    seen: Seen
    due_s: float
    is_excused: bool

    @property
    def delay_s(self) -> float:
        return self.seen.at_s - self.due_s


def check_lateness(posts: list[Post], readers: list[Reader], held: Held) -> Iterator[str]:
    acknowledged = _times(posts)
    for reader in readers:
        delays = list(_delays(reader, acknowledged, held.of(reader)))
        for delay, following in zip_longest(delays, delays[1:]):
            if delay.is_excused or delay.delay_s <= LATE_S:
                continue
            what = f"{reader.name} saw {delay.seen.text!r} {delay.delay_s:.1f} s late"
            if following is not None and _came_with(delay, following):
                yield f"{what}, only with {following.seen.text!r}"
            elif delay.delay_s > FAR_TOO_LATE_S:
                yield what


def _came_with(delay: Delay, following: Delay) -> bool:
    is_together = following.seen.at_s - delay.seen.at_s <= _TOGETHER_S
    return is_together and following.delay_s <= _PROMPT_S and following.due_s > delay.due_s


def sorted_delays_s(posts: list[Post], readers: list[Reader], held: Held) -> list[float]:
    """Of all that was not excused, the shortest first."""
    acknowledged = _times(posts)
    return sorted(
        delay.delay_s
        for reader in readers
        for delay in _delays(reader, acknowledged, held.of(reader))
        if not delay.is_excused
    )


def _times(posts: list[Post]) -> dict[tuple[str, str], float]:
    return {(post.room, post.text): post.at_s for post in posts if post.outcome == "acknowledged"}


def _delays(
    reader: Reader, acknowledged: dict[tuple[str, str], float], holds: Sequence[Span]
) -> Iterator[Delay]:
    """Of what was acknowledged; what is seen before its writer knows of it is not late at all."""
    if reader.dawdles:
        return
    for event in reader.events:
        if not isinstance(event, Seen) or (reader.room, event.text) not in acknowledged:
            continue
        due_s = max(acknowledged[reader.room, event.text], event.opened_s)
        is_excused = any(
            began_s <= event.at_s and ended_s + _RECOVERY_S >= due_s for began_s, ended_s in holds
        )
        yield Delay(reader.name, event, due_s, is_excused)
