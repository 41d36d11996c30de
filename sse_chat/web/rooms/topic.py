"""A room's topic."""

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Malformed
from sse_chat.events import Draft
from sse_chat.inbound import check_text
from sse_chat.people.roles import Action
from sse_chat.web.http.authentication import charge_change, person_and_fields
from sse_chat.web.http.requests import room_of, services_of
from sse_chat.web.http.responses import entry_response

_MAX_TOPIC_BYTES = 300


async def post_topic(request: Request) -> Response:
    room = room_of(request)
    person, fields = await person_and_fields(request, Action.SET_TOPIC, room)
    text = fields.get("text")
    if not isinstance(text, str):
        raise Malformed("the field text is missing; an empty one removes the topic")
    text = text.strip()
    if text:
        text = check_text(text, _MAX_TOPIC_BYTES)
    await charge_change(request, person)
    await services_of(request).room_creation.open_if_new(person, room)
    draft = Draft(room, person.author, " ".join(text.split()), kind="topic")
    entry = await services_of(request).store.set_topic(draft)
    return entry_response(request, room, entry)
