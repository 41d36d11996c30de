"""CursorToken: the positions of one reader in many rooms, as one token. No I/O.

A version byte, the newest milliseconds of all positions, then for each room four bytes of a hash
of its name, how many milliseconds before the newest its position lies, and its sequence; numbers
as LEB128, all in base64url. A hundred rooms take about 1,400 characters. Version 2 is of a reader
of all rooms: after the newest milliseconds it has those at which the rooms were listed.
"""

import base64
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b

from sse_chat.errors import BadId
from sse_chat.ids import EntryId

_VERSION = 1
_VERSION_OF_ALL = 2
_HASH_BYTES = 4
_MAX_CHARS = 8192
_MAX_PART = 2**64


def pack_cursor(positions: Mapping[str, EntryId], listed_ms: int | None = None) -> str:
    """`listed_ms`: a room that began later is one that this reader has yet to begin."""
    newest_ms = max((position.ms for position in positions.values()), default=0)
    packed = bytearray((_VERSION if listed_ms is None else _VERSION_OF_ALL,))
    _write(packed, newest_ms)
    if listed_ms is not None:
        _write(packed, listed_ms)
    for room, position in positions.items():
        packed += _hash_of(room)
        _write(packed, newest_ms - position.ms)
        _write(packed, position.seq)
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


class CursorToken:
    """A token as it came back; raises BadId for one that is none.

    `listed_ms`: None where it is not of a reader of all rooms.
    """

    def __init__(self, token: str) -> None:
        if len(token) > _MAX_CHARS:
            raise _no_cursor(token)
        try:
            packed = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
            self._positions, self.listed_ms = _read_all(packed)
        except (ValueError, IndexError) as exc:
            raise _no_cursor(token) from exc

    def position_in(self, room: str) -> EntryId | None:
        """None in a room that it does not know."""
        return self._positions.get(_hash_of(room))


def _read_all(packed: bytes) -> tuple[dict[bytes, EntryId], int | None]:
    if packed[0] not in (_VERSION, _VERSION_OF_ALL):
        raise ValueError("another version")
    newest_ms, at = _read(packed, 1)
    listed_ms = None
    if packed[0] == _VERSION_OF_ALL:
        listed_ms, at = _read(packed, at)
    positions: dict[bytes, EntryId] = {}
    while at < len(packed):
        name = packed[at : at + _HASH_BYTES]
        before_ms, at = _read(packed, at + _HASH_BYTES)
        seq, at = _read(packed, at)
        if before_ms > newest_ms:
            raise ValueError("a time before all times")
        positions[name] = EntryId(newest_ms - before_ms, seq)
    return positions, listed_ms


def _write(packed: bytearray, number: int) -> None:
    while number > 0x7F:
        packed.append(number & 0x7F | 0x80)
        number >>= 7
    packed.append(number)


def _read(packed: bytes, at: int) -> tuple[int, int]:
    """The number there, and where it ends; raises IndexError, ValueError."""
    number = shift = 0
    while True:
        byte = packed[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if number >= _MAX_PART:
            raise ValueError("a number that is too great")
        if not byte & 0x80:
            return number, at
        shift += 7


@lru_cache(maxsize=4096)
def _hash_of(room: str) -> bytes:
    return blake2b(room.encode(), digest_size=_HASH_BYTES).digest()


def _no_cursor(token: str) -> BadId:
    return BadId(
        f"{token[:60]!r} is not a cursor of many rooms; send one as it came, or room:ID,room:ID"
    )
