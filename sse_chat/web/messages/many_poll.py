"""One answer of the long-poll of many rooms: what it has, and where it stands in each of them."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from sse_chat.errors import Forbidden, NotFound, RoomClosed
from sse_chat.events import Entry, Gap
from sse_chat.feed.activity import RoomNews
from sse_chat.feed.cursor_token import pack_cursor
from sse_chat.feed.many import MAX_ROOMS
from sse_chat.feed.many_open import find_beginning, just_before
from sse_chat.feed.merging import merge_after, merge_newest
from sse_chat.filters import Filter
from sse_chat.ids import ZERO, EntryId
from sse_chat.people.roles import Action, Person
from sse_chat.services import Services
from sse_chat.turns import Turn
from sse_chat.web.http.positions import tell_reset
from sse_chat.web.http.responses import entries_as_text, events_response
from sse_chat.web.messages.filtering import pause_between_looks, read_before
from sse_chat.web.messages.named_rooms import NamedRooms

_PAGE = 500
# How long a filter may look on when the request does not wait.
_LOOK_S = 0.5


class ManyPoll:
    """`listed_ms`: of a poll of all rooms, as of a token. `heard`: for such a one that waits."""

    def __init__(
        self,
        services: Services,
        person: Person,
        named: NamedRooms,
        limit: int,
        wanted: Filter | None,
        *,
        listed_ms: int | None,
        heard: RoomNews | None = None,
    ) -> None:
        self._services = services
        self._person = person
        self._named = named
        self._limit = limit
        self._wanted = wanted
        self._listed_ms = listed_ms
        self._heard = heard
        self._positions: dict[str, EntryId] = {}
        self._entries: list[Entry] = []
        self._gaps: list[Gap] = []
        self._left: list[str] = []
        self._has_more = False
        self._resets: dict[str, int] = {}

    async def respond(self) -> Response:
        payload: dict[str, Any] = {
            "cursor": pack_cursor(self._positions, self._listed_ms),
            "more": self._has_more,
            "gaps": [gap.as_json() for gap in self._gaps],
        }
        if self._left:
            payload["left"] = [{"room": room, "reason": "revoked"} for room in self._left]
        return await events_response(map(self._named.show, self._entries), payload)

    async def respond_as_text(self) -> Response:
        """As a text feed of many rooms would show them."""
        entries = list(map(self._named.show, self._entries))
        return await entries_as_text(entries, self._gaps, names_rooms=True)

    async def read_newest(self) -> None:
        """The newest of all; the cursor is behind everything."""
        if self._wanted is None:
            merged = await merge_newest(self._services.store, self._named.rooms, self._limit)
            self._positions = {room: page.ends.newest for room, page in merged.pages.items()}
            self._entries, self._has_more = merged.entries, merged.has_more
            return
        for room in self._named.rooms:
            await self._read_newest_wanted(room, self._wanted)

    async def _read_newest_wanted(self, room: str, wanted: Filter) -> None:
        share = len(self._named.rooms)
        found = await read_before(self._services, room, None, self._limit, wanted, share=share)
        self._positions[room] = found.cursor
        entries = sorted([*self._entries, *found.entries], key=lambda entry: entry.id)
        self._has_more |= found.has_more or len(entries) > self._limit
        self._entries = entries[-self._limit :]

    async def read_after(
        self, positions: Mapping[str, EntryId | None], *, may_skip_gap: bool
    ) -> None:
        """From these on; None: now."""
        for room, position in positions.items():
            if position is None:
                position = (await self._services.hub.load(room)).window.head
            self._positions[room] = position
            self._resets[room] = self._services.hub.count_resets(room)
        await self._read(is_first=True, may_skip_gap=may_skip_gap)

    async def _read(self, *, is_first: bool = False, may_skip_gap: bool = False) -> None:
        """The oldest that follow, up to the limit over all rooms."""
        positions = {
            room: position
            for room, position in self._positions.items()
            if is_first or self._has_news(room)
        }
        # Few of what is looked at may match.
        count = self._limit if self._wanted is None else max(self._limit, _PAGE)
        merged = await merge_after(self._services.store, positions, count)
        chosen, wanted = await self._choose(merged.entries)
        self._has_more = len(merged.entries) > len(chosen) or merged.has_more
        reached = {entry.room for entry in chosen}
        for room, page in merged.pages.items():
            # Where the answer is full before the room's first entry, the next one tells it.
            if page.gap and not may_skip_gap and (room in reached or not page.entries):
                self._gaps.append(replace(page.gap, room=self._named.label_of(room)))
            if page.gap and not page.entries:
                self._positions[room] = page.ends.newest
        for entry in chosen:
            self._positions[entry.room] = entry.id
        self._entries += wanted

    async def _choose(self, found: list[Entry]) -> tuple[list[Entry], list[Entry]]:
        """The oldest, up to the limit of those that match; and those."""
        if self._wanted is None:
            return found[: self._limit], found[: self._limit]
        matching: list[Entry] = []
        turn = Turn()
        for number, entry in enumerate(found, start=1):
            await turn.give_way()
            if self._wanted.matches(entry):
                matching.append(entry)
                if len(matching) == self._limit:
                    return found[:number], matching
        return found, matching

    def _has_news(self, room: str) -> bool:
        """False where this worker's window shows that nothing follows."""
        channel = self._services.hub.channels.get(room)
        return (
            channel is None or not channel.is_loaded or channel.window.head != self._positions[room]
        )

    async def wait(self, wait_s: int) -> None:
        """Until there is something, or the time is over, or the server stops."""
        until_s = time.monotonic() + wait_s
        # Of what a filter leaves out, more than one read is looked through.
        look_until_s = time.monotonic() + (_LOOK_S if self._wanted is not None else 0)
        is_draining = self._services.hub.is_draining
        while not (self._entries or self._gaps or self._left or is_draining.is_set()):
            left_s = until_s - time.monotonic()
            may_look = self._has_more and time.monotonic() < look_until_s
            if left_s <= 0 and not may_look:
                return
            looked_at_s = time.monotonic()
            if not self._has_more:
                with self._services.authorizer.counted(self._person):
                    await self._wait_for_any(left_s)
                if self._wanted is not None:
                    await pause_between_looks(looked_at_s)
            await self._leave_what_is_revoked()
            await self._begin_new_rooms()
            await self._tell_resets()
            await self._read()

    async def _tell_resets(self) -> None:
        """As of a poll of one room: where the store lost what was read, the room begins anew."""
        for room, position in self._positions.items():
            resets = self._services.hub.count_resets(room)
            if resets > self._resets.setdefault(room, resets):
                self._resets[room] = resets
                store = self._services.store
                page = await tell_reset(
                    store, room, position, await store.read_after(room, position, 1), 1
                )
                if page.gap and page.gap.reason == "reset":
                    self._gaps.append(replace(page.gap, room=self._named.label_of(room)))
                    self._positions[room] = ZERO

    async def _leave_what_is_revoked(self) -> None:
        """What came may be no longer this person's to read."""
        for room in list(self._positions):
            try:
                await self._services.authorizer.require_still(self._person, Action.READ, room)
            except (Forbidden, NotFound, RoomClosed):
                if len(self._positions) == 1:
                    raise
                del self._positions[room]
                self._left.append(self._named.label_of(room))

    async def _begin_new_rooms(self) -> None:
        if self._heard is None or self._listed_ms is None:
            return
        for room, heard_id in self._heard.take().items():
            may_read = await self._services.permissions.allows(self._person, Action.READ, room)
            if may_read and room not in self._positions and len(self._positions) < MAX_ROOMS:
                begin = await find_beginning(self._services.store, room, self._listed_ms)
                # One that was there, and may be read only now, begins with what was just said.
                self._positions[room] = begin or just_before(heard_id)
                await self._named.learn(room)

    async def _wait_for_any(self, timeout_s: float) -> None:
        hub = self._services.hub
        waits = [
            asyncio.create_task(hub.wait_beyond(room, position, timeout_s))
            for room, position in self._positions.items()
        ]
        if self._heard is not None:
            self._heard.known.update(self._positions)
            waits.append(asyncio.create_task(self._heard.wait()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            results = await asyncio.gather(*waits, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result
