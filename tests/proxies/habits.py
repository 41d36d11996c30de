"""What a path does to requests and answers: drawn by seed, one table of habits. No I/O."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

SCOPES = ("all", "sse", "GET", "chunked")
ENDS = ("fin", "rst", "whole")
ANSWERS = (
    "200 html",
    "302 portal",
    "403 words",
    "407",
    "502",
    "503",
    "503 retry-after",
    "200 empty",
)
_DELAY_S = 2.0
# An answer with a few entries.
_LEAST_BYTES = 2000


@dataclass(frozen=True, slots=True)
class Hold:
    """Collects the body: blocks of `block_bytes`, or all of `every_s` seconds, or (both 0) all."""

    scope: str
    block_bytes: int = 0
    every_s: float = 0


@dataclass(frozen=True, slots=True)
class Cut:
    """Ends an answer; the first limit that is reached counts, None is no limit.

    `end`: "fin" in the middle, "rst" by a reset (through HTTP/2: RST_STREAM), "whole" as if the
    body were complete.
    """

    end: str
    scope: str = "all"
    after_s: float | None = None
    after_bytes: int | None = None
    idle_s: float | None = None


@dataclass(frozen=True, slots=True)
class Instead:
    """Answers in the server's place, this share of the requests."""

    kind: str
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Habits:
    hold: Hold | None = None
    cut: Cut | None = None
    instead: Instead | None = None
    chunks: str = ""
    """"" as they come, "bytes" one by one, "joined"."""
    is_http10: bool = False
    connections: int = 0
    """How many requests of one client are served at a time; 0 for all."""
    strips: frozenset[str] = frozenset()
    """Of "unknown", "last-event-id", "cookie attributes"."""
    posts_twice: bool = False
    loses_answers: bool = False
    """The first two attempts of a POST go through, and are answered by 504."""
    caches: bool = False
    blocks: frozenset[str] = frozenset()
    """Of "PUT", "large", "ndjson"."""
    delay_s: float = 0

    def __str__(self) -> str:
        named = [
            f"{field.name}={_show(getattr(self, field.name))}"
            for field in fields(self)
            if getattr(self, field.name) != field.default
        ]
        return ", ".join(named) or "nothing"

    @property
    def leaves_a_path(self) -> bool:
        """Whether plain requests that do not wait get their answers."""
        if self.instead and self.instead.share == 1:
            return False
        if self.cut is None or self.cut.scope in ("sse", "chunked"):
            return True
        least_s = self.answer_s
        limits_s = [each for each in (self.cut.after_s, self.cut.idle_s) if each is not None]
        is_quick = min(limits_s, default=least_s + 1) > least_s + 0.5
        return is_quick and (self.cut.after_bytes or _LEAST_BYTES) >= _LEAST_BYTES

    @property
    def _hold_s(self) -> float:
        return self.hold.every_s if self.hold and self.hold.scope in ("all", "GET") else 0

    @property
    def answer_s(self) -> float:
        """How long the answer to a plain request may take."""
        return self.delay_s + self._hold_s

    @property
    def slowest_s(self) -> float:
        """What the path itself adds at most, be the client as clever as it may."""
        # What could not be sent before goes one after the other, each with this delay.
        late_s = 5 * self.delay_s + 2 * self._hold_s
        if self.instead:
            # Two in a row may fall on one client.
            late_s += 6
        if self.cut:
            late_s += 1.5 + self.delay_s
        if self.connections:
            # It shows only by what does not come.
            late_s += 6
        return late_s


def _show(value: object) -> str:
    if isinstance(value, frozenset):
        return "+".join(sorted(map(str, value)))
    if isinstance(value, Hold | Cut | Instead):
        said = [
            f"{field.name} {getattr(value, field.name)}"
            for field in fields(value)
            if getattr(value, field.name) not in (0, None)
        ]
        return f"({', '.join(said)})"
    return str(value)


Change = Callable[[random.Random], dict[str, object]]


def _hold(rng: random.Random) -> dict[str, object]:
    kind = rng.choice(("block", "every", "end"))
    scope = rng.choice(SCOPES)
    if kind == "block":
        return {"hold": Hold(scope, block_bytes=rng.choice((64, 512, 4096, 16_384)))}
    if kind == "every":
        return {"hold": Hold(scope, every_s=rng.choice((0.3, 1.0, 3.0)))}
    return {"hold": Hold(scope)}


