"""DiskRoom: keeps the embedded store from filling its disk to the last byte."""

import contextlib
import logging
import shutil
import socket
from pathlib import Path

_log = logging.getLogger("sse_chat.store")
# With every write on disk before its reply, Valkey ends itself on the first that fails. So it
# is told to refuse writes while there is still room: reads go on, and nothing has to restart.
_LEAST_BYTES = 4 * 1024 * 1024
_ENOUGH_BYTES = 2 * _LEAST_BYTES
_TIMEOUT_S = 1.0


class DiskRoom:
    """`look` often; writes are refused below 4 MB of room and taken again above 8 MB."""

    def __init__(self, folder: Path, store_socket: Path) -> None:
        self._folder = folder
        self._socket = store_socket
        self._is_short = False

    def reset(self) -> None:
        """The store has started anew, and takes writes."""
        self._is_short = False

    def look(self) -> None:
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError:
            return
        if not self._is_short and free < _LEAST_BYTES:
            self._limit_to(1)
            self._is_short = True
            _log.error(
                "the disk of %s is full (%d KB left): posts are refused until there are %d MB",
                self._folder,
                free // 1024,
                _ENOUGH_BYTES // 1024**2,
            )
        elif self._is_short and free >= _ENOUGH_BYTES:
            self._limit_to(0)
            self._is_short = False
            _log.warning("the disk of %s has room again: posts are taken", self._folder)

    def _limit_to(self, max_bytes: int) -> None:
        """Nothing is evicted: the policy of the embedded store is noeviction."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as link:
            link.settimeout(_TIMEOUT_S)
            link.connect(str(self._socket))
            link.sendall(f"CONFIG SET maxmemory {max_bytes}\r\n".encode())
            link.recv(64)
