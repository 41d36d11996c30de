"""Moderation by POST, in a room or on the whole server, and the audit log."""

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.numbers import parse_whole
from sse_chat.people.moderation import MAX_MINUTES, Sentence
from sse_chat.people.permissions import SERVER
from sse_chat.people.roles import Action, Person
from sse_chat.web.keeping import as_word, page_of
from sse_chat.web.requests import (
    number,
    person_for,
    person_of,
    query_of,
    read_fields,
    room_of,
    services_of,
    still,
)
from sse_chat.web.responses import json_response, page_or


async def moderate(request: Request) -> Response:
    """`act`: mute, unmute, kick, ban, unban; `who`; `minutes`; `address=1`; `purge=1`."""
    room = room_of(request)
    person = await person_for(request, Action.MODERATE, room)
    return await _moderate(request, room, person)


async def moderate_server(request: Request) -> Response:
    services = services_of(request)
    person = await person_of(request)
    await services.permissions.require(person, Action.MODERATE)
    return await _moderate(request, SERVER, person)


async def _moderate(request: Request, room: str, person: Person) -> Response:
    services = services_of(request)
    fields = await read_fields(request)
    person = await still(request, person, Action.MODERATE, room)
    sentence = Sentence(
        str(fields.get("act", "")),
        str(fields.get("who", "")),
        parse_whole("minutes", fields.get("minutes", 0), least=0, most=MAX_MINUTES),
        as_word(fields.get("address", "0")) == "1",
    )
    author_id = await services.moderation.apply(room, sentence, person)
    if room and sentence.act in ("kick", "ban"):
        services.presence.end(room, author_id)
    purged = 0
    if room and as_word(fields.get("purge", "0")) == "1":
        purged = await services.moderation.purge(room, author_id, person)
    shape = {"act": sentence.act, "author_id": author_id, "purged": purged}
    return page_or(request, json_response(shape), fields, page_of(room) if room else "")


async def get_audit(request: Request) -> Response:
    """Who did what, the newest first."""
    services = services_of(request)
    await services.permissions.require(await person_of(request), Action.MANAGE_PEOPLE)
    limit = number(query_of(request), "limit", least=1, most=500, default=100) or 100
    return json_response({"audit": await services.register.people.read_audit(limit)})
