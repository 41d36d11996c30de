"""RoomDeletion: a room goes for good, with all that is kept of it."""

import asyncio
import time

from sse_chat.errors import Forbidden, Malformed
from sse_chat.people.cache import PeopleCache
from sse_chat.people.hooks_out import HooksOut
from sse_chat.people.moderation_notes import check_reason
from sse_chat.people.permissions import Permissions
from sse_chat.people.records import ModerationNote
from sse_chat.people.roles import Action, Person
from sse_chat.people.writer import PeopleWriter
from sse_chat.store.abandoned import AbandonedRooms
from sse_chat.store.appending import KEY_S
from sse_chat.store.scripts import load_script

_BURY = load_script("bury_room")
# An idempotency key of the room would else name a message of the one before.
_NAME_KEPT_S = KEY_S + 3600
# The other workers look for changes twice a second; what they let in until then goes too.
_LET_IN_S = 1.5


class RoomDeletion:
    def __init__(
        self,
        cache: PeopleCache,
        writer: PeopleWriter,
        permissions: Permissions,
        hooks_out: HooksOut,
        rooms: AbandonedRooms,
        *,
        default_room: str,
    ) -> None:
        self._cache = cache
        self._writer = writer
        self._permissions = permissions
        self._hooks_out = hooks_out
        self._rooms = rooms
        self._default_room = default_room

    async def delete(self, room: str, by: Person | None = None, *, reason: str = "") -> int:
        """How many entries it had. Feeds of it end, and nobody uses the name for a day.

        `by` None is the command line. Raises like `require`, Malformed, BadText, Forbidden.
        """
        check_reason(reason)
        if by is not None:
            await self._permissions.require(by, Action.MANAGE_ROOM, room)
        if room == self._default_room:
            raise Forbidden(
                f"{room} is the default room of this server: close it, or choose another one "
                "with --default-room first"
            )
        rules = await self._permissions.rules_of(room)
        if not rules.is_kept and not await self._cache.room_exists(room):
            raise Malformed(f"there is no room {room}; nothing was deleted")
        targets = await self._hooks_out.list_all(room)
        names = [("rules", room), ("invitations",), ("hooks",), ("hooks-out",)]
        until_s = int(time.time()) + _NAME_KEPT_S
        note = ModerationNote("delete", by.author.name if by else "", reason)
        kept = await self._writer.encode(note)
        did = f"delete room: {reason}" if reason else "delete room"
        await self._writer.change(_BURY, names, room, until_s, kept, by=by, did=did, to=room)
        for target in targets:
            await self._hooks_out.forget(target.hook_id)
        count = await self._rooms.delete(room)
        await asyncio.sleep(_LET_IN_S)
        return count + await self._rooms.delete(room)
