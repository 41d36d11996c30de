"""What each process of a server holds, read from the operating system every few seconds."""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.accounting import is_store, tree


@dataclass(frozen=True, slots=True)
class Sample:
    """`uss_kb` is the memory that only this process has: what its end would give back."""

    at_s: float
    process: str
    pid: int
    rss_kb: int
    uss_kb: int
    files: int
    threads: int


class Sampler:
    """Names workers in the order of their birth: one that is replaced gets a new name."""

    def __init__(self, pid: int) -> None:
        self.samples: list[Sample] = []
        self._pid = pid
        self._names = {pid: "supervisor"}
        self._workers = 0
        self._began_s = time.monotonic()

    async def run(self, every_s: float) -> None:
        """Until cancelled."""
        while True:
            await asyncio.to_thread(self.take)
            await asyncio.sleep(every_s)

    def take(self) -> None:
        at_s = round(time.monotonic() - self._began_s, 2)
        for pid in tree(self._pid):
            # It may have ended meanwhile.
            with contextlib.suppress(OSError):
                name = self._name(pid)
                if name is not None:
                    self.samples.append(_sample(at_s, name, pid))

    def _name(self, pid: int) -> str | None:
        if pid not in self._names:
            if is_store(pid):
                self._names[pid] = "store"
            elif b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                self._workers += 1
                self._names[pid] = f"worker {self._workers}"
        return self._names.get(pid)


def _sample(at_s: float, name: str, pid: int) -> Sample:
    process = Path(f"/proc/{pid}")
    held = _fields(process / "smaps_rollup")
    return Sample(
        at_s,
        name,
        pid,
        rss_kb=held["Rss"],
        uss_kb=held["Private_Clean"] + held["Private_Dirty"],
        files=len(list((process / "fd").iterdir())),
        threads=_fields(process / "status")["Threads"],
    )


def _fields(path: Path) -> dict[str, int]:
    """Of lines such as `Rss:   1024 kB`, those with one number."""
    parts = (line.split() for line in path.read_text().splitlines())
    return {
        part[0].removesuffix(":"): int(part[1])
        for part in parts
        if len(part) in (2, 3) and part[1].isdigit()
    }
