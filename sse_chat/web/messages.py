"""Posting to a room, and reading its history page by page."""

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Malformed, NotFound
from sse_chat.events import Author, Draft, Gap
from sse_chat.ids import ZERO, EntryId, parse_id
from sse_chat.inbound import Posted, check_key, check_text, parse_body
from sse_chat.store.rooms import Appended, Page
from sse_chat.web.negotiation import accepts_html
from sse_chat.web.requests import (
    author_of,
    charges_of,
    known_author,
    number,
    read_body,
    room_of,
    services_of,
)
from sse_chat.web.responses import json_response, see_other

_MAX_LIMIT = 500
_MAX_WAIT_S = 25


async def post_message(request: Request) -> Response:
    room = room_of(request)
    author = author_of(request)
    content_type = request.headers.get("content-type")
    posted = parse_body(await read_body(request), content_type)
    appended = await append(request, room, author, posted)
    if accepts_html(request.headers.get("accept", "")):
        return see_other(f"/chat/{room}")
    return appended_response(appended)


async def append(request: Request, room: str, author: Author, posted: Posted) -> Appended:
    """Checks text and key, and stores; the header's key wins over the body's."""
    services = services_of(request)
    key = check_key(request.headers.get("idempotency-key", posted.key))
    text = check_text(posted.text, services.settings.max_text)
    charges = charges_of(request, room, author)
    appended = await services.store.append(Draft(room, author, text, key), charges)
    services.presence.mark(room, author.author_id)
    return appended


def appended_response(appended: Appended) -> Response:
    entry = appended.entry
    headers = {"Location": f"/chat/{entry.room}/messages/{entry.id}"}
    if appended.is_replay:
        headers["Idempotency-Replayed"] = "true"
    return json_response(
        entry.as_json(), status=200 if appended.is_replay else 201, headers=headers
    )


async def get_messages(request: Request) -> Response:
    room = room_of(request)
    params = request.query_params
    limit = number(params, "limit", least=1, most=_MAX_LIMIT, default=50) or 50
    before = parse_id(params["before"]) if "before" in params else None
    after = parse_cursor(params["after"]) if "after" in params else None
    wait_s = parse_wait(params.get("wait"))
    if before is not None and after is not None:
        raise Malformed("before and after do not go together; use one of them")
    if wait_s is not None and after is None:
        raise Malformed("wait needs after: the id that you have read up to")
    if after is None:
        page = await services_of(request).store.read_before(room, before, limit)
        cursor = page.entries[-1].id if page.entries else before or ZERO
        return _page_response(room, page, cursor, None)
    return await _messages_after(request, room, after, limit, wait_s or 0)


async def _messages_after(
    request: Request, room: str, after: EntryId, limit: int, wait_s: int
) -> Response:
    services = services_of(request)
    if wait_s and (author := known_author(request)):
        services.presence.mark(room, author.author_id)
    page = await services.store.read_after(room, after, limit)
    if wait_s and not page.entries and not page.gap:
        await services.hub.wait_beyond(room, after, wait_s)
        page = await services.store.read_after(room, after, limit)
    is_from_oldest = request.query_params["after"] == "0"
    gap = None if is_from_oldest else page.gap
    cursor = after
    if page.entries:
        cursor = page.entries[-1].id
    elif gap:
        cursor = page.ends.newest
    return _page_response(room, page, cursor, gap)


def _page_response(room: str, page: Page, cursor: EntryId, gap: Gap | None) -> Response:
    return json_response(
        {
            "room": room,
            "events": [entry.as_json() for entry in page.entries],
            "cursor": str(cursor),
            "more": page.has_more,
            "gap": gap.as_json() if gap else None,
        }
    )


def parse_cursor(value: str) -> EntryId:
    """An id, or `0` for the oldest that is kept."""
    return ZERO if value == "0" else parse_id(value)


def parse_wait(value: str | None) -> int | None:
    """Whole seconds, clamped to 0…25."""
    if value is None:
        return None
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise Malformed(f"wait={value[:40]!r}: whole seconds are allowed")
    return max(0, min(int(value), _MAX_WAIT_S))


async def get_message(request: Request) -> Response:
    room = room_of(request)
    wanted = request.path_params["entry_id"]
    try:
        entry_id = parse_id(wanted)
    except Malformed as exc:
        raise NotFound(exc.detail) from exc
    entry = await services_of(request).store.read_entry(room, entry_id)
    if entry is None:
        raise NotFound(f"{room} has no entry {entry_id}; it may be no longer kept")
    return json_response(entry.as_json())
