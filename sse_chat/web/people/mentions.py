"""Mentions: whom a text will tell, who can be named, and where one was named oneself."""

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Unauthorized
from sse_chat.events import Entry
from sse_chat.inbound import check_text
from sse_chat.people.roles import Action
from sse_chat.presence import people_payload
from sse_chat.web.http.authentication import charge_sign, person_and_fields
from sse_chat.web.http.read_charges import charged, reader_of
from sse_chat.web.http.requests import room_of, services_of
from sse_chat.web.http.responses import json_response

_MAX_LISTED = 50
# Each is a read of its own.
_ENTRY_BYTES = 2048


async def post_mentions(request: Request) -> Response:
    """Whom this text would tell; it is kept nowhere."""
    services, room = services_of(request), room_of(request)
    person, fields = await person_and_fields(request, Action.POST, room)
    await services.permissions.require(person, Action.READ, room)
    text = check_text(str(fields.get("text", "")), services.settings.max_text)
    await charge_sign(request, person)
    told = await services.mentionable.find(room, text)
    others = [each for each in told.people if each.author_id != person.author.author_id]
    return json_response({"people": people_payload(others), "unknown": list(told.unknown)})


@charged
async def get_mentions(request: Request) -> Response:
    """The newest messages that name oneself, in all rooms and conversations that one may read,
    newest first."""
    services, person = services_of(request), await reader_of(request)
    if not person.is_named:
        raise Unauthorized("this needs a name: sign in on the page, or use curl -u NAME:")
    entries: list[Entry] = []
    for room, entry_id in await services.directory.list_mentions(person.author.author_id):
        if len(entries) >= _MAX_LISTED:
            break
        if await services.permissions.allows(person, Action.READ, room):
            entry = await services.store.read_entry(room, entry_id)
            if entry is not None:
                entries.append(entry)
    services.reads.spend(person, _ENTRY_BYTES * len(entries))
    rooms = {each.room for each in entries}
    labels = await services.direct.describe_all(person.author.author_id, list(rooms))
    events: list[dict[str, Any]] = [
        (replace(each, room=labels[each.room].label) if each.room in labels else each).as_json()
        for each in entries
    ]
    return json_response({"events": events})
