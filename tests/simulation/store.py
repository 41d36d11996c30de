"""ModelStore: what the scripts do to streams, hashes and marks, in Python; and the whole truth of
what was ever appended, by which readers are judged."""

import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sse_chat.events import Author, Draft
from sse_chat.extras import Extra
from sse_chat.ids import EntryId
from sse_chat.store.keys import Keys, partition_of
from sse_chat.store.records import to_fields
from tests.simulation.stream import Row, Stream

KEYS = Keys("s")


@dataclass(slots=True)
class Record:
    """One entry that was ever appended. `root`: the message whose text it carries."""

    id: EntryId
    number: int
    kind: str
    root: EntryId
    author_id: str
    at_s: float
    gone: str = ""
    lost_at: int | None = None
    """How many records there were when a reset took it."""


@dataclass(slots=True)
class Kept:
    """Everything that a snapshot has and a reset takes."""

    streams: dict[str, Stream] = field(default_factory=dict)
    hashes: dict[str, dict[str, str]] = field(default_factory=dict)
    strings: dict[str, str] = field(default_factory=dict)

    def copy(self) -> "Kept":
        return Kept(
            {key: stream.copy() for key, stream in self.streams.items()},
            {key: dict(members) for key, members in self.hashes.items()},
            dict(self.strings),
        )


