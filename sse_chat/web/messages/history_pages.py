"""Pages of a room's history as answers, from the store and from the window."""

from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.events import Entry, Gap
from sse_chat.ids import EntryId
from sse_chat.people.roles import Action, Person
from sse_chat.store.rooms import Page
from sse_chat.web.http.positions import tell_reset
from sse_chat.web.http.requests import services_of
from sse_chat.web.http.responses import (
    entries_as_text,
    events_response,
    join_lines,
)


async def page_response(
    request: Request, room: str, page: Page, cursor: EntryId, gap: Gap | None
) -> Response:
    return await respond(request, room, page.entries, cursor, page.has_more, gap)


async def respond(
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
    payload: dict[str, Any] = {
        "room": room,
        "cursor": str(cursor),
        "more": has_more,
        "gap": gap.as_json() if gap else None,
    }
    if looked_back_to is not None:
        payload["looked_back_to"] = str(looked_back_to)
    return await events_response(entries, payload)


# The same for all who are answered by it.
@lru_cache(maxsize=16)
def page_of_lines(room: str, lines: bytes, cursor: EntryId, has_more: bool) -> bytes:
    """The JSON of `respond`, of entries that are lines of JSON already."""
    payload = {"room": room, "cursor": str(cursor), "more": has_more, "gap": None}
    return join_lines(lines, payload)


async def respond_after(
    request: Request,
    person: Person,
    room: str,
    after: EntryId,
    limit: int,
    *,
    wait_s: int,
    resets: int,
    may_skip_gap: bool,
) -> Response:
    """What the store has after the position; `resets`: of the room when this was asked for."""
    services = services_of(request)
    page = await _read_after(request, person, room, after, limit, wait_s)
    if services.hub.count_resets(room) > resets:
        page = await tell_reset(services.store, room, after, page, limit)
    gap = None if may_skip_gap else page.gap
    cursor = after
    if page.entries:
        cursor = page.entries[-1].id
    elif gap:
        cursor = page.ends.newest
    return await page_response(request, room, page, cursor, gap)


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
