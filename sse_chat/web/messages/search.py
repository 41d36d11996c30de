"""Search in a room's messages."""

import time

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Malformed
from sse_chat.events import Entry
from sse_chat.folding import fold_text
from sse_chat.ids import ZERO, EntryId, parse_id
from sse_chat.people.limits import ADDRESS_SEARCHES, PERSON_SEARCHES, charges_of
from sse_chat.turns import Turn
from sse_chat.web.http.read_charges import charged, reader_of
from sse_chat.web.http.requests import choice, number, query_of, room_of, services_of
from sse_chat.web.http.responses import entries_as_text, events_response

_SEARCH_PAGE = 250
_MAX_SEARCHED = 10_000
_SEARCH_S = 0.5


@charged
async def search(request: Request) -> Response:
    """The newest messages with these letters in them, oldest first, within a bounded time."""
    room = room_of(request)
    person = await reader_of(request, room)
    params = query_of(request)
    query = params.get("q", "")
    wanted = fold_text(query.strip()) if len(query) <= 200 else ""
    if not wanted:
        raise Malformed("q is 1 to 200 characters to look for, as in q=deploy")
    limit = number(params, "limit", least=1, most=100, default=30) or 30
    before = parse_id(params["before"]) if "before" in params else None
    as_text = choice(params, "format", ("json", "text"), "json") == "text"
    charges = charges_of(person, PERSON_SEARCHES, ADDRESS_SEARCHES)
    await services_of(request).identities.charge_all(charges)
    found, looked_back_to, has_more = await _search(request, room, wanted, before, limit)
    if as_text:
        return await entries_as_text(found[::-1])
    payload = {
        "room": room,
        "cursor": str(found[-1].id if found else looked_back_to),
        "more": has_more,
        "looked_back_to": str(looked_back_to),
    }
    return await events_response(reversed(found), payload)


async def _search(
    request: Request, room: str, wanted: str, before: EntryId | None, limit: int
) -> tuple[list[Entry], EntryId, bool]:
    """What was found, newest first; how far back it looked; whether older ones were left."""
    store = services_of(request).store
    found: list[Entry] = []
    turn = Turn()
    deadline_s = time.monotonic() + _SEARCH_S
    looked_back_to = before or ZERO
    for _ in range(_MAX_SEARCHED // _SEARCH_PAGE):
        page = await store.read_before(room, before, _SEARCH_PAGE)
        for entry in reversed(page.entries):
            await turn.give_way()
            if time.monotonic() > deadline_s:
                return found, looked_back_to, True
            before = looked_back_to = entry.id
            if entry.kind == "message" and wanted in fold_text(entry.text):
                found.append(entry)
                if len(found) == limit:
                    return found, looked_back_to, True
        if not page.has_more:
            return found, looked_back_to, False
    return found, looked_back_to, True
