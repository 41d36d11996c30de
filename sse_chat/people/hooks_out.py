"""Hooks out of rooms: making, listing, ending."""

import secrets
import time

from sse_chat.errors import Malformed
from sse_chat.filters import parse_filter
from sse_chat.hooks.outgoing import Target, check_url, make_secret
from sse_chat.ids import EntryId
from sse_chat.people.records import decode
from sse_chat.people.roles import Person
from sse_chat.people.writer import PeopleWriter
from sse_chat.store.hooks_out import HooksOutStore
from sse_chat.store.people import PeopleStore

_MAX_PER_ROOM = 10
_NAME = "hooks-out"


class HooksOut:
    def __init__(self, people: PeopleStore, writer: PeopleWriter, store: HooksOutStore) -> None:
        self._people = people
        self._writer = writer
        self._store = store

    async def make(
        self, room: str, url: object, begin: EntryId, wanted: dict[str, str], by: Person | None
    ) -> Target:
        """Of what comes after `begin`. Raises Malformed."""
        parse_filter(wanted)
        if len(await self.list_all(room)) >= _MAX_PER_ROOM:
            raise Malformed(f"a room has {_MAX_PER_ROOM} outgoing hooks at most; revoke some")
        target = Target(
            secrets.token_hex(6), room, check_url(url), make_secret(), str(begin),
            int(time.time()), wanted,
        )  # fmt: skip
        await self._writer.write(
            _NAME,
            fields={target.hook_id: await self._writer.encode(target)},
            by=by,
            did=f"make hook {target.hook_id} to {target.url[:100]}",
            to=room,
        )
        return target

    async def list_all(self, room: str = "") -> list[Target]:
        found: dict[str, Target] = {}
        async for piece in self._people.read_pieces(_NAME):
            targets = (decode(Target, record, hook_id) for hook_id, record in piece.items())
            found |= {target.hook_id: target for target in targets if room in ("", target.room)}
        return sorted(found.values(), key=lambda each: each.since_s)

    async def forget(self, hook_id: str) -> None:
        """How far one has come that is no more."""
        await self._store.forget(hook_id)

    async def revoke(
        self, hook_id: str, *, room: str = "", by: Person | None = None, why: str = ""
    ) -> bool:
        """Whether there was one."""
        for target in await self.list_all(room):
            if target.hook_id == hook_id:
                did = f"revoke hook {hook_id}{why}"
                await self._writer.write(_NAME, without=[hook_id], by=by, did=did, to=target.room)
                await self._store.forget(hook_id)
                return True
        return False
