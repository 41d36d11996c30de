"""A room's topic."""

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Malformed
from sse_chat.events import Draft
from sse_chat.inbound import check_text, parse_body
from sse_chat.people.roles import Action
from sse_chat.web.http.authentication import charge_change, person_and_body
from sse_chat.web.http.requests import read_body, room_of, services_of
from sse_chat.web.http.responses import entry_response

_MAX_TOPIC_BYTES = 300


async def post_topic(request: Request) -> Response:
    """The topic comes in any form that a post has; an empty one removes it."""
    room = room_of(request)
    person, body = await person_and_body(request, Action.SET_TOPIC, room, read_body)
    if not body:
        raise Malformed("the text is missing; an empty field text removes the topic")
    text = parse_body(body, request.headers.get("content-type")).text.strip()
    if text:
        text = check_text(text, _MAX_TOPIC_BYTES)
    await charge_change(request, person)
    await services_of(request).room_creation.open_if_new(person, room)
    draft = Draft(room, person.author, " ".join(text.split()), kind="topic")
    entry = await services_of(request).store.set_topic(draft)
    return entry_response(request, room, entry)
