"""AbandonedRooms: takes rooms away, each in one script."""

from sse_chat.ids import EntryId
from sse_chat.store.keys import PARTITIONS, Keys, partition_of
from sse_chat.store.links import SlotPipelines
from sse_chat.store.pipeline import Pipeline
from sse_chat.store.records import read_id
from sse_chat.store.scanning import scan_hashes
from sse_chat.store.scripts import load_script

_ABANDON = load_script("abandon_room")
_DELETE = load_script("delete_room")

# How many entries are looked at; a room that has more is nobody's trifle.
_MAX_ENTRIES = 20_000


class AbandonedRooms:
    """All calls raise StoreUnavailable when the store does not answer in time."""

    def __init__(self, pipeline: Pipeline | SlotPipelines, keys: Keys) -> None:
        self._pipeline = pipeline
        self._keys = keys

    async def list_quiet(self, before_ms: int) -> dict[str, EntryId]:
        """Rooms in which nothing was written since, and their newest ids."""
        found: dict[str, EntryId] = {}
        keys = [self._keys.rooms(partition) for partition in range(PARTITIONS)]
        async for piece in scan_hashes(self._pipeline, keys):
            for room, last in piece.items():
                if (newest := read_id(last)).ms < before_ms:
                    found[room] = newest
        return found

    async def remove(
        self, room: str, newest: EntryId, now_s: int, *, is_kept_by_guests: bool
    ) -> bool:
        """Whether it went: `newest` is still its newest entry, nobody is there, and no account
        wrote anything that is kept; nor did a guest, if `is_kept_by_guests`."""
        keys, partition = self._keys, partition_of(room)
        names = [keys.rooms(partition), keys.present(room), *self._kept_of(room)]
        args = (room, str(newest), now_s, _MAX_ENTRIES, int(is_kept_by_guests))
        return bool(await self._pipeline.run(_ABANDON, names, *args))

    async def delete(self, room: str) -> int:
        """Whatever is in it; how many entries it had."""
        keys, partition = self._keys, partition_of(room)
        names = [
            keys.rooms(partition),
            keys.changes(partition),
            keys.pending(partition),
            keys.pending_texts(partition),
            *self._kept_of(room),
            keys.present(room),
        ]
        return int(await self._pipeline.run(_DELETE, names, room))

    def _kept_of(self, room: str) -> list[str]:
        """The room's own keys but for who is there, its entries first."""
        keys = self._keys
        return [
            *(of(room) for of in (keys.room, keys.meta, keys.edits, keys.reactions)),
            *(of(room) for of in (keys.answers, keys.names, keys.seen)),
        ]
