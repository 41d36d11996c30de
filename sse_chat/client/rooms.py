"""Rooms: many rooms of one server, or all of them, read by a Python program on one feed.

async with Rooms("https://chat.example/*", user="bot:SECRET") as rooms:
    following = rooms.follow(after=kept)
    async for entry in following:
        await rooms.room(entry["room"]).say(f"hello {entry['author']}", reply_to=entry["id"])
        kept = following.position
"""

from dataclasses import replace
from typing import Any

import httpx

from sse_chat.client.calls import Calls
from sse_chat.client.history import History
from sse_chat.client.position import Cursor, Positions
from sse_chat.client.room import Room
from sse_chat.client.rooms_history import RoomsHistory
from sse_chat.client.target import Rooms as Targets
from sse_chat.client.target import Target
from sse_chat.errors import SettingsError


class Rooms(Calls):
    """`rooms`: up to 100 URLs of one server, or names on `server`; or "*" or "https://HOST/*" for
    all that may be read, with those that are made later. Options as of Room.

    Each room is in order and has each entry once; between rooms the order is that of arrival. A
    room that may no longer be read is left, and told as `{"kind": "left", …}` with `gaps`.
    Positions are the server's cursor, or "ROOM:ID,ROOM:ID".
    """

    def __init__(self, *rooms: str, **options: Any) -> None:
        if not rooms:
            raise SettingsError("no room is given; '*' means all of them")
        super().__init__(list(rooms), **options)
        if not isinstance(self._access.target, Targets):
            self._access = replace(self._access, target=_as_many(self._access.target))

    def room(self, name: str) -> Room:
        """One of this server's, by an entry's `room`; on the same connections, while they last."""
        base = self._reader.target.base
        access = replace(self._access, target=Target(base).in_room(name))
        return Room.of_access(access, give_up_s=self._give_up_s, client=self._client)

    def _make_history(self, client: httpx.AsyncClient) -> History:
        assert isinstance(self._access.target, Targets)
        return RoomsHistory(client, self._access, self._access.target)

    def _read_position(self, after: str | None, *, is_filtered: bool) -> Cursor:
        return Positions(after or "")


def _as_many(target: Target) -> Targets:
    if not target.room:
        raise SettingsError("the room needs its name: https://HOST/chat/ROOM, or * for all")
    return Targets(target.base, rooms=(target.room,))
