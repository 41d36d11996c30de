"""What a store keeps as plain lines, and back into an empty one. Not files.

Two kinds of lines: {"key", "type", "value", "expires_ms"} and {"room", "id", "fields"}.
"""

import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any

from sse_chat.ids import ZERO, EntryId
from sse_chat.kinds import kind_of
from sse_chat.store.keys import Keys
from sse_chat.store.link import Link
from sse_chat.store.records import is_intact, pair, read_id
from sse_chat.store.resp import Command

Line = dict[str, Any]
_log = logging.getLogger("sse_chat.store")

_PAGE = 500
# How each type is read whole, and written from a flat list.
_READ: dict[str, tuple[str, tuple[str | int, ...]]] = {
    "string": ("GET", ()),
    "hash": ("HGETALL", ()),
    "set": ("SMEMBERS", ()),
    "list": ("LRANGE", (0, -1)),
    "zset": ("ZRANGE", (0, -1, "WITHSCORES")),
}
# Of the moment, or made anew from the entries.
_LEFT_OUT = {
    "layout", "live", "born", "rooms", "direct-rooms", "edits", "limit", "present",
    "version", "form", "lists", "invitations", "hook-lease", "audit", "from", "confirm",
}  # fmt: skip
# The name of a deleted room is free a day after, and stays known for that; what has it then is
# another room. So clocks may differ by this much.
_FREE_MARGIN_S = 3600
_WRITE = {"string": "SET", "hash": "HSET", "set": "SADD", "list": "RPUSH", "zset": "ZADD"}


async def read_lines(link: Link, keys: Keys, since: Mapping[str, EntryId]) -> AsyncIterator[Line]:
    """Keys first, then the entries of each room after `since[room]`, oldest first.

    In this order a running server cannot spoil it: what a key says of an entry, such as that a
    post with this idempotency key was made, is never of one that the backup lacks.
    """
    names = await _scan(link, keys.prefix)
    types = await link.call_many([("TYPE", name) for name in names])
    for name, kind in zip(names, types, strict=True):
        if kind in _READ and keys.kind_of(name) not in _LEFT_OUT:
            line = await _read_key(link, name, kind)
            if line is not None:
                yield line
    rooms = [name for name in map(keys.room_of, names) if name is not None]
    for room in sorted(rooms):
        async for line in _read_room(link, keys, room, since.get(room, ZERO)):
            yield line


async def _scan(link: Link, prefix: str) -> list[str]:
    found: set[str] = set()
    position = "0"
    while True:
        position, names = await link.call("SCAN", position, "MATCH", f"{prefix}:*", "COUNT", 1000)
        found.update(names)
        if position == "0":
            return sorted(found)


async def _read_key(link: Link, name: str, kind: str) -> Line | None:
    """None when it has expired meanwhile."""
    command, rest = _READ[kind]
    value, left_ms = await link.call_many([(command, name, *rest), ("PTTL", name)])
    if not value:
        return None
    at = None if left_ms < 0 else left_ms + await _now_ms(link)
    return {"key": name, "type": kind, "value": value, "expires_ms": at}


async def _now_ms(link: Link) -> int:
    seconds, micros = await link.call("TIME")
    return int(seconds) * 1000 + int(micros) // 1000


async def _read_room(link: Link, keys: Keys, room: str, after: EntryId) -> AsyncIterator[Line]:
    while True:
        rows = await link.call("XRANGE", keys.room(room), f"({after}", "+", "COUNT", _PAGE)
        for stored_id, flat in rows:
            if not is_intact(room, pair(flat)):
                # Kept as it is: with its sum it stays known for damaged.
                _log.warning("entry %s of room %s is not as it was written", stored_id, room)
            yield {"room": room, "id": stored_id, "fields": flat}
        if len(rows) < _PAGE:
            return
        after = read_id(rows[-1][0])


async def is_empty(link: Link, keys: Keys) -> bool:
    names = await _scan(link, keys.prefix)
    return all(keys.kind_of(name) in _LEFT_OUT for name in names)


class Deletions:
    """What has been deleted, as the entries and rules that say so are surveyed."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._targets: set[tuple[str, str]] = set()
        self._rooms_until_ms: dict[str, int] = {}

    def survey(self, line: Mapping[str, Any]) -> None:
        if "room" in line:
            fields = pair(line["fields"])
            if kind_of(fields.get("kind", "message")).deletes_target:
                self._targets.add((line["room"], fields.get("target", "")))
        elif room := self._keys.ruled_room(line["key"]):
            free_s = int(pair(line["value"]).get("deleted", "0"))
            self._rooms_until_ms[room] = (free_s - _FREE_MARGIN_S) * 1000

    def cover(self, line: Mapping[str, Any]) -> bool:
        """Whether this entry is one of them, or an edit of one, or of a room that was deleted."""
        room, fields = line["room"], pair(line["fields"])
        if read_id(line["id"]).ms < self._rooms_until_ms.get(room, 0):
            return True
        is_edit = kind_of(fields.get("kind", "message")).edits_target
        return (room, line["id"]) in self._targets or (
            is_edit and (room, fields.get("target", "")) in self._targets
        )


class Writer:
    """Lines into an empty store: `survey` each line first, then `write` each, then `finish`."""

    def __init__(self, link: Link, keys: Keys) -> None:
        self._link = link
        self._keys = keys
        self._waiting: list[Command] = []
        self._deletions = Deletions(keys)
        self._edits: dict[tuple[str, str], list[str]] = {}
        self.entries = 0

    def survey(self, line: Mapping[str, Any]) -> None:
        """A file of before version 1 may have deletions of what it had already."""
        self._deletions.survey(line)

    async def write(self, line: Mapping[str, Any]) -> None:
        self._waiting += self._of_entry(line) if "room" in line else self._of_key(line)
        if len(self._waiting) >= _PAGE:
            await self._send()

    def _of_key(self, line: Mapping[str, Any]) -> list[Command]:
        name, kind, value = line["key"], line["type"], line["value"]
        if kind == "zset":
            value = [each for at in range(0, len(value), 2) for each in (value[at + 1], value[at])]
        commands: list[Command] = [("DEL", name)]
        commands.append((_WRITE[kind], name, *([value] if kind == "string" else value)))
        if line["expires_ms"] is not None:
            commands.append(("PEXPIREAT", name, line["expires_ms"]))
        if self._keys.kind_of(name) == "meta":
            # It counts what a stream has lost; the new one never had it.
            commands.append(("HDEL", name, "deleted"))
        return commands

    def _of_entry(self, line: Mapping[str, Any]) -> list[Command]:
        if self._deletions.cover(line):
            return []
        room, stored_id, fields = line["room"], line["id"], pair(line["fields"])
        self.entries += 1
        if kind_of(fields.get("kind", "message")).edits_target:
            self._edits.setdefault((room, fields["target"]), []).append(stored_id)
        return [
            ("XADD", self._keys.room(room), stored_id, *line["fields"]),
            ("HSET", self._keys.newest(room), room, stored_id),
            ("HSETNX", self._keys.meta(room), "first", stored_id),
        ]

    async def finish(self) -> None:
        for (room, target), ids in self._edits.items():
            self._waiting.append(("HSET", self._keys.edits(room), target, " ".join(ids)))
        await self._send()

    async def _send(self) -> None:
        replies = await self._link.call_many(self._waiting) if self._waiting else []
        self._waiting.clear()
        for reply in replies:
            if isinstance(reply, Exception):
                raise reply
