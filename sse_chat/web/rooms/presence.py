"""Who is in a room: the list of people, signs of life, who is typing."""

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.events import EphemeralEvent
from sse_chat.people.names import MAX_NAME
from sse_chat.people.roles import Action
from sse_chat.presence import people_payload
from sse_chat.web.http.authentication import author_of, charge_sign, person_and_fields, person_for
from sse_chat.web.http.read_charges import charged, reader_of
from sse_chat.web.http.requests import choice, query_of, room_of, services_of
from sse_chat.web.http.responses import json_response, no_content


@charged
async def get_people(request: Request) -> Response:
    """Who is present; with `name`, who was here in the last 30 days, or has an
    account if the caller has one, under a name with this part."""
    room = room_of(request)
    person = await reader_of(request, room)
    services = services_of(request)
    if part := query_of(request).get("name", ""):
        known = await services.mentionable.offer(room, part[:MAX_NAME], person)
        return json_response({"people": people_payload(known), "count": len(known)})
    people, count = await services.directory.list_people(room)
    return json_response({"people": people_payload(people), "count": count})


async def post_presence(request: Request) -> Response:
    """`state`: here, a sign of life from an open page, or gone, when it closes."""
    services, room = services_of(request), room_of(request)
    person, fields = await person_and_fields(request, Action.READ, room)
    author, state = author_of(person), choice(fields, "state", ("here", "gone"), "here")
    await charge_sign(request, person)
    if state == "gone":
        services.presence.leave(room, author)
    else:
        services.presence.renew(room, author)
    return no_content()


async def post_typing(request: Request) -> Response:
    """Said to whoever reads now, at most once in 3 s for each person."""
    services, room = services_of(request), room_of(request)
    person = await person_for(request, Action.POST, room)
    author = person.author
    if services.typing.may_pass((room, author.author_id)):
        await charge_sign(request, person)
        payload = {"author": author.name, "author_id": author.author_id}
        await services.directory.tell(EphemeralEvent(room, "typing", payload))
    return no_content()
