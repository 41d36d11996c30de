"""Many rooms at once: `/feed?rooms=` and `/messages?rooms=`."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Malformed
from sse_chat.events import Entry, Gap
from sse_chat.feed.hub import Hub
from sse_chat.feed.many_open import ManyOpener, find_last
from sse_chat.feed.vector import pack_cursor
from sse_chat.filters import Filter
from sse_chat.formats import FORMATS, Format
from sse_chat.ids import EntryId
from sse_chat.people.guard import FeedReader
from sse_chat.people.roles import Action, Person
from sse_chat.services import Services
from sse_chat.web.calls import MANY_FEED, MANY_MESSAGES
from sse_chat.web.feeds import feed_headers, head_only, read_fields, send_feed
from sse_chat.web.filtering import filter_of
from sse_chat.web.history import parse_wait
from sse_chat.web.named_rooms import ALL, Given, NamedRooms, parse_after, rooms_of
from sse_chat.web.negotiation import HTML, JSON, choose_format
from sse_chat.web.positions import find_position
from sse_chat.web.queries import check_names
from sse_chat.web.reading import charged, reader_of
from sse_chat.web.requests import choice, number, person_of, query_of, services_of
from sse_chat.web.responses import events_response

_MAX_LAST = 100
_MAX_LIMIT = 500
_TEXT_STARTS_WITH = 20


async def get_many_feed(request: Request) -> Response:
    chosen = choose_format(request.headers.get("accept", ""))
    wanted = choice(request.query_params, "format", (JSON, *FORMATS), chosen)
    if wanted == JSON:
        check_names(request.query_params, MANY_MESSAGES)
        return await get_many_messages(request)
    check_names(request.query_params, MANY_FEED)
    # No page shows many rooms at once.
    fmt = FORMATS["text" if wanted == HTML else wanted]
    return await _open_feed(request, fmt, query_of(request), vary="Accept")


async def post_many_feed(request: Request) -> Response:
    fields = await read_fields(request)
    check_names(fields, MANY_FEED, "fields")
    params = {**query_of(request), **fields}
    wanted = choice(params, "format", tuple(FORMATS), "ndjson")
    return await _open_feed(request, FORMATS[wanted], params)


async def _open_feed(
    request: Request, fmt: Format, params: Mapping[str, str], *, vary: str = ""
) -> Response:
    services = services_of(request)
    heartbeat_s = number(params, "heartbeat", least=2, most=300, default=15) or 15
    last = number(params, "last", least=0, most=_MAX_LAST)
    follow = choice(params, "follow", ("0", "1"), "1") == "1"
    wants_activity = choice(params, "activity", ("0", "1"), "0") == "1"
    if "after" in params and last is not None:
        raise Malformed("after and last do not go together; use one of them")
    position = find_position(params, request.headers)
    given = None if position is None else parse_after(position)
    person = await person_of(request)
    named = await rooms_of(request, person, params)
    rooms = named.rooms
    readers = {room: await services.guard.admit(person, room) for room in rooms}
    wanted = await filter_of(request, person, params)
    headers = feed_headers(is_identity=services.settings.identity_encoding, vary=vary)
    if request.method == "HEAD":
        return head_only(fmt, headers)
    if last is None and fmt.name == "text":
        last = _TEXT_STARTS_WITH
    positions: Mapping[str, EntryId | None]
    if given is not None:
        positions = {room: given.position_in(room, named.label_of(room)) for room in rooms}
    elif last:
        _, positions = await find_last(services.store, rooms, last)
    else:
        positions = dict.fromkeys(rooms)
    opener = ManyOpener(
        services.hub, named.format_of_all(fmt), wanted, heartbeat_s=heartbeat_s, follow=follow,
        format_in=lambda room: named.format_in(room, fmt),
    )  # fmt: skip
    feed = await opener.open(positions, readers)
    feed.wants_activity = wants_activity
    if params["rooms"] == ALL:

        async def admit(room: str) -> FeedReader:
            reader = await services.guard.admit(person, room)
            await named.learn(room)
            return reader

        opener.include_new_rooms(feed, admit)
    elif person.is_named:
        for room in rooms:
            services.presence.mark(room, person.author)
    return send_feed(request, feed, headers)


@charged
async def get_many_messages(request: Request) -> Response:
    return await _messages(request, query_of(request))


@charged
async def post_many_messages(request: Request) -> Response:
    fields = await read_fields(request)
    check_names(fields, MANY_MESSAGES, "fields")
    return await _messages(request, {**query_of(request), **fields})


async def _messages(request: Request, params: Mapping[str, str]) -> Response:
    services = services_of(request)
    limit = number(params, "limit", least=1, most=_MAX_LIMIT, default=50) or 50
    wait_s = parse_wait(params.get("wait"))
    position = find_position(params, request.headers)
    given = None if position is None else parse_after(position)
    if wait_s is not None and given is None:
        raise Malformed("wait needs after: the cursor that you have read up to")
    person = await reader_of(request)
    named = await rooms_of(request, person, params)
    for room in named.rooms:
        await services.permissions.require(person, Action.READ, room)
    wanted = await filter_of(request, person, params)
    poll = _Poll(services, person, named, limit, wanted)
    if given is None:
        await poll.read_newest()
    else:
        await poll.read_after(given)
        await poll.wait(wait_s or 0)
    return await poll.respond()


class _Poll:
    """What one answer has, and where it stands in each room."""

    def __init__(
        self,
        services: Services,
        person: Person,
        named: NamedRooms,
        limit: int,
        wanted: Filter | None,
    ) -> None:
        self._services = services
        self._person = person
        self._named = named
        self._limit = limit
        self._wanted = wanted
        self._positions: dict[str, EntryId] = {}
        self._entries: list[Entry] = []
        self._gaps: list[Gap] = []
        self._has_more = False

    async def respond(self) -> Response:
        shape: dict[str, Any] = {
            "cursor": pack_cursor(self._positions),
            "more": self._has_more,
            "gaps": [gap.as_json() for gap in self._gaps],
        }
        return await events_response(map(self._named.show, self._entries), shape)

    async def read_newest(self) -> None:
        """The newest of all; the cursor is behind everything."""
        store = self._services.store
        for room in self._named.rooms:
            page = await store.read_before(room, None, self._limit)
            self._positions[room] = page.ends.newest
            self._entries += page.entries
            self._has_more |= page.has_more
        self._entries.sort(key=lambda entry: entry.id)
        self._has_more |= len(self._entries) > self._limit
        self._entries = [e for e in self._entries[-self._limit :] if self._is_wanted(e)]

    async def read_after(self, given: Given) -> None:
        for room in self._named.rooms:
            position = given.position_in(room, self._named.label_of(room))
            if position is None:
                position = (await self._services.hub.load(room)).window.head
            self._positions[room] = position
        await self._read(is_first=True, may_skip_gap=given.is_oldest)

    async def _read(self, *, is_first: bool = False, may_skip_gap: bool = False) -> None:
        """The oldest that follow, up to the limit over all rooms."""
        rooms = [room for room in self._positions if is_first or self._has_news(room)]
        store = self._services.store
        pages = await asyncio.gather(
            *(store.read_after(room, self._positions[room], self._limit) for room in rooms)
        )
        found = sorted((e for page in pages for e in page.entries), key=lambda e: e.id)
        self._has_more = len(found) > self._limit or any(page.has_more for page in pages)
        for room, page in zip(rooms, pages, strict=True):
            if page.gap and not may_skip_gap:
                self._gaps.append(replace(page.gap, room=self._named.label_of(room)))
            if page.gap and not page.entries:
                self._positions[room] = page.ends.newest
        for entry in found[: self._limit]:
            self._positions[entry.room] = entry.id
            if self._is_wanted(entry):
                self._entries.append(entry)

    def _has_news(self, room: str) -> bool:
        """False where this worker's window shows that nothing follows."""
        channel = self._services.hub.channels.get(room)
        return (
            channel is None or not channel.is_loaded or channel.window.head != self._positions[room]
        )

    def _is_wanted(self, entry: Entry) -> bool:
        return self._wanted is None or self._wanted.matches(entry)

    async def wait(self, wait_s: int) -> None:
        """Until there is something, or the time is over, or the server stops."""
        until_s = time.monotonic() + wait_s
        hub = self._services.hub
        while not (self._entries or self._gaps or hub.is_draining.is_set()):
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                return
            if not self._has_more:
                await self._wait_for_any(left_s)
            for room in self._positions:
                # What came may be no longer this person's to read.
                await self._services.guard.require_still(self._person, Action.READ, room)
            await self._read()

    async def _wait_for_any(self, timeout_s: float) -> None:
        hub = self._services.hub
        with self._services.guard.counted(self._person):
            await self._wait_until_one_is_over(hub, timeout_s)

    async def _wait_until_one_is_over(self, hub: Hub, timeout_s: float) -> None:
        waits = [
            asyncio.create_task(hub.wait_beyond(room, position, timeout_s))
            for room, position in self._positions.items()
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
            results = await asyncio.gather(*waits, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result
