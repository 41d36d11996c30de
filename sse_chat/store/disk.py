"""DiskRoom: keeps the embedded store alive, and readable, on a disk that fills up."""

import contextlib
import ctypes
import errno
import logging
import os
import shutil
import socket
from pathlib import Path

_log = logging.getLogger("sse_chat.store")
# With every write on disk before its reply, Valkey ends itself on the first that fails. So it is
# told to refuse writes while there is still room: reads go on, and nothing has to restart.
_LEAST_BYTES = 4 * 1024 * 1024
_ENOUGH_BYTES = 2 * _LEAST_BYTES
# A disk can fill up between two looks. What Valkey writes until the next one, and what it writes
# when posts are refused (keys that expire), goes into blocks that its file has already.
_RESERVED_BYTES = 4 * 1024 * 1024
_KEEP_SIZE = 1
_NOT_THERE = {errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}
# The store's configuration and the first lines of its log, when it starts on a full disk.
_SPARE_BYTES = 64 * 1024
_TIMEOUT_S = 1.0


class DiskRoom:
    """`look` often; writes are refused below 4 MB of room and taken again above 8 MB."""

    def __init__(self, folder: Path, store_socket: Path) -> None:
        self._folder = folder
        self._socket = store_socket
        self._is_short = False
        self._reserved: tuple[int, int] = (0, 0)
        self._can_reserve = True

    def before_start(self) -> bool:
        """Whether the store can start with room for writes; what it needs to start is made free."""
        self._spare.unlink(missing_ok=True)
        self._reserved = (0, 0)
        has_room = self._has_room(_LEAST_BYTES)
        if not has_room and not self._is_short:
            self._say_full()
        self._is_short = not has_room
        return has_room

    def after_start(self) -> None:
        with contextlib.suppress(OSError), self._spare.open("wb") as file:
            file.write(bytes(_SPARE_BYTES))

    def look(self) -> None:
        if not self._is_short and not self._has_room(_LEAST_BYTES):
            self._limit_to(1)
            self._is_short = True
            self._say_full()
        elif self._is_short and self._has_room(_ENOUGH_BYTES):
            self._limit_to(0)
            self._is_short = False
            self.after_start()
            _log.warning("the disk of %s has room again: posts are taken", self._folder)

    def _say_full(self) -> None:
        _log.error(
            "the disk of %s is full: posts are refused until there are %d MB, reads go on",
            self._folder,
            _ENOUGH_BYTES // 1024**2,
        )

    def _has_room(self, least_bytes: int) -> bool:
        try:
            return shutil.disk_usage(self._folder).free >= least_bytes and self._reserve()
        except OSError:
            return True

    def _reserve(self) -> bool:
        """Blocks behind the end of the file that the store appends to; false: there are none.

        A quota is met here too, which the free bytes of the file system do not tell.
        """
        files = list(self._folder.glob("appendonlydir/*.incr.aof"))
        if not files or not self._can_reserve:
            return True
        newest = max(files, key=lambda file: file.stat().st_mtime_ns)
        with newest.open("rb+") as file:
            status = os.fstat(file.fileno())
            inode, end = self._reserved
            if status.st_ino == inode and end - status.st_size > _RESERVED_BYTES // 2:
                return True
            try:
                _allocate(file.fileno(), status.st_size, _RESERVED_BYTES)
            except (NotImplementedError, AttributeError):
                self._can_reserve = False
                return True
            except OSError:
                return False
            self._reserved = (status.st_ino, status.st_size + _RESERVED_BYTES)
        return True

    @property
    def _spare(self) -> Path:
        return self._folder / "spare"

    def _limit_to(self, max_bytes: int) -> None:
        """Nothing is evicted: the policy of the embedded store is noeviction."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as link:
            link.settimeout(_TIMEOUT_S)
            link.connect(str(self._socket))
            link.sendall(f"CONFIG SET maxmemory {max_bytes}\r\n".encode())
            link.recv(64)


def _allocate(descriptor: int, offset: int, count: int) -> None:
    """fallocate(2), which leaves the size as it is; os.posix_fallocate would not.

    Raises OSError when the disk or a quota is full, NotImplementedError or AttributeError where the
    file system or the system has no such call.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    offset_type = ctypes.c_int64
    failed = libc.fallocate(descriptor, _KEEP_SIZE, offset_type(offset), offset_type(count))
    number = ctypes.get_errno()
    if failed and number in _NOT_THERE:
        raise NotImplementedError(os.strerror(number))
    if failed:
        raise OSError(number, os.strerror(number))
