"""The constants of the core, shrunk so that every border is met, and its clocks and chances."""

import contextlib
import importlib
import itertools
import logging
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sse_chat.feed.feed import Feed
from sse_chat.feed.many import ManyFeed
from sse_chat.feed.member import Member
from tests.simulation.loop import ShuffledLoop

_MODULES = (
    "sse_chat.feed.channel", "sse_chat.feed.feed", "sse_chat.feed.hub", "sse_chat.feed.many",
    "sse_chat.feed.many_open", "sse_chat.feed.member", "sse_chat.feed.pages",
    "sse_chat.feed.schedule", "sse_chat.feed.tail", "sse_chat.feed.transport_sink",
    "sse_chat.feed.broadcast", "sse_chat.feed.window", "sse_chat.store.link", "sse_chat.store.live",
    "sse_chat.store.pipeline", "sse_chat.store.rooms", "sse_chat.turns",
    "sse_chat.web.messages.asgi_sink",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Constants:
    """Of one run. Times in milliseconds or seconds, as the names say; sizes in bytes."""

    rooms: int = 1
    page: int = 3
    first_load: int = 3
    window: int = 6
    window_text: int = 1_000_000
    slice_bytes: int = 150
    pages: int = 2
    live_count: int = 3
    live: int = 7
    retention: int = 1_000_000
    slack: int = 0
    keep_s: int = 0
    rotate_s: int = 0
    broadcast: int = 250
    idle_channel_s: int = 60
    refresh_at_once: int = 50
    delay_ms: int = 2
    tick_us: int = 0
    shuffle: int = 100
    slip: int = 0
    many: int = 0
    """How many of 8 readers read all rooms on one feed."""
    has_batches: bool = False
    """Whether a burst is one long batch."""
    busy: int = 100
    """How much of its core the loop uses, in percent: under load broadcasts cool down."""


def draw_constants(chance: random.Random) -> Constants:
    """Those of the code, each made small, in the proportions that the code relies on."""
    draw, pick = chance.randint, chance.choice
    window = draw(2, 14)
    live_count = pick((2, 3, 5, 2000))
    return Constants(
        rooms=pick((1, 1, 1, 2)),
        page=draw(1, min(window, 8)),
        first_load=draw(1, window),
        window=window,
        window_text=pick((450, 800, 1_000_000)),
        slice_bytes=pick((60, 150, 400, 65_536)),
        pages=draw(1, 4),
        live_count=live_count,
        live=2 * live_count + draw(0, 4),
        retention=pick((3, 6, 12, 20, 1_000_000)),
        slack=pick((0, 0, 3)),
        keep_s=pick((0, 0, 0, 1, 5)),
        rotate_s=pick((0, 0, 0, 2, 10)),
        broadcast=pick((1, 2, 250)),
        idle_channel_s=pick((1, 5, 60)),
        refresh_at_once=pick((1, 50)),
        delay_ms=pick((0, 1, 2, 5)),
        tick_us=pick((0, 20, 200)),
        shuffle=pick((10, 50, 100, 100)),
        slip=pick((0, 0, 2, 10)),
    )


def _settings(constants: Constants) -> dict[str, Any]:
    """By the name that the modules know them under."""
    c = constants
    return {
        "FIRST_LOAD": c.first_load, "PAGE": c.page, "_MAX_PAGES": c.pages,
        "MAX_ENTRIES": c.window, "MAX_TEXT_BYTES": c.window_text, "SLICE_BYTES": c.slice_bytes,
        "_IDLE_CHANNEL_S": c.idle_channel_s, "_REFRESH_AT_ONCE": c.refresh_at_once,
        "_SLICE": c.broadcast, "_COUNT": c.live_count, "_FILTERED_AT_ONCE": 3,
        "STEP_ENTRIES": 4, "STEP_TEXT_BYTES": 40,
        "_AT_ONCE": 3, "_WAITERS_AT_ONCE": 2,
    }  # fmt: skip


_numbers = itertools.count()


class _Numbered:
    """Its place in a set is the same in every run."""

    __slots__ = ()
    _number: int

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._number = next(_numbers)

    def __hash__(self) -> int:
        return self._number


class _NumberedFeed(_Numbered, Feed):
    __slots__ = ("_number",)


class _NumberedMember(_Numbered, Member):
    __slots__ = ("_number",)


class _NumberedManyFeed(_Numbered, ManyFeed):
    __slots__ = ("_number",)


class _Refusals(logging.Handler):
    """Whatever the core logs as an error is one."""

    def __init__(self, on_error: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self._on_error = on_error

    def emit(self, record: logging.LogRecord) -> None:
        self._on_error(f"logged: {self.format(record)}")


@contextlib.contextmanager
def simulated(
    constants: Constants,
    loop: ShuffledLoop,
    chance: random.Random,
    *,
    wall_s: Callable[[], float],
    on_error: Callable[[str], None],
) -> Iterator[Callable[[], float]]:
    """The modules of the core with these constants, this loop's time and this chance.

    Gives the clock of the core.
    """

    # No clock stands still between two looks at it.
    tick_s = constants.tick_us / 1_000_000 + 1e-9

    def monotonic() -> float:
        loop.now_s += tick_s
        return loop.now_s

    clock = SimpleNamespace(monotonic=monotonic, time=wall_s, perf_counter=monotonic)
    global _numbers
    _numbers = itertools.count()
    found = {
        "time": clock, "random": chance, "Feed": _NumberedFeed, "Member": _NumberedMember,
        "ManyFeed": _NumberedManyFeed, **_settings(constants),
    }  # fmt: skip
    with _replaced(found), _errors_to(on_error):
        yield monotonic


@contextlib.contextmanager
def _replaced(found: dict[str, Any]) -> Iterator[None]:
    """In every module that has them."""
    before = [
        (module, name, getattr(module, name))
        for module in map(importlib.import_module, _MODULES)
        for name in found.keys() & vars(module).keys()
        # The store has a script of this name.
        if not (name == "PAGE" and module.__name__.startswith("sse_chat.store"))
    ]
    unused = found.keys() - {name for _, name, _ in before}
    if unused:
        raise LookupError(f"the core has no {', '.join(sorted(unused))} any more")
    for module, name, _ in before:
        setattr(module, name, found[name])
    try:
        yield
    finally:
        for module, name, value in before:
            setattr(module, name, value)


@contextlib.contextmanager
def _errors_to(on_error: Callable[[str], None]) -> Iterator[None]:
    log = logging.getLogger("sse_chat")
    handler, level, propagates = _Refusals(on_error), log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.ERROR)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
        log.propagate = propagates
