"""`sse-chat` as a person runs it: a process of its own, with its output line by line."""

import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from sse_chat.cli import main

# A home and proxies of this machine's owner are none of the tests' business.
_CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.lower().endswith("_proxy") and not name.startswith("SSE_CHAT_")
}


def environment(home: Path | None = None, **variables: str) -> dict[str, str]:
    return {**_CLEAN, "HOME": str(home or "/nonexistent"), **variables}


def run(
    *arguments: str, data: bytes | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "sse_chat", *arguments],
        input=data,
        capture_output=True,
        env=env or environment(),
        timeout=120,
    )


def run_here(*arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The same without a process of its own, for what is run many times: half a second less."""
    out, err = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
    given = io.TextIOWrapper(io.BytesIO(data))
    code: object = 0
    with (
        mock.patch.dict(os.environ, environment(), clear=True),
        mock.patch.multiple(sys, stdin=given, stdout=out, stderr=err),
    ):
        try:
            main(arguments)
        except SystemExit as exc:
            code = exc.code
    written = []
    for each in (out, err):
        each.flush()
        written.append(each.buffer.getvalue())  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(arguments, int(str(code)), *written)


class Running:
    """A command that goes on; what it has written so far."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.out: list[str] = []
        self.err: list[str] = []
        for pipe, lines in ((process.stdout, self.out), (process.stderr, self.err)):
            threading.Thread(target=_collect, args=(pipe, lines), daemon=True).start()

    def wait_for(self, condition: Callable[[list[str]], bool], timeout_s: float = 60) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition(self.out):
            assert time.monotonic() < deadline, (self.out[-5:], self.err)
            assert self.process.poll() is None, (self.out[-5:], self.err)
            time.sleep(0.02)

    def wait_line(self, end: str, timeout_s: float = 60) -> None:
        self.wait_for(lambda lines: any(line.endswith(end) for line in lines), timeout_s)

    def texts(self) -> list[str]:
        """The messages in the text format, without time and author."""
        return [line.split(": ", 1)[1] for line in self.out if line.startswith("[")]


def _collect(pipe: Iterator[bytes], lines: list[str]) -> None:
    for line in pipe:
        lines.append(line.decode().rstrip("\n"))


@contextmanager
def running(*arguments: str, env: dict[str, str] | None = None) -> Iterator[Running]:
    process = subprocess.Popen(
        [sys.executable, "-m", "sse_chat", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=env or environment(),
    )
    try:
        yield Running(process)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
