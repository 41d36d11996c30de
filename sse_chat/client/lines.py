"""Lines of stdin in batches: as many as are there, and no more is read until they are taken."""

import os
from collections.abc import Iterator

from sse_chat.pipes import split_utf8

_READ_BYTES = 65_536
# As JSON it may be six times as long, and the server takes 65,536 bytes of JSON in a line.
_MAX_LINE_BYTES = 8192


def read_batches(descriptor: int, limit: "BatchSize") -> Iterator[list[bytes]]:
    """Whole lines without their ends. Waits only while there is no line at all."""
    rest = b""
    while chunk := os.read(descriptor, _READ_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        while len(rest) > _MAX_LINE_BYTES:
            head, rest = split_utf8(rest, _MAX_LINE_BYTES)
            lines.append(head)
        yield from _cut([part for line in lines for part in _split_long(line)], limit)
    if rest:
        yield [rest]


def _split_long(line: bytes) -> Iterator[bytes]:
    while True:
        head, line = split_utf8(line, _MAX_LINE_BYTES)
        yield head
        if not line:
            return


def _cut(lines: list[bytes], limit: "BatchSize") -> Iterator[list[bytes]]:
    while lines:
        size = limit.lines
        yield lines[:size]
        lines = lines[size:]


class BatchSize:
    """Lines in one request: few where the server slows us, so that no proxy calls it too long."""

    _MIN, _MAX = 1, 400
    _FAST_S, _SLOW_S = 0.5, 3.0

    def __init__(self) -> None:
        self.lines = 20

    def took(self, seconds: float) -> None:
        if seconds < self._FAST_S:
            self.lines = min(self.lines * 2, self._MAX)
        elif seconds > self._SLOW_S:
            self.lines = max(self.lines // 2, self._MIN)
