"""`sse-chat serve`, forked from a process that has imported it: half a second of CPU less a start.

What runs is the program's own `main`, in a process of its own, with an environment, an output and
signals of its own. The command itself starts the servers that have workers or a process group, and
the one that all tests share.
"""

import atexit
import contextlib
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import IO, Any

from tests.support.places import ROOT

_MAX_REQUEST = 1_000_000
# What a server imports when it starts, and what it makes then that is the same for each.
_PRELOADED = ("sse_chat.serve.run", "uvicorn.loops.uvloop", "uvicorn.lifespan.on")


class ForkedProcess:
    """What tests use of a subprocess.Popen, for a process whose parent is another than this one."""

    def __init__(self, pid: int, ended: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = ended

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._ended], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(f"server {self.pid}", timeout or 0)
            # Nothing when its parent was killed.
            self.returncode = int(os.read(self._ended, 100) or -signal.SIGKILL)
            os.close(self._ended)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class _Template:
    """The process that the others are forked from; it ends with this one."""

    def __init__(self) -> None:
        self._link, theirs = socket.socketpair()
        self._lock = threading.Lock()
        with theirs:
            command = [sys.executable, "-m", "tests.support.forking", str(theirs.fileno())]
            self._process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        atexit.register(self._stop)

    def _stop(self) -> None:
        self._link.close()
        self._process.wait()

    def start(self, arguments: Sequence[str], output: IO[str]) -> ForkedProcess:
        ended, report = os.pipe()
        request = {"arguments": list(arguments), "environ": dict(os.environ), "cwd": os.getcwd()}
        try:
            with self._lock:
                sent = json.dumps(request).encode()
                socket.send_fds(self._link, [b"%d\n" % len(sent)], [output.fileno(), report])
                self._link.sendall(sent)
                pid = int(self._link.recv(100))
        finally:
            os.close(report)
        return ForkedProcess(pid, ended)


def can_fork(flags: Sequence[str]) -> bool:
    """Not where workers import the program anew, nor where the interpreter is to start otherwise.
    On macOS libraries do not outlive a fork."""
    is_same = _interpreters_own() == _INTERPRETERS_OWN
    return sys.platform == "linux" and "--workers" not in flags and is_same


def _interpreters_own() -> dict[str, str]:
    """But for what says where bytecode lies, which is for all tests."""
    names = (name for name in os.environ if name.startswith("PYTHON") and "BYTECODE" not in name)
    return {name: os.environ[name] for name in names if name != "PYTHONPYCACHEPREFIX"}


_INTERPRETERS_OWN = _interpreters_own()


@functools.cache
def _template() -> _Template:
    return _Template()


def fork_server(flags: Sequence[str], output: IO[str]) -> ForkedProcess:
    """`sse-chat serve` with these flags; what it prints goes into the file."""
    return _template().start(["serve", *flags], output)


def _serve_forks(link: socket.socket) -> None:
    """Until the other end is closed; returns in each fork, which then is the server."""
    from sse_chat.cli import main

    # A Ctrl-C is for the servers; those who wait for them are not waited for.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while request := _receive(link):
        arguments, environ, cwd, output, report = request
        if not os.fork():
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            pid = os.fork()
            if pid:
                link.sendall(b"%d" % pid)
                _report_end(pid, report, output)
            link.close()
            os.close(report)
            _become(environ, cwd, output)
            sys.argv[:] = ["sse-chat", *arguments]
            main(arguments)
        os.close(output)
        os.close(report)


def _receive(link: socket.socket) -> tuple[list[str], dict[str, str], str, int, int] | None:
    head, descriptors, _, _ = socket.recv_fds(link, 1, 2)
    if not head:
        return None
    while not head.endswith(b"\n"):
        head += link.recv(1)
    body = b""
    while len(body) < int(head):
        body += link.recv(min(int(head) - len(body), _MAX_REQUEST))
    request: dict[str, Any] = json.loads(body)
    output, report = descriptors
    return request["arguments"], request["environ"], request["cwd"], output, report


def _report_end(pid: int, report: int, output: int) -> None:
    os.close(output)
    _, status = os.waitpid(pid, 0)
    os.write(report, b"%d" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _become(environ: dict[str, str], cwd: str, output: int) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(cwd)


if __name__ == "__main__":
    from importlib import import_module

    for name in _PRELOADED:
        import_module(name)
    from sse_chat.web.http.templating import compile_all

    compile_all()
    _serve_forks(socket.socket(fileno=int(sys.argv[1])))
