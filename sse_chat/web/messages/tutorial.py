"""The two calls of the tutorial that this system grew from."""

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.charsets import charset_of
from sse_chat.errors import Malformed
from sse_chat.events import parse_room
from sse_chat.forms import parse_form
from sse_chat.inbound import parse_body, parse_content_type, parse_json, parse_multipart
from sse_chat.people.roles import Action
from sse_chat.web.http.authentication import person_for, person_of
from sse_chat.web.http.requests import read_body, room_of, services_of
from sse_chat.web.http.responses import json_response
from sse_chat.web.messages.post import append, appended_response

_NEWEST = 50


async def send_message(request: Request) -> Response:
    # Before the body is read; what it says of a room is judged after.
    await person_of(request)
    body = await read_body(request)
    content_type = request.headers.get("content-type")
    posted = parse_body(body, content_type, text_field="message")
    room = parse_room(_room_field(request, body, content_type))
    person = await person_for(request, Action.POST, room)
    appended = await append(request, room, person, posted)
    return appended_response(request, person, appended)


def _room_field(request: Request, body: bytes, content_type: str | None) -> str:
    kind, params = parse_content_type(content_type)
    fields = {}
    if kind == "application/json":
        fields = parse_json(body, charset_of(params))
    elif kind == "application/x-www-form-urlencoded":
        fields = parse_form(body, charset_of(params))
    elif kind == "multipart/form-data":
        fields = parse_multipart(body, params)
    asked = request.query_params.get("room", room_of(request))
    room = fields.get("room")
    if room is None:
        return asked
    if not isinstance(room, str):
        raise Malformed('room is the name of a room, as in {"message": "hello", "room": "lobby"}')
    if "room" in request.query_params and room != asked:
        raise Malformed("'room' has one value in the query and another in the body")
    return room


async def get_old_messages(request: Request) -> Response:
    room = room_of(request)
    await person_for(request, Action.READ, room)
    page = await services_of(request).store.read_before(room, None, _NEWEST)
    return json_response([entry.as_json() for entry in page.entries])
