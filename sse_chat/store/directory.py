"""Directory: which rooms there are, who is in them, and which messages name a person."""

import asyncio
import heapq
import json
import time
from collections.abc import AsyncIterator, Collection, Mapping

from sse_chat.author_ids import AuthorId
from sse_chat.events import Author, EphemeralEvent
from sse_chat.ids import ZERO, EntryId
from sse_chat.store.appending import LIVE_ENTRIES
from sse_chat.store.keys import PARTITIONS, Keys, partition_of
from sse_chat.store.links import SlotPipelines
from sse_chat.store.pipeline import Pipeline
from sse_chat.store.records import EPHEMERAL, read_id
from sse_chat.store.resp import Command
from sse_chat.store.scanning import scan_hashes
from sse_chat.store.scripts import Script, load_script
from sse_chat.store.summaries import Known, RoomSummary

_CROWDS = load_script("count_seen")
_PRESENT = load_script("mark_present")
_SUMMARIES = load_script("summarize_rooms")
_SIZES = load_script("measure_rooms")

_MAX_LISTED = 500
# Of the most recent rooms, how many are looked at for those in which people are together.
_MAX_LOOKED_AT = 2000
_MAX_PEOPLE = 1000
_MENTIONS_KEPT_S = 400 * 24 * 3600
# How long the name of someone who was in a room is known there, and of how many.
_KNOWN_S = 30 * 24 * 3600
_MAX_KNOWN = 1000
_MAX_MENTIONS = 100


