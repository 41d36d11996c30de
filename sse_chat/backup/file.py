"""A backup as a file: a head line, lines of the store, an end mark with their number; gzip by name.

Not what the lines mean: that is in store/dump.
"""

import contextlib
import gzip
import io
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from sse_chat.errors import SettingsError

Line = dict[str, Any]
STANDARD = Path("-")
_HEAD: Line = {"backup": "sse-chat", "version": 1}


def read_backup(path: Path) -> Iterator[Line]:
    """Its lines; raises SettingsError for a file that is no backup, is damaged, or was cut.

    Files of before version 1 have no head and no end mark, and are read all the same.
    """
    with _open_to_read(path) as file:
        try:
            yield from _check(path, _parse(path, file))
        except (UnicodeDecodeError, gzip.BadGzipFile) as exc:
            raise _no_backup(path) from exc
        except EOFError as exc:
            raise _cut(path) from exc


@contextlib.contextmanager
def _open_to_read(path: Path) -> Iterator[TextIO]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as file:
            yield file
    else:
        with path.open(encoding="utf-8") as file:
            yield file


def _parse(path: Path, file: TextIO) -> Iterator[Line]:
    for number, written in enumerate(file, 1):
        try:
            line = json.loads(written)
        except ValueError as exc:
            if number == 1:
                raise _no_backup(path) from exc
            if not written.endswith("\n"):
                raise _cut(path) from exc
            raise SettingsError(f"line {number} of {path} is damaged") from exc
        if not isinstance(line, dict):
            raise _no_backup(path)
        yield line


def _check(path: Path, lines: Iterator[Line]) -> Iterator[Line]:
    head = next(lines, None)
    if head is None:
        return
    if head.get("backup") != _HEAD["backup"]:
        if not {"key", "room"} & head.keys():
            raise _no_backup(path)
        yield head
        yield from lines
        return
    if head.get("version") != _HEAD["version"]:
        raise SettingsError(f"{path} was written by a later version of sse-chat")
    for count, line in enumerate(lines):
        if "end" in line:
            if line["end"] != count or next(lines, None) is not None:
                raise SettingsError(f"{path} is damaged: its end mark counts {line['end']} lines")
            return
        yield line
    raise _cut(path)


def _no_backup(path: Path) -> SettingsError:
    return SettingsError(f"{path} is not a backup that sse-chat wrote")


def _cut(path: Path) -> SettingsError:
    return SettingsError(f"{path} was cut: its end is missing, so entries may be too")


def write_backup(path: Path, lines: Iterable[Line]) -> None:
    """In place of the file, once all is on the disk; `-` is standard output. Raises OSError."""
    if path == STANDARD:
        # In the encoding that is read back, whatever that of the terminal is.
        with _text(sys.stdout.buffer, is_packed=False) as file:
            _write(file, lines)
        sys.stdout.buffer.flush()
        return
    # What people wrote is nobody else's business: mkstemp makes it readable by its owner alone.
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as raw:
            with _text(raw, is_packed=path.suffix == ".gz") as file:
                _write(file, lines)
            raw.flush()
            os.fsync(raw.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _text(raw: Any, *, is_packed: bool) -> Iterator[TextIO]:
    packed = gzip.GzipFile(fileobj=raw, mode="wb", filename="") if is_packed else None
    file = io.TextIOWrapper(packed or raw, encoding="utf-8", write_through=True)
    try:
        yield file
        file.flush()
    finally:
        # The file itself is its caller's to close.
        file.detach()
        if packed is not None:
            packed.close()


def _write(file: TextIO, lines: Iterable[Line]) -> None:
    file.write(_dump(_HEAD))
    count = sum(1 for _ in map(file.write, map(_dump, lines)))
    file.write(_dump({"end": count}))


def _dump(line: Line) -> str:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