class ModelStore:
    """`retention`: entries of a room, trimmed by up to `slack` more than that late.

    `keep_live`: entries of a live stream; `keep_ms`: how long entries are kept, 0 for ever.
    """

    def __init__(
        self,
        now_s: Callable[[], float],
        chance: random.Random,
        met: Counter[str],
        *,
        retention: int,
        slack: int,
        keep_ms: int,
        keep_live: int,
    ) -> None:
        self.now_s = now_s
        self._chance = chance
        self._met = met
        self._retention, self._slack, self._keep_ms = retention, slack, keep_ms
        self._keep_live = keep_live
        self.kept = Kept()
        self.records: dict[str, list[Record]] = {}
        self.by_id: dict[str, dict[EntryId, Record]] = {}
        self.clock_ms = 0
        """How much the store's clock is set forward."""
        self.changes = 0
        """How often a reset or a restore has taken something away."""
        self.on_append: Callable[[], None] = lambda: None
        self._snapshots: list[tuple[Kept, dict[str, dict[EntryId, str]]]] = []

    def stream(self, key: str) -> Stream:
        found = self.kept.streams.get(key)
        if found is None:
            found = self.kept.streams[key] = Stream()
        return found

    def room(self, room: str) -> Stream:
        """An empty one where there is none; only an append makes it."""
        return self.kept.streams.get(KEYS.room(room)) or Stream()

    def hash(self, key: str) -> dict[str, str]:
        return self.kept.hashes.setdefault(key, {})

    def now_ms(self) -> int:
        return 1_700_000_000_000 + int(self.now_s() * 1000) + self.clock_ms

    def _new_id(self, room: str, stream: Stream) -> EntryId:
        """As XADD gives it; never one that an earlier state of the store has given."""
        last, now_ms = stream.last, self.now_ms()
        new = EntryId(now_ms, 0) if now_ms > last.ms else EntryId(last.ms, last.seq + 1)
        known = self.by_id.setdefault(room, {})
        while new in known:
            new = EntryId(new.ms, new.seq + 1)
        return new

    def append(
        self,
        room: str,
        *,
        size: int = 0,
        author_id: str = "u:1",
        kind: str = "message",
        target: EntryId | None = None,
        reply_to: EntryId | None = None,
        is_announced: bool = True,
    ) -> EntryId:
        """The part that all scripts share. The text names the message to which it belongs."""
        stream = self.stream(KEYS.room(room))
        new = self._new_id(room, stream)
        root = target if kind == "edit" and target is not None else new
        text = f"<{root}>" + "x" * size if kind in ("message", "edit") else ""
        extra = Extra(reply_to=reply_to) if reply_to is not None else Extra()
        draft = Draft(room, Author("ann", author_id), text, kind=kind, target=target, extra=extra)
        fields = [str(each) for each in to_fields(draft)]
        stream.add(Row(new, str(new), fields))
        self._record(room, Record(new, 0, kind, root, author_id, self.now_s()))
        self._trim(room, stream)
        self._append_live(room, new, fields, is_announced)
        self.on_append()
        return new

    def _record(self, room: str, record: Record) -> None:
        records = self.records.setdefault(room, [])
        record.number = len(records)
        records.append(record)
        self.by_id[room][record.id] = record

    def _trim(self, room: str, stream: Stream) -> None:
        over = len(stream.rows) - self._retention
        if over > 0 and over > self._chance.randint(0, self._slack):
            self._dropped(room, stream.drop_oldest(over))
        if self._keep_ms:
            self.trim_by_age(room)

    def trim_by_age(self, room: str) -> None:
        if self._keep_ms:
            stream = self.room(room)
            oldest = EntryId(self.now_ms() - self._keep_ms, 0)
            self._dropped(room, stream.drop_oldest(bisect_left(stream.ids, oldest)))

    def _dropped(self, room: str, ids: list[EntryId]) -> None:
        if not ids:
            return
        self._met["trims"] += 1
        for each in ids:
            self.by_id[room][each].gone = "trimmed"
        stream, meta = self.room(room), self.hash(KEYS.meta(room))
        count = stream.added - len(stream.rows) - int(meta.get("deleted", "0"))
        meta["trimmed"], meta["trimmed_count"] = str(ids[-1]), str(count)

    def _append_live(self, room: str, new: EntryId, fields: list[str], is_announced: bool) -> None:
        partition = partition_of(room)
        newest = self.hash(KEYS.rooms(partition))
        before = newest.get(room)
        if before is None:
            before = "0-0"
            self.hash(KEYS.meta(room))["first"] = str(new)
        newest[room] = str(new)
        if is_announced:
            self._add_live(partition, ["room", room, "id", str(new), "before", before, *fields])

    def _add_live(self, partition: int, fields: list[str]) -> None:
        live = self.stream(KEYS.changes(partition))
        last, now_ms = live.last, self.now_ms()
        live_id = EntryId(now_ms, 0) if now_ms > last.ms else EntryId(last.ms, last.seq + 1)
        live.add(Row(live_id, str(live_id), fields))
        over = len(live.rows) - self._keep_live
        if over > 0 and over > self._chance.randint(0, 2):
            live.drop_oldest(over)

    def note(self, room: str, kind: str) -> None:
        self._add_live(partition_of(room), ["room", room, "note", kind, "data", "{}"])
        self.on_append()

    def edit(self, room: str, target: EntryId, size: int) -> None:
        new = self.append(room, size=size, kind="edit", target=target)
        edits = self.hash(KEYS.edits(room))
        known = edits.get(str(target))
        edits[str(target)] = f"{known} {new}" if known else str(new)

    def delete(self, room: str, target: EntryId) -> None:
        if self.room(room).find(target) is None:
            # Retention was first.
            return
        edits = self.hash(KEYS.edits(room)).pop(str(target), "")
        stream, live = self.room(room), self.stream(KEYS.changes(partition_of(room)))
        gone = 0
        for stored_id in [str(target), *edits.split()]:
            ms, _, seq = stored_id.partition("-")
            each = EntryId(int(ms), int(seq))
            if stream.drop(each):
                gone += 1
                self.by_id[room][each].gone = "deleted"
            for row in live.of_ms(each.ms):
                if row.fields[3] == stored_id:
                    live.drop(row.id)
        meta = self.hash(KEYS.meta(room))
        meta["deleted"] = str(int(meta.get("deleted", "0")) + gone)
        self.append(room, kind="delete", target=target)

    def messages(self, room: str) -> list[Record]:
        """Those that are kept, oldest first."""
        by_id = self.by_id.get(room, {})
        found = (by_id[each] for each in self.room(room).ids)
        return [record for record in found if record.kind == "message"]

    def snapshot(self) -> None:
        gone = {
            room: {record.id: record.gone for record in records}
            for room, records in self.records.items()
        }
        self._snapshots.append((self.kept.copy(), gone))

    def restore(self, back: int) -> None:
        """An older state: 0 is the empty one, then the snapshots, newest first."""
        kept, gone = Kept(), {}
        if back and self._snapshots:
            kept, gone = self._snapshots[-min(back, len(self._snapshots))]
        self.kept = kept.copy()
        self.changes += 1
        for room, records in self.records.items():
            for record in records:
                record.gone = gone.get(room, {}).get(record.id, "lost")
                if record.gone != "lost":
                    record.lost_at = None
                elif record.lost_at is None:
                    record.lost_at = len(records)
        self.on_append()

    def info(self, key: str) -> list[Any]:
        stream = self.stream(key)
        first = stream.rows[0] if stream.rows else None
        return [
            "length", len(stream.rows), "last-generated-id", str(stream.last),
            "entries-added", stream.added, "first-entry",
            [first.stored_id, first.fields] if first else None,
        ]  # fmt: skip
