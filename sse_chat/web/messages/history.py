"""Reading a room's history page by page, and one entry of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Malformed, NotFound, no_entry
from sse_chat.feed.parked import Parked, park
from sse_chat.ids import ZERO, EntryId, parse_id
from sse_chat.services import Services
from sse_chat.web.http.positions import (
    find_in_headers,
    find_position,
    parse_cursor,
    read_around,
)
from sse_chat.web.http.queries import MAX_KEPT, parse_single
from sse_chat.web.http.read_charges import charged, reader_of
from sse_chat.web.http.requests import choice, number, room_of, services_of
from sse_chat.web.http.responses import (
    json_response,
)
from sse_chat.web.messages import filtering
from sse_chat.web.messages.filtering import filter_of, wait_after
from sse_chat.web.messages.history_pages import page_response, respond, respond_after
from sse_chat.web.messages.long_poll import LongPoll
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
        raise Malformed("Last-Event-ID resumes after that id; before and around do not go with it")
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
        return await respond(
            request, room, found.entries, found.cursor, found.has_more, gap, found.looked_back_to
        )
    if around is not None:
        page = await read_around(services_of(request).store, room, around, limit)
        cursor = page.entries[-1].id if page.entries else around
        return await page_response(request, room, page, cursor, None)
    if after is None:
        page = await services_of(request).store.read_before(room, before, limit)
        cursor = page.entries[-1].id if page.entries else ZERO
        return await page_response(request, room, page, cursor, None)
    if wait_s and (parked := await _park(services_of(request), room, after)) is not None:
        return LongPoll(
            request, person, room, after, limit, parked=parked, wait_s=wait_s,
            is_text=query.is_text, may_skip_gap=may_skip_gap, generation=generation,
        )  # fmt: skip
    return await respond_after(
        request, person, room, after, limit, wait_s=wait_s or 0,
        resets=services_of(request).hub.count_resets(room), may_skip_gap=may_skip_gap,
    )  # fmt: skip


async def _park(services: Services, room: str, after: EntryId) -> Parked | None:
    """A poll for which there is nothing yet; None where there may be something."""
    channel = services.hub.channels.get(room)
    if channel is None or not channel.is_loaded:
        page = await services.store.read_after(room, after, 1)
        if page.entries or page.gap:
            return None
        await services.hub.load(room)
    return park(services.hub, room, after)


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
