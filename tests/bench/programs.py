"""The C programs: compiled once into a folder, and run: readers, poster, floor."""

import contextlib
import json
import os
import resource
import select
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_SOURCES = Path(__file__).with_name("c")
_NO_COMPILER = (
    "the benchmark needs a C compiler: its readers check a million deliveries a second, "
    "which Python cannot; on Debian: apt-get install gcc libc6-dev"
)
CONNECT_S = 60.0


class NoCompiler(RuntimeError):
    pass


def find_compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def raise_file_limit() -> None:
    """To the hard limit; the servers that are started inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Programs:
    def __init__(self, folder: Path) -> None:
        compiler = find_compiler()
        if compiler is None:
            raise NoCompiler(_NO_COMPILER)
        self._folder = folder
        for source in sorted(_SOURCES.glob("*.c")):
            command = [compiler, "-O2", "-o", str(folder / source.stem), str(source)]
            subprocess.run(command, check=True)

    def command(self, name: str, flags: Mapping[str, Any]) -> list[str]:
        words = [str(self._folder / name)]
        for flag, value in flags.items():
            words += ["--" + flag.replace("_", "-"), str(value)]
        return words

    def post(self, **flags: Any) -> "Poster":
        return Poster(self.command("poster", flags))

    def read(self, **flags: Any) -> "Readers":
        return Readers(self.command("readers", flags))


class Poster:
    """Posts in a process of its own; `result` waits for the end."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def result(self) -> dict[str, Any]:
        output, _ = self._process.communicate(timeout=120)
        if self._process.returncode:
            raise RuntimeError(f"the poster ended with {self._process.returncode}")
        return dict(json.loads(output))


class Readers:
    """N readers in a process of their own."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._rest = b""

    def wait_connected(self, timeout_s: float = CONNECT_S) -> float:
        """Seconds until the last had its first event (or its head, as was asked)."""
        word, seconds = self._line(timeout_s).split()
        assert word == b"connected"
        return float(seconds)

    def stats(self) -> dict[str, Any]:
        self.tell("stats")
        return dict(json.loads(self._line(30)))

    def tell(self, word: str) -> None:
        assert self._process.stdin is not None
        os.write(self._process.stdin.fileno(), word.encode() + b"\n")

    def wait_delivered(self, wanted: int, stall_s: float = 5, most_s: float = 60) -> dict[str, Any]:
        """The statistics once all have come, nothing more has come for a while, or it took long."""
        best, grown_at_s = -1, time.monotonic()
        end_s = grown_at_s + most_s
        while True:
            stats = self.stats()
            now_s = time.monotonic()
            if stats["delivered"] > best:
                best, grown_at_s = stats["delivered"], now_s
            if best >= wanted or now_s - grown_at_s > stall_s or now_s > end_s:
                return stats
            time.sleep(0.02)

    def _line(self, timeout_s: float) -> bytes:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        deadline_s = time.monotonic() + timeout_s
        while b"\n" not in self._rest:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0 or not select.select([descriptor], [], [], left_s)[0]:
                raise TimeoutError(f"the readers said nothing for {timeout_s:.0f} s")
            got = os.read(descriptor, 65536)
            if not got:
                raise RuntimeError(f"the readers ended with {self._process.wait()}")
            self._rest += got
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def stop(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()
