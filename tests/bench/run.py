"""A run: one scenario, once, against one contender that was started for it."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.bench.accounting import Machine, Meter
from tests.bench.contenders import STARTERS
from tests.bench.contenders.contender import Contender, Place
from tests.bench.programs import Programs, Readers

Measures = dict[str, float]
DISTURBED_CORES = 0.3


@dataclass(frozen=True, slots=True)
class Load:
    """How much: the seconds of a window, and what share of the full numbers of connections."""

    window_s: float = 5.0
    share: float = 1.0

    def scaled(self, number: int) -> int:
        return max(1, int(number * self.share))


@dataclass(slots=True)
class Run:
    """What a scenario works with, and what it found."""

    server: Contender
    load: Load
    programs: Programs
    stack: ExitStack
    faults: list[str] = field(default_factory=list)

    def read(self, **flags: Any) -> Readers:
        """Readers of this server that have all begun."""
        readers = self.start_readers(**flags)
        readers.wait_connected()
        return readers

    def start_readers(self, **flags: Any) -> Readers:
        readers = self.programs.read(
            **{"port": self.server.port, "path": self.server.read_path,
               "start": self.server.start, **flags}
        )  # fmt: skip
        self.stack.callback(readers.stop)
        return readers

    def post(self, **flags: Any) -> dict[str, Any]:
        """The poster's result; an answer other than 2xx is a fault."""
        poster = self.programs.post(
            port=self.server.port,
            path=self.server.post_path,
            names=self.server.names,
            **flags,
        )
        posted = poster.result()
        if posted["refused"]:
            refusal = f"{posted['refused']} posts refused, first with {posted['first_refusal']}"
            self.faults.append(refusal)
        return posted

    def meter(self) -> Meter:
        return Meter(self.server.server_pids, self.server.all_store_pids)

    def check(self, stats: dict[str, Any], wanted: int) -> None:
        """Every delivery once, in the order that all others saw."""
        missing = wanted - stats["delivered"]
        found = {
            "not delivered": max(missing, 0),
            "too many": max(-missing, 0),
            **{name: stats[name] for name in ("lost", "repeated", "misordered", "refused")},
            "feeds ended": stats["ended"],
            "gaps": stats["gaps"],
            "readers that saw another order": int(not stats["same_order"]),
        }
        self.faults += [f"{count:,} {what}" for what, count in found.items() if count]
        if stats["trouble"]:
            self.faults.append(stats["trouble"])


@dataclass(frozen=True, slots=True)
class Scenario:
    """`play` measures once; `contenders` in the order in which they are run."""

    name: str
    title: str
    contenders: tuple[str, ...]
    play: Callable[[Run], Measures]
    is_quick: bool = False
    # More runs of what takes long, or drifts little, tell nothing new.
    most_rounds: int = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One run as it is kept."""

    scenario: str
    contender: str
    round: int
    measures: Measures
    faults: list[str]
    # Cores that other processes of the machine took meanwhile: near 0 where times mean something.
    others_cores: float = 0.0


@contextmanager
def started(contender: str, load: Load, programs: Programs) -> Iterator[Run]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, ExitStack() as stack:
        server = STARTERS[contender](Place(Path(folder), stack, programs))
        yield Run(server, load, programs, stack)


def play(scenario: Scenario, contender: str, number: int, load: Load, programs: Programs) -> Row:
    machine = Machine()
    measures: Measures = {}
    faults: list[str] = []
    try:
        with started(contender, load, programs) as run:
            faults = run.faults
            measures = scenario.play(run)
    except (TimeoutError, RuntimeError) as exc:
        faults.append(str(exc))
    others_cores = machine.others_cores()
    return Row(scenario.name, contender, number, measures, faults, others_cores)


def play_undisturbed(play_once: Callable[[], Row], tries: int, patience_s: float) -> Row:
    """Again while others load the machine; the least disturbed counts, but faults of all."""
    rows: list[Row] = []
    while len(rows) < tries and all(row.others_cores > DISTURBED_CORES for row in rows):
        _wait_for_quiet(patience_s)
        rows.append(play_once())
    best = min(rows, key=lambda row: row.others_cores)
    return replace(best, faults=[fault for row in rows for fault in row.faults])


def _wait_for_quiet(patience_s: float) -> None:
    deadline_s = time.monotonic() + patience_s
    while time.monotonic() < deadline_s:
        machine = Machine()
        time.sleep(0.5)
        if machine.others_cores() < DISTURBED_CORES:
            return
