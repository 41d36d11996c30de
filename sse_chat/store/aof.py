"""The append-only file of the embedded store: cutting off a damaged tail. Not the store itself.

Valkey loads a file that ends in the middle of a command, but not one that ends in garbage,
as a power cut can leave behind (blocks of zeros, half-written pages).
Source: https://valkey.io/topics/persistence/
"""

import mmap
import re
import time
from dataclasses import dataclass
from pathlib import Path

_HEAD = re.compile(rb"\*(\d{1,7})\r\n")
_SIZE = re.compile(rb"\$(\d{1,10})\r\n")
_BEGIN, _END = b"MULTI", b"EXEC"


class DamagedFile(Exception):
    """Damaged with whole commands behind the damage: cutting would lose what was acknowledged."""


@dataclass(frozen=True, slots=True)
class Cut:
    file: Path
    offset: int
    kept_as: Path

    def __str__(self) -> str:
        size = self.kept_as.stat().st_size
        return (
            f"{self.file.name} was damaged from byte {self.offset:,} to its end: "
            f"the last {size:,} bytes were cut off and are kept as {self.kept_as}"
        )


def cut_damaged_tail(folder: Path) -> Cut | None:
    """None when the newest file is whole; raises DamagedFile, OSError."""
    files = sorted(folder.glob("appendonlydir/*.incr.aof"), key=_number)
    if not files or not files[-1].stat().st_size:
        return None
    file = files[-1]
    with file.open("r+b") as opened:
        with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
            damage = find_damage(data)
            if damage is None:
                return None
            offset, broken_at = damage
            if _has_command_behind(data, broken_at):
                raise DamagedFile(
                    f"{file} is damaged at byte {offset:,}, with whole entries behind it; "
                    "restore a backup, or mend it with valkey-check-aof --fix, which loses these"
                )
            tail = data[offset:]
        kept_as = folder / f"{file.name}.cut-{int(time.time())}"
        kept_as.write_bytes(tail)
        opened.truncate(offset)
    return Cut(file, offset, kept_as)


def _number(file: Path) -> int:
    """appendonly.aof.12.incr.aof"""
    return int(file.name.split(".")[-3])


def find_damage(data: bytes | mmap.mmap) -> tuple[int, int] | None:
    """Where the last whole transaction ends, and the last whole command; None: all is whole."""
    at = good = 0
    is_open = False
    while at < len(data):
        found = _read_command(data, at)
        if found is None:
            return good, at
        at, name = found
        is_open = name == _BEGIN or (is_open and name != _END)
        if not is_open:
            good = at
    return None if good == len(data) else (good, at)


def _read_command(data: bytes | mmap.mmap, at: int) -> tuple[int, bytes] | None:
    """Where the command at `at` ends, and its name in capitals; None when it is not whole."""
    if data[at : at + 1] == b"#":
        # A note of the time, when aof-timestamp-enabled.
        end = data.find(b"\r\n", at)
        return (end + 2, b"") if end >= 0 else None
    head = _HEAD.match(data, at)
    if head is None or head[1] == b"0":
        return None
    at, name = head.end(), None
    for _ in range(int(head[1])):
        size = _SIZE.match(data, at)
        if size is None:
            return None
        end = size.end() + int(size[1])
        if data[end : end + 2] != b"\r\n":
            return None
        name = data[size.end() : end].upper() if name is None else name
        at = end + 2
    return at, name or b""


def _has_command_behind(data: bytes | mmap.mmap, offset: int) -> bool:
    """Of the command at the damage itself, which may only lack its end, nothing counts."""
    return any(
        _read_command(data, match.start()) is not None for match in _HEAD.finditer(data, offset + 1)
    )