def _cut(rng: random.Random) -> dict[str, object]:
    limits: Sequence[dict[str, float]] = (
        {"after_s": rng.choice((3.0, 8.0, 20.0))},
        {"after_bytes": rng.choice((1, 6000, 20_000))},
        {"idle_s": rng.choice((3.0, 8.0, 20.0))},
    )
    cut = Cut(rng.choice(ENDS), rng.choice(SCOPES), **rng.choice(limits))  # type: ignore[arg-type]
    return {"cut": cut}


def _instead(rng: random.Random) -> dict[str, object]:
    return {"instead": Instead(rng.choice(ANSWERS), rng.choice((0.3, 1.0)))}


def _some(*names: str) -> Callable[[random.Random], frozenset[str]]:
    return lambda rng: frozenset(rng.sample(names, rng.randint(1, len(names))))


_CHANGES: tuple[Change, ...] = (
    _hold,
    _hold,
    _hold,
    _cut,
    _cut,
    _cut,
    _instead,
    _instead,
    lambda rng: {"chunks": rng.choice(("bytes", "joined"))},
    lambda rng: {"is_http10": True},
    lambda rng: {"connections": rng.choice((1, 2))},
    lambda rng: {"strips": _some("unknown", "last-event-id", "cookie attributes")(rng)},
    lambda rng: {"posts_twice": True},
    lambda rng: {"loses_answers": True},
    lambda rng: {"caches": True},
    lambda rng: {"blocks": _some("PUT", "large", "ndjson")(rng)},
    lambda rng: {"delay_s": _DELAY_S},
)
PLAIN = Habits()


def draw_habits(rng: random.Random) -> Habits:
    """One to three at a time."""
    habits = PLAIN
    for change in rng.sample(_CHANGES, rng.choice((1, 1, 2, 2, 3))):
        habits = replace(habits, **change(rng))  # type: ignore[arg-type]
    # One request in 2 s is less than a page needs.
    return replace(habits, delay_s=0) if habits.connections else habits


@dataclass(frozen=True, slots=True)
class Phase:
    """For so long the path is like this; what is open at its beginning goes on, or is cut."""

    habits: Habits
    lasts_s: float
    cuts_open: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """`max_requests`: how many an HTTP/2 connection takes before its GOAWAY; 0 for any number."""

    seed: int
    is_http2: bool
    max_requests: int
    phases: tuple[Phase, ...]

    def __str__(self) -> str:
        goaway = f", GOAWAY after {self.max_requests}" if self.max_requests else ""
        words = [f"seed {self.seed}{', HTTP/2' if self.is_http2 else ''}{goaway}:"]
        words += [
            f"  {phase.lasts_s:.0f} s{' (cuts what is open)' * phase.cuts_open}: {phase.habits}"
            for phase in self.phases
        ]
        return "\n".join(words)


def draw_plan(seed: int, settle_s: float = 15, judged_s: float = 6) -> Plan:
    """One to three phases; in the last one the chat must settle."""
    rng = random.Random(seed)
    is_http2 = rng.random() < 0.25
    phases = [
        Phase(draw_habits(rng), rng.uniform(4, 14), rng.random() < 0.5)
        for _ in range(rng.choice((0, 1, 1, 2)))
    ]
    last = draw_habits(rng)
    # What holds back the end of an answer cannot become another path for the rest of it.
    is_stuck = any(phase.habits.hold for phase in phases)
    cuts_open = is_stuck or rng.random() < 0.5
    phases.append(Phase(last, settle_s + judged_s + last.slowest_s, cuts_open))
    if not last.leaves_a_path:
        # It has to be told, and to recover once there is a path.
        cuts_open = is_stuck or last.hold is not None or rng.random() < 0.5
        phases.append(Phase(PLAIN, settle_s + judged_s, cuts_open))
    # By a chance of its own: what else is drawn stays as it is.
    goaway = random.Random(-1 - seed).choice((0, 5, 25))
    return Plan(seed, is_http2, goaway if is_http2 else 0, tuple(phases))
