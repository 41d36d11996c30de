"""What must hold on any path, of a record of what happened. No I/O."""

from collections import Counter
from collections.abc import Callable, Iterator

from tests.proxies.world import Record

SETTLE_S = 15.0
_WITHIN_S = 2.0

Noise = Callable[[float, float], float]
"""How late a message between two times was at most on a path without habits: what the machine
adds. A page that came late to its step, since the machine was slow then, is late for longer."""


def broken_laws(record: Record, noise: Noise) -> list[str]:
    return [
        *_written(record),
        *(f"page error: {problem}" for problem in record.problems),
        *_read(record),
        *_in_time(record, noise),
        *_told(record, noise),
    ]


def _written(record: Record) -> Iterator[str]:
    """What was typed is neither lost nor doubled."""
    kept = Counter(record.kept)
    for text in record.typed_s:
        if kept[text] != 1:
            state = "still unsent" if text in record.unsent else "gone"
            yield f"{text!r} is there {kept[text]} times ({state})"


def _read(record: Record) -> Iterator[str]:
    """Each once, in order."""
    for name, shown in record.shown.items():
        texts = [text for text, _ in shown]
        if texts == record.kept:
            continue
        counts = Counter(texts)
        missing = [text for text in record.kept if not counts[text]]
        twice = [text for text, count in counts.items() if count > 1]
        if missing or twice:
            yield f"{name}: missing {missing}, doubled {twice}"
        else:
            yield f"{name}: out of order: {texts}"


def _in_time(record: Record, noise: Noise) -> Iterator[str]:
    settled_s = record.phases_s[-1] + SETTLE_S
    path_s = record.plan.phases[-1].habits.slowest_s
    began = {**record.said_s, **record.typed_s}
    for name, shown in record.shown.items():
        late = []
        for text, at_s in shown:
            # What was said before only has to be there by then.
            from_s = max(began[text], settled_s) if text in began else at_s
            over_s = at_s - from_s - _WITHIN_S - path_s - noise(record.phases_s[-1], from_s)
            if over_s > 0:
                late.append(f"{text} {at_s - from_s:.1f} s")
        if late:
            yield f"{name}: late: {', '.join(late)}"


def _told(record: Record, noise: Noise) -> Iterator[str]:
    """Where no path is left, the page says so."""
    ends_s = [*record.phases_s[1:], record.ended_s]
    for phase, began_s, end_s in zip(record.plan.phases, record.phases_s, ends_s, strict=True):
        limit_s = SETTLE_S + noise(began_s, began_s + SETTLE_S)
        if phase.habits.leaves_a_path or not phase.cuts_open or end_s - began_s < limit_s:
            continue
        if _state_at(record, end_s) != "offline" and not any(
            state["state"] == "offline" and began_s <= float(str(state["at"])) <= began_s + limit_s
            for state in record.states
        ):
            yield f"no path is left, and the page does not say so: {record.states}"


def _state_at(record: Record, at_s: float) -> object:
    return [state["state"] for state in record.states if float(str(state["at"])) <= at_s][-1]
