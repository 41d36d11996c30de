"""Pinned messages of a room: moderators pin and unpin them, whoever reads the room sees them."""

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.ids import parse_id
from sse_chat.people.roles import Action
from sse_chat.store.pins import list_pins, pin
from sse_chat.switches import parse_switch
from sse_chat.web.http.authentication import charge_change, person_and_fields
from sse_chat.web.http.read_charges import charged, reader_of
from sse_chat.web.http.requests import room_of, services_of
from sse_chat.web.http.responses import entry_response, json_response


@charged
async def get_pins(request: Request) -> Response:
    room = room_of(request)
    await reader_of(request, room)
    pins = await list_pins(services_of(request).store, room)
    return json_response({"pins": [each.as_json() for each in pins]})


async def post_pin(request: Request) -> Response:
    """201 with the entry; 200 without one where it changes nothing."""
    room = room_of(request)
    person, fields = await person_and_fields(request, Action.PIN, room)
    target = parse_id(str(fields.get("target", "")))
    is_removed = parse_switch("remove", fields.get("remove"))
    await charge_change(request, person)
    store = services_of(request).store
    entry = await pin(store, room, person.author, target, is_removed=is_removed)
    unchanged = {"target": str(target), "unchanged": True}
    return entry_response(request, room, entry, unchanged)
