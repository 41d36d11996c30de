"""Reading a room's history page by page, and one entry of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Malformed, NotFound, no_entry
from sse_chat.events import Entry, Gap
from sse_chat.feed.parked import Parked, park
from sse_chat.formats import FORMATS
from sse_chat.ids import ZERO, EntryId, parse_id
from sse_chat.people.roles import Action, Person
from sse_chat.store.rooms import Page
from sse_chat.web.http.positions import (
    find_in_headers,
    find_position,
    parse_cursor,
    read_around,
    tell_reset,
)
from sse_chat.web.http.queries import MAX_KEPT, parse_single
from sse_chat.web.http.reading import charged, reader_of
from sse_chat.web.http.requests import choice, number, room_of, services_of
from sse_chat.web.http.responses import (
    entries_as_text,
    events_response,
    join_lines,
    json_response,
)
from sse_chat.web.messages import filtering
from sse_chat.web.messages.filtering import filter_of, wait_after
from sse_chat.web.messages.since import find_moment, read_since

_MAX_LIMIT = 500
_MAX_WAIT_S = 25


@dataclass(frozen=True, slots=True)
class _Query:
    """What a query asks for, whoever sends it. `position`: as it stands there."""

    params: Mapping[str, str]
    limit: int
    before: EntryId | None
    around: EntryId | None
    position: str | None
    after: EntryId | None
    wait_s: int | None
    is_text: bool


def _read_query(query: bytes) -> _Query:
    """Raises Malformed."""
    params = parse_single(query)
    limit = number(params, "limit", least=1, most=_MAX_LIMIT, default=50) or 50
    before = parse_id(params["before"]) if "before" in params else None
    if "after" in params:
        parse_cursor(params["after"])
    position = find_position(params, {})
    after = None if position is None else parse_cursor(position)
    wait_s = parse_wait(params.get("wait"))
    around = parse_id(params["around"]) if "around" in params else None
    is_text = choice(params, "format", ("json", "text"), "json") == "text"
    choice(params, "follow", ("0",), "0")
    if sum(each in params for each in ("before", "after", "around", "since")) > 1:
        raise Malformed("before, after, around and since do not go together; use one of them")
    return _Query(params, limit, before, around, position, after, wait_s, is_text)


# Those who poll a room ask alike.
_read_short = lru_cache(maxsize=1024)(_read_query)


@charged
async def get_messages(request: Request) -> Response:
    room = room_of(request)
    # From before it is known who asks: what changes from here on is judged again.
    generation = services_of(request).people_cache.generation
    person = await reader_of(request, room)
    raw = request.scope["query_string"]
    query = _read_short(raw) if len(raw) <= MAX_KEPT else _read_query(raw)
    params, limit, before, around = query.params, query.limit, query.before, query.around
    position, after, wait_s = query.position, query.after, query.wait_s
    if (resume := find_in_headers(request.headers)) is not None:
        position, after = resume, parse_cursor(resume)
    if position is not None and (before is not None or around is not None):
        raise Malformed("Last-Event-ID goes on from there; before and around do not go with it")
    may_skip_gap = position == "0"
    if position is None and (since_ms := read_since(params)) is not None:
        after, may_skip_gap = await find_moment(services_of(request).store, room, since_ms)
    if wait_s is not None and after is None:
        raise Malformed("wait needs after: the id that you have read up to")
    wanted = await filter_of(request, person, params)
    if wanted is not None:
        if around is not None:
            raise Malformed("around shows all entries; it takes no filter")
        services = services_of(request)
        if after is None:
            found = await filtering.read_before(services, room, before, limit, wanted)
        else:
            found = await wait_after(services, person, room, after, limit, wanted, wait_s or 0)
        gap = None if may_skip_gap else found.gap
        return await _response(
            request, room, found.entries, found.cursor, found.has_more, gap, found.looked_back_to
        )
    if around is not None:
        page = await read_around(services_of(request).store, room, around, limit)
        cursor = page.entries[-1].id if page.entries else around
        return await _page_response(request, room, page, cursor, None)
    if after is None:
        page = await services_of(request).store.read_before(room, before, limit)
        cursor = page.entries[-1].id if page.entries else ZERO
        return await _page_response(request, room, page, cursor, None)
    hub = services_of(request).hub
    resets = hub.count_resets(room)
    parked = park(hub, room, after) if wait_s else None
    if parked is not None:
        response = await _wait_parked(request, person, room, parked, query, generation)
        if response is not None:
            return response
        wait_s = 0
    page = await _read_after(request, person, room, after, limit, wait_s or 0)
    if hub.count_resets(room) > resets:
        page = await tell_reset(services_of(request).store, room, after, page, limit)
    gap = None if may_skip_gap else page.gap
    cursor = after
    if page.entries:
        cursor = page.entries[-1].id
    elif gap:
        cursor = page.ends.newest
    return await _page_response(request, room, page, cursor, gap)


async def _wait_parked(
    request: Request, person: Person, room: str, parked: Parked, query: _Query, generation: int
) -> Response | None:
    """What the window has then; None where it is the store that must be read."""
    services = services_of(request)
    if person.is_named:
        services.presence.mark(room, person.author)
    with services.authorizer.counted(person):
        await parked.wait(query.wait_s or 0)
    if person.grant or services.people_cache.generation != generation:
        # What came may be no longer this person's to read.
        await services.authorizer.require_still(person, Action.READ, room)
    found = parked.find(FORMATS["ndjson"], query.limit)
    if found is None or query.is_text:
        return None
    return json_response(_page_of(room, found.encoded, found.cursor, found.has_more))


# The same for all who are answered by it.
@lru_cache(maxsize=16)
def _page_of(room: str, lines: bytes, cursor: EntryId, has_more: bool) -> bytes:
    shape = {"room": room, "cursor": str(cursor), "more": has_more, "gap": None}
    return join_lines(lines, shape)


async def _read_after(
    request: Request, person: Person, room: str, after: EntryId, limit: int, wait_s: int
) -> Page:
    """Waits where there is nothing yet."""
    services = services_of(request)
    if wait_s and person.is_named:
        services.presence.mark(room, person.author)
    page = await services.store.read_after(room, after, limit)
    if wait_s and not page.entries and not page.gap:
        with services.authorizer.counted(person):
            await services.hub.wait_beyond(room, after, wait_s)
        # What came may be no longer this person's to read.
        await services.authorizer.require_still(person, Action.READ, room)
        page = await services.store.read_after(room, after, limit)
    return page


async def _page_response(
    request: Request, room: str, page: Page, cursor: EntryId, gap: Gap | None
) -> Response:
    return await _response(request, room, page.entries, cursor, page.has_more, gap)


async def _response(
    request: Request,
    room: str,
    entries: list[Entry],
    cursor: EntryId,
    has_more: bool,
    gap: Gap | None,
    looked_back_to: EntryId | None = None,
) -> Response:
    if request.query_params.get("format") == "text":
        return await entries_as_text(entries, [gap] if gap else [])
    shape: dict[str, Any] = {
        "room": room,
        "cursor": str(cursor),
        "more": has_more,
        "gap": gap.as_json() if gap else None,
    }
    if looked_back_to is not None:
        shape["looked_back_to"] = str(looked_back_to)
    return await events_response(entries, shape)


def parse_wait(value: str | None) -> int | None:
    """Whole seconds, clamped to 0…25."""
    if value is None:
        return None
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise Malformed(f"wait={value[:40]!r}: whole seconds are allowed")
    if digits != value:
        return 0
    # However many there are: Python reads no number of thousands of digits.
    return min(int(digits.lstrip("0")[:9] or "0"), _MAX_WAIT_S)


@charged
async def get_message(request: Request) -> Response:
    room = room_of(request)
    await reader_of(request, room)
    wanted = request.path_params["entry_id"]
    try:
        entry_id = parse_id(wanted)
    except Malformed as exc:
        raise NotFound(exc.detail) from exc
    entry = await services_of(request).store.read_entry(room, entry_id)
    if entry is None:
        raise no_entry(room, entry_id)
    return json_response(entry.as_json())
