"""ErasingStore: takes from rooms what is kept of somebody who is erased."""

import json

from sse_chat.author_ids import AuthorId, make_hook_id
from sse_chat.events import Author, Draft
from sse_chat.ids import EntryId
from sse_chat.store.appending import Appending
from sse_chat.store.keys import PARTITIONS, Keys
from sse_chat.store.links import SlotPipelines
from sse_chat.store.pins import FIELD
from sse_chat.store.pipeline import Pipeline
from sse_chat.store.records import EPHEMERAL, to_fields
from sse_chat.store.scripts import load_script

_ENTRY = load_script("erase_entry")
_PERSON = load_script("erase_person")
_EPHEMERAL = load_script("erase_ephemeral")

# Who stands where they stood.
ERASED = Author("erased", make_hook_id("erased"), guest=False)


class ErasingStore:
    """All calls raise StoreUnavailable, Busy and StoreFull."""

    def __init__(
        self, pipeline: Pipeline | SlotPipelines, keys: Keys, appending: Appending
    ) -> None:
        self._pipeline = pipeline
        self._keys = keys
        self._appending = appending

    async def erase_entry(self, room: str, entry_id: EntryId) -> int:
        """One that is no message; 1 if it was there, else 0. Readers are told as of a deletion."""
        draft = Draft(room, ERASED, "", kind="delete", target=entry_id)
        args = (room, *self._appending.trim, str(entry_id), *to_fields(draft))
        return int(await self._pipeline.run(_ENTRY, self._appending.keys_of(room), *args))

    async def erase_person(self, room: str, author_id: AuthorId) -> None:
        """Reactions, presence, and the name on pins and answers."""
        keys = self._keys
        of_room = (keys.meta, keys.reactions, keys.answers, keys.names, keys.seen, keys.present)
        names = [of(room) for of in of_room]
        await self._pipeline.run(_PERSON, names, author_id, ERASED.name, FIELD)

    async def erase_lists(self, author_id: AuthorId) -> None:
        """Where they were named, and how far they have read."""
        await self._pipeline.call("DEL", self._keys.mentions(author_id))
        await self._pipeline.call("DEL", self._keys.reads(author_id))

    async def erase_ephemeral(self, author_id: AuthorId, name: str) -> None:
        """What workers were told in passing, as of who is present; it stays until others follow."""
        args = (EPHEMERAL, author_id, json.dumps(name, ensure_ascii=False))
        for partition in range(PARTITIONS):
            await self._pipeline.run(_EPHEMERAL, [self._keys.changes(partition)], *args)
