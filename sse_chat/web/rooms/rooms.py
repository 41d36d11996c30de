"""`/rooms`: the rooms that a person may see, and a new one."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Malformed
from sse_chat.events import parse_room, to_dm
from sse_chat.people.permissions import SERVER
from sse_chat.people.roles import Action, Person
from sse_chat.store.summaries import RoomSummary
from sse_chat.visible import make_terminal_safe
from sse_chat.web.http.authentication import person_and_fields
from sse_chat.web.http.read_charges import charged, reader_of
from sse_chat.web.http.requests import choice, services_of
from sse_chat.web.http.responses import json_response, page_or, text_response
from sse_chat.web.rooms.rules import rules_payload, wanted_rules


@charged
async def get_rooms(request: Request) -> Response:
    as_text = choice(request.query_params, "format", ("json", "text"), "json") == "text"
    person = await reader_of(request)
    rooms = await readable_rooms(request, person)
    for dm in await services_of(request).direct.list_all(person):
        rooms.append(replace(dm.room, room=dm.conversation.label))
    if as_text:
        return text_response("".join(map(_room_line, rooms)))
    shapes = [
        {
            "room": room.room,
            **to_dm(room.room),
            "topic": room.topic,
            "present": room.present,
            "last_id": str(room.last_id),
        }
        for room in rooms
    ]
    return json_response({"rooms": shapes})


def _room_line(room: RoomSummary) -> str:
    topic = f": {make_terminal_safe(room.topic)}" if room.topic else ""
    return f"{room.room} ({room.present} present){topic}\n"


async def post_room(request: Request) -> Response:
    """A new room of one's own, with rules from the start; 403 for one that is there already."""
    services = services_of(request)
    person, fields = await person_and_fields(request, Action.OPEN_ROOM, SERVER)
    if "room" not in fields:
        raise Malformed("the field room is missing: the name of the new room, as in room=team")
    room = parse_room(str(fields["room"]))
    await services.room_creation.make_new(person, room, wanted_rules(fields))
    rules = await services.permissions.rules_of(room)
    if rules.retention or rules.retention_age_s:
        await services.room_administration.apply_retention(room, rules)
    response = json_response(
        rules_payload(room, rules), status=201, headers={"Location": f"/chat/{room}"}
    )
    return page_or(request, response, fields, f"/chat/{room}")


async def readable_rooms(request: Request, person: Person) -> list[RoomSummary]:
    """Those that have had an entry, and the default room, that this person may see; first those
    that this person reads, or has a role in."""
    services = services_of(request)
    author_id = person.author.author_id
    own = await services.read_marks.list_read(author_id) if person.is_named else set()
    rooms = await services.directory.list_rooms(own)
    default_room = services.settings.default_room
    if all(each.room != default_room for each in rooms):
        rooms.append(await services.directory.summarize(default_room))
    await services.people_cache.learn_rules([each.room for each in rooms])
    if person.is_proven:
        for room in rooms:
            if author_id in (await services.permissions.rules_of(room.room)).roles:
                own.add(room.room)
    rooms.sort(key=lambda each: each.room not in own)
    return [
        each for each in rooms if await services.permissions.allows(person, Action.READ, each.room)
    ]
