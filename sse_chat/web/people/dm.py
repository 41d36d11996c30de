"""`/dm/{name}`: the routes of a room, for the conversation with an account; and blocking.

The handlers are those of rooms. Whatever they say of the room by its stored name is given the name
that the caller knows here, so that a new route of rooms is one of conversations too.
"""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from sse_chat.conversations import Conversation, LabelFormat
from sse_chat.errors import ChatError
from sse_chat.formats import Format
from sse_chat.web.http.authentication import charge_change, person_of
from sse_chat.web.http.negotiation import accepts_html
from sse_chat.web.http.queries import Route
from sse_chat.web.http.requests import CONVERSATION, conversation_of, read_fields, services_of
from sse_chat.web.http.responses import json_response, see_other

Handler = Callable[[Request], Awaitable[Response]]
_ROOM, _DM = "/chat/{room}", "/dm/{name}"


def routes_of_conversations(routes: Sequence[BaseRoute]) -> list[BaseRoute]:
    """One for each route of a room, and those that only conversations have."""
    of_rooms = [
        route for route in routes if isinstance(route, Route) and route.path.startswith(_ROOM)
    ]
    return [
        Route(f"{_DM}/block", post_block, methods=["POST"]),
        Route(f"{_DM}/unblock", post_unblock, methods=["POST"]),
        *(
            Route(
                each.path.replace(_ROOM, _DM, 1),
                _in_conversation(each.handler),
                methods=list(each.methods or ()),
                name=f"dm_{each.name}",
            )
            for each in of_rooms
        ),
    ]


def _in_conversation(handler: Handler) -> Handler:
    async def handle(request: Request) -> Response:
        person = await person_of(request)
        found = await services_of(request).direct.find(person, request.path_params["name"])
        request.scope[CONVERSATION] = found
        try:
            return _renamed(await handler(request), found)
        except ChatError as exc:
            exc.detail = found.rename_detail(exc.detail)
            raise

    return handle


def _renamed(response: Response, conversation: Conversation) -> Response:
    if "location" in response.headers:
        location = response.headers["location"].encode()
        response.headers["location"] = conversation.rename_paths(location).decode()
    kind = response.headers.get("content-type", "").partition(";")[0]
    # Pages know the label themselves, and may be compressed by now.
    rename = {
        "application/json": conversation.rename_json,
        "text/plain": conversation.rename_paths,
    }.get(kind)
    if rename is not None and (body := getattr(response, "body", b"")):
        response.body = rename(bytes(body))
        response.headers["content-length"] = str(len(response.body))
    return response


def format_for(request: Request, fmt: Format) -> Format:
    """For a feed of the room that the request names."""
    found = conversation_of(request)
    return fmt if found is None else LabelFormat(fmt, {found.room: found})


async def post_block(request: Request) -> Response:
    """Their messages are refused from now on."""
    return await _set_blocked(request, blocks=True)


async def post_unblock(request: Request) -> Response:
    return await _set_blocked(request, blocks=False)


async def _set_blocked(request: Request, *, blocks: bool) -> Response:
    services, person = services_of(request), await person_of(request)
    found = await services.direct.find(person, request.path_params["name"])
    fields = await read_fields(request)
    await charge_change(request, person)
    await services.direct.set_blocked(person, found, blocks)
    if blocks:
        services.presence.end(found.room, person.author.author_id)
    if accepts_html(request.headers.get("accept", "")):
        is_from_account = fields.get("then") == "account"
        return see_other("/account" if is_from_account else found.path)
    return json_response({"dm": found.called, "blocked": blocks})
