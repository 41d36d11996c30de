"""A text as it would be shown, before it is posted."""

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.inbound import check_text
from sse_chat.people.roles import Action
from sse_chat.rendering import html_of
from sse_chat.web.http.authentication import charge_sign, person_and_fields
from sse_chat.web.http.requests import room_of, services_of
from sse_chat.web.http.responses import json_response


async def post_preview(request: Request) -> Response:
    """For who may post it; it is kept nowhere."""
    person, fields = await person_and_fields(request, Action.POST, room_of(request))
    text = check_text(str(fields.get("text", "")), services_of(request).settings.max_text)
    await charge_sign(request, person)
    return json_response({"html": html_of(text)})
