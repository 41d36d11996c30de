"""Track: one connection as its reader sees it, judged by the two laws against the whole truth.

Safety: each entry once, in order, or a gap told; no deleted text after the delete.
Liveness: whatever the store still has after the start of the connection has been received.
"""

from collections.abc import Callable
from functools import lru_cache

from sse_chat.ids import ZERO, EntryId
from sse_chat.store.records import read_id
from tests.simulation.store import ModelStore, Record

_LAST = EntryId(2**64, 0)


class Track:
    """`object_to` is called with what breaks a law. `settled`: the number of the
    store's changes when all was last well."""

    def __init__(
        self,
        store: ModelStore,
        room: str,
        name: str,
        *,
        settled: int,
        buried: set[EntryId],
        hidden: set[EntryId],
        kinds: frozenset[str] = frozenset(),
        object_to: Callable[[str], None],
    ) -> None:
        self.name = name
        self.settled = settled
        self.position = ZERO
        self.last_position = ZERO
        """Where the client would go on, had it read all that was written."""
        self.is_started = False
        self.gaps: list[str] = []
        self.is_over = self.has_bye = False
        self._is_ended = False
        self._store = store
        self._room = room
        self._start = ZERO
        self._began_unknown = False
        self._known = len(store.records.get(room, []))
        self._received: set[EntryId] = set()
        self._may_lack_below = ZERO
        self._may_lack_before_s = -1.0
        self._hidden = hidden
        self._buried = buried
        self._kinds = kinds
        self._object_to = object_to

    def _object(self, text: str) -> None:
        self._object_to(f"{self.name}: {text}")

    def take(self, line: str) -> None:
        word, *members = line.split(" ")
        if self.is_over and not (word == "end" and not self._is_ended):
            self._object(f"{line} after the end")
        elif word == "hello":
            self.begin(_read(members[0]))
        elif word == "gap":
            self._gap(*members)
        elif word == "ping":
            self._move_to(_read(members[0]), "a ping", may_stay=True)
        elif word in ("bye", "end"):
            self.is_over = True
            self.has_bye |= word == "bye"
            self._is_ended |= word == "end"
        elif word != "note":
            self._entry(word, *members)

    def begin(self, start: EntryId) -> None:
        self.is_started = True
        self._start = self.position = self.last_position = start
        # An id that nobody has been given yet may be given before the answer to it comes.
        self._began_unknown = self._is_unknown(start)

    def _gap(self, reason: str, after: str, oldest: str) -> None:
        self.gaps.append(reason)
        if reason == "reset":
            is_unknown = self._is_unknown(self.position) or (
                self._began_unknown and self.position == self._start
            )
            if not self.has_changed and not is_unknown:
                self._object(f"a false reset after {after}")
            self._start = self.position = ZERO
            self._received.clear()
            self._hidden.clear()
        elif not self.has_changed and not self._is_unknown(self.position):
            end = _LAST if oldest == "-" else _read(oldest)
            if all(each.gone != "trimmed" for each in self._between(self.position, end)):
                self._object(f"a gap before {oldest} though nothing was trimmed since {after}")
        self.may_lack(None if oldest == "-" else _read(oldest))

    def may_lack(self, oldest: EntryId | None) -> None:
        """What came before the oldest that was kept; None: all that was there."""
        if oldest is None:
            self._may_lack_before_s = self._store.now_s()
        else:
            self._may_lack_below = max(self._may_lack_below, oldest)

    @property
    def has_changed(self) -> bool:
        """Whether the store was reset since all was known to be well."""
        return self._store.changes > self.settled

    def _is_unknown(self, position: EntryId) -> bool:
        record = self._find(position)
        return position != ZERO and (record is None or record.gone == "lost")

    def _find(self, entry_id: EntryId) -> Record | None:
        return self._store.by_id.get(self._room, {}).get(entry_id)

    def _entry(self, kind: str, stored_id: str, text: str, target: str, quote: str) -> None:
        entry_id = _read(stored_id)
        if self._kinds and kind not in self._kinds:
            self._object(f"{kind} {stored_id} though the reader filters")
        self._move_to(entry_id, kind)
        self._received.add(entry_id)
        for each in (text, quote):
            if each.startswith("<"):
                self._see_text(_root_of(each), entry_id)
        if kind == "delete":
            self._hidden.add(_read(target))

    def _see_text(self, root: EntryId, entry_id: EntryId) -> None:
        record = self._find(root)
        if root in self._hidden and record is not None and record.gone == "deleted":
            self._object(f"{entry_id} shows the text of {root} after its delete")
        if root in self._buried and not self.has_changed:
            self._object(f"{entry_id} shows the text of {root}, deleted before the last rest")

    def _move_to(self, to: EntryId, what: str, *, may_stay: bool = False) -> None:
        if to < self.position or (to == self.position and not may_stay):
            self._object(f"{what} {to} after {self.position}")
        elif to != self.position and not self.has_changed:
            for record in self._between(self.position, to):
                self._judge_skipped(record, f"{what} {to}")
        self.position = self.last_position = to

    def _between(self, start: EntryId, end: EntryId) -> list[Record]:
        """Of the same past as the one at `end`."""
        records = self._store.records.get(self._room, [])
        first, last = self._find(start), self._find(end)
        until = last.number if last is not None else len(records)
        found = []
        at = first.number + 1 if first is not None else 0
        for record in records[at:until]:
            is_lost = record.lost_at is not None and record.lost_at <= until
            if start < record.id < end and not is_lost:
                found.append(record)
        return found

    def _judge_skipped(self, record: Record, by: str) -> None:
        if record.gone == "deleted" or record.id < self._may_lack_below:
            return
        if not self._is_wanted(record):
            return
        # From the beginning on means from the oldest that is kept.
        if record.gone == "trimmed" and self.position == ZERO:
            return
        if record.at_s <= self._may_lack_before_s:
            return
        self._object(f"{by} skips {record.id}, {record.gone or 'kept'}, and no gap was told")

    def move_to(self, cursor: EntryId) -> None:
        """What a page of history says is read up to here."""
        self._move_to(cursor, "a cursor", may_stay=True)

    def lacks(self, is_due: Callable[[Record], bool] = lambda record: True) -> EntryId | None:
        """The first entry that the store has and that this connection should have shown."""
        known = self._store.by_id.get(self._room, {})
        for each in self._store.room(self._room).ids:
            if each in self._received or each <= self._start or each < self._may_lack_below:
                continue
            record = known[each]
            if record.at_s <= self._may_lack_before_s or not self._is_wanted(record):
                continue
            if is_due(record):
                return each
        return None

    def lacks_known(self) -> EntryId | None:
        """Of what was stored before the connection was asked for."""
        return self.lacks(lambda record: record.number < self._known)

    def _is_wanted(self, record: Record) -> bool:
        return not self._kinds or record.kind in self._kinds


@lru_cache(maxsize=20_000)
def _read(stored_id: str) -> EntryId:
    return read_id(stored_id)


def _root_of(text: str) -> EntryId:
    return _read(text[1 : text.index(">")])