class Directory:
    """All calls raise StoreUnavailable when the store does not answer in time."""

    def __init__(self, reads: Pipeline | SlotPipelines, keys: Keys) -> None:
        self._reads = reads
        self._keys = keys

    async def _call(self, *command: str | bytes | int) -> object:
        return await self._reads.call(*command)

    async def _run(self, script: Script, keys: list[str], *args: str | int) -> int:
        return int(await self._reads.run(script, keys, *args))

    async def _call_all(self, commands: list[Command]) -> list[object]:
        return await asyncio.gather(*(self._call(*command) for command in commands))

    async def list_rooms(self, own: Collection[str] = ()) -> list[RoomSummary]:
        """Rooms that have had an entry, at most 500: first those of `own`, last those where no two
        people were in the last 30 days; among each the most recent first."""
        newest = await self._newest_of(own)
        crowds = await self._run_by_partition(
            _CROWDS, {room: (self._keys.seen(room),) for room in newest}
        )
        rooms = sorted(
            newest,
            key=lambda room: (room in own, int(str(crowds[room][0])) > 1, newest[room]),
            reverse=True,
        )
        return await self._summarize({room: newest[room] for room in rooms[:_MAX_LISTED]})

    async def list_names(self) -> list[str]:
        """Of every room that has had an entry; conversations of two are not among them."""
        names: dict[str, None] = {}
        async for piece in self._newest_ids():
            names |= dict.fromkeys(piece)
        return list(names)

    async def summarize(self, room: str) -> RoomSummary:
        """A room of which nothing may be known yet."""
        last = await self._call("HGET", self._keys.newest(room), room)
        return (await self._summarize({room: read_id(str(last)) if last else ZERO}))[0]

    async def summarize_all(self, rooms: Collection[str]) -> list[RoomSummary]:
        """Those of these rooms that have had an entry; at most 500, the newest."""
        newest = await self.newest_in(rooms)
        most = heapq.nlargest(_MAX_LISTED, newest, key=newest.__getitem__)
        return await self._summarize({room: newest[room] for room in most})

    async def newest_in(self, rooms: Collection[str]) -> dict[str, EntryId]:
        """Of those that have had an entry; one command for all that one hash has."""
        groups: dict[str, list[str]] = {}
        for room in rooms:
            groups.setdefault(self._keys.newest(room), []).append(room)
        replies = await self._call_all([("HMGET", key, *names) for key, names in groups.items()])
        return {
            room: read_id(last)
            for names, reply in zip(groups.values(), replies, strict=True)
            if isinstance(reply, list)
            for room, last in zip(names, reply, strict=True)
            if last
        }

    async def has_room(self, room: str) -> bool:
        """Whether it ever had an entry."""
        return await self._call("HEXISTS", self._keys.newest(room), room) == 1

    async def sizes(self, rooms: Collection[str]) -> dict[str, tuple[int, int]]:
        """How many entries each has, and the bytes that they take in the store."""
        keys = {room: (self._keys.room(room),) for room in rooms}
        found = await self._run_by_partition(_SIZES, keys)
        return {room: tuple(size) for room, [size] in found.items()}  # type: ignore[misc, arg-type]

    def _newest_ids(self) -> AsyncIterator[dict[str, str]]:
        """Of all rooms, some hundred at a time."""
        return scan_hashes(
            self._reads, [self._keys.rooms(partition) for partition in range(PARTITIONS)]
        )

    async def _newest_of(self, own: Collection[str]) -> dict[str, EntryId]:
        """Of the most recent rooms, and of those of `own`."""
        recent: dict[str, EntryId] = {}
        of_own: dict[str, EntryId] = {}
        own = set(own)
        async for piece in self._newest_ids():
            ids = {room: read_id(last) for room, last in piece.items()}
            recent |= ids
            of_own |= {room: ids[room] for room in own.intersection(ids)}
            if len(recent) > 2 * _MAX_LOOKED_AT:
                recent = _most_recent(recent)
        return _most_recent(recent) | of_own

    async def _summarize(self, newest: dict[str, EntryId]) -> list[RoomSummary]:
        now = f"({int(time.time())}"
        found = await self._run_by_partition(
            _SUMMARIES,
            {room: (self._keys.present(room), self._keys.meta(room)) for room in newest},
            now,
        )
        return [
            RoomSummary(room, last_id, int(str(found[room][0])), str(found[room][1]))
            for room, last_id in newest.items()
        ]

    async def _run_by_partition(
        self, script: Script, keys: Mapping[str, tuple[str, ...]], *args: str
    ) -> dict[str, list[object]]:
        """One call for all rooms of a partition; the reply has an item for each key."""
        groups: dict[int, list[str]] = {}
        for room in keys:
            groups.setdefault(partition_of(room), []).append(room)
        replies = await asyncio.gather(
            *(
                self._reads.run(script, [key for room in rooms for key in keys[room]], *args)
                for rooms in groups.values()
            )
        )
        found: dict[str, list[object]] = {}
        for rooms, reply in zip(groups.values(), replies, strict=True):
            items = iter(reply)
            for room in rooms:
                found[room] = [next(items) for _ in keys[room]]
        return found

    async def mark_present(self, room: str, author: Author, for_s: int) -> bool:
        """Counts this person as present for `for_s` more seconds; whether anyone came or went."""
        now_s = int(time.time())
        name = ("g" if author.guest else "m") + author.name
        of_room = [self._keys.present(room), self._keys.names(room), self._keys.seen(room)]
        keys = [*of_room, self._keys.newest(room)]
        times = (now_s, now_s + for_s)
        args = (*times, author.author_id, name, for_s * 2, _KNOWN_S, _MAX_KNOWN, room)
        return bool(await self._run(_PRESENT, keys, *args))

    async def shorten_presence(self, room: str, author_id: AuthorId, for_s: int) -> None:
        """Present for `for_s` more seconds at most."""
        until_s = int(time.time()) + for_s
        await self._call("ZADD", self._keys.present(room), "XX", "LT", until_s, author_id)

    async def drop_absent(self, room: str) -> bool:
        """Whether anyone's time was over."""
        now_s = int(time.time())
        return bool(await self._call("ZREMRANGEBYSCORE", self._keys.present(room), "-inf", now_s))

    async def unmark_present(self, room: str, author_id: AuthorId) -> bool:
        """Whether this person was counted as present, and no longer is."""
        return bool(await self._call("ZREM", self._keys.present(room), author_id))

    async def list_people(self, room: str) -> tuple[list[Author], int]:
        """Who is present, by name, at most 1,000, and how many there are in all."""
        now = f"({int(time.time())}"
        ids = await self._call(
            "ZRANGEBYSCORE", self._keys.present(room), now, "+inf", "LIMIT", 0, _MAX_PEOPLE
        )
        count = await self._call("ZCOUNT", self._keys.present(room), now, "+inf")
        if not isinstance(ids, list) or not ids:
            return [], 0
        names = await self._call("HMGET", self._keys.names(room), *ids)
        assert isinstance(names, list)
        people = _authors(ids, names)
        return sorted(people, key=lambda each: each.name.casefold()), int(str(count))

    async def find_known(self, room: str, author_id: AuthorId) -> Known | None:
        """Someone who was there in the last 30 days."""
        names = await self._call("HMGET", self._keys.names(room), author_id)
        keys = (self._keys.seen(room), self._keys.present(room))
        scores = await self._call_all([("ZSCORE", key, author_id) for key in keys])
        seen_s, until_s = (float(str(score or 0)) for score in scores)
        assert isinstance(names, list)
        found = _authors([author_id], names)
        return Known(found[0], int(seen_s), until_s > time.time()) if found and seen_s else None

    async def list_known(self, room: str) -> list[Author]:
        """Who was there in the last 30 days, by the name of then; at most 1,000."""
        flat = await self._call("HGETALL", self._keys.names(room))
        assert isinstance(flat, list)
        return _authors(flat[::2], flat[1::2])

    async def add_mention(
        self, author_ids: tuple[AuthorId, ...], room: str, entry_id: EntryId
    ) -> None:
        """Remembers for these people that a message names them."""
        keys = [self._keys.mentions(author_id) for author_id in author_ids]
        pushes: list[Command] = [("LPUSH", key, f"{room} {entry_id}") for key in keys]
        trims: list[Command] = [("LTRIM", key, 0, _MAX_MENTIONS - 1) for key in keys]
        ends: list[Command] = [("EXPIRE", key, _MENTIONS_KEPT_S) for key in keys]
        await self._call_all(pushes + trims + ends)

    async def list_mentions(self, author_id: AuthorId) -> list[tuple[str, EntryId]]:
        """Room and id, the newest first, at most 100; the message may be gone."""
        rows = await self._call("LRANGE", self._keys.mentions(author_id), 0, _MAX_MENTIONS - 1)
        assert isinstance(rows, list)
        pairs = [str(row).partition(" ") for row in rows]
        return [(room, read_id(entry_id)) for room, _, entry_id in pairs]

    async def tell(self, event: EphemeralEvent) -> None:
        """What every tail will see and nothing keeps."""
        await self._call(
            "XADD", self._keys.changes(partition_of(event.room)), "MAXLEN", "~", LIVE_ENTRIES, "*",
            "room", event.room, EPHEMERAL, event.kind,
            "data", json.dumps(event.data, ensure_ascii=False),
        )  # fmt: skip


def _most_recent(newest: dict[str, EntryId]) -> dict[str, EntryId]:
    rooms = heapq.nlargest(_MAX_LOOKED_AT, newest, key=newest.__getitem__)
    return {room: newest[room] for room in rooms}


def _authors(ids: list[AuthorId], names: list[str | None]) -> list[Author]:
    """From names as they are kept."""
    return [
        Author(name[1:], author_id, guest=name[0] == "g")
        for author_id, name in zip(ids, names, strict=True)
        if name
    ]
