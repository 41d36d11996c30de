"""Findings: what was looked at, how it is, and what to do about it. No I/O."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    # It runs, and somebody should know.
    NOTE = "note"
    WRONG = "wrong"
    # The server does not start like this.
    FATAL = "fatal"


@dataclass(frozen=True, slots=True)
class Finding:
    """`what`: the part; `said`: how it is; `mend`: what to do, "" where nothing is to be done."""

    level: Level
    what: str
    said: str
    mend: str = ""

    def to_lines(self) -> str:
        shown = "wrong" if self.level is Level.FATAL else self.level.value
        line = f"{shown.upper() if shown == 'wrong' else shown:<6} {self.what}: {self.said}"
        return f"{line}\n       {self.mend}" if self.mend else line


def ok(what: str, said: str) -> Finding:
    return Finding(Level.OK, what, said)


def note(what: str, said: str, mend: str) -> Finding:
    return Finding(Level.NOTE, what, said, mend)


def wrong(what: str, said: str, mend: str) -> Finding:
    return Finding(Level.WRONG, what, said, mend)


def fatal(what: str, said: str, mend: str) -> Finding:
    return Finding(Level.FATAL, what, said, mend)


def exit_status(findings: Iterable[Finding], *, is_quick: bool) -> int:
    """1 where something is wrong; before a start only where the server cannot start."""
    bad = {Level.FATAL} if is_quick else {Level.FATAL, Level.WRONG}
    return 1 if any(finding.level in bad for finding in findings) else 0
