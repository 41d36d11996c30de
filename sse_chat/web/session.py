"""Signing in under a name, and out."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import BadName, Unauthorized
from sse_chat.events import Author, parse_room
from sse_chat.people.sessions import COOKIE, COOKIE_MAX_AGE_S
from sse_chat.web.negotiation import accepts_html
from sse_chat.web.requests import check_same_origin, known_author, read_fields, services_of
from sse_chat.web.responses import json_response, see_other


async def get_session(request: Request) -> Response:
    return json_response(_shape(known_author(request)))


async def post_session(request: Request) -> Response:
    check_same_origin(request)
    fields = await read_fields(request)
    name = fields.get("name")
    if not isinstance(name, str):
        raise BadName("the field name is missing; it is a string of 1 to 32 characters")
    if fields.get("password"):
        raise Unauthorized("this name and password are not known; a guest has no password")
    sessions = services_of(request).sessions
    cookie = request.cookies.get(COOKIE)
    author = sessions.new_guest(name, sessions.of_cookie(cookie) if cookie else None)
    response = _done(request, fields, json_response(_shape(author)))
    response.set_cookie(
        COOKIE,
        sessions.to_cookie(author),
        max_age=COOKIE_MAX_AGE_S,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


async def end_session(request: Request) -> Response:
    check_same_origin(request)
    response = _done(request, {}, json_response(_shape(None)))
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return response


def _done(request: Request, fields: dict[str, Any], response: Response) -> Response:
    if not accepts_html(request.headers.get("accept", "")):
        return response
    room = fields.get("room")
    return see_other(f"/chat/{parse_room(room)}" if isinstance(room, str) else "/chat")


def _shape(author: Author | None) -> dict[str, Any]:
    return {
        "name": author and author.name,
        "guest": author is None or author.guest,
        "author_id": author and author.author_id,
    }
