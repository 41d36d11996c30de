"""What handlers take from a request: numbers, ids, the body, who speaks."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from sse_chat.errors import BodyTimeout, CrossSite, Malformed, TooLarge, Unauthorized
from sse_chat.events import Author, parse_room
from sse_chat.inbound import parse_content_type, parse_form, parse_json, parse_multipart
from sse_chat.people.limits import charges_of_post
from sse_chat.people.sessions import COOKIE
from sse_chat.services import Services
from sse_chat.store.rooms import Charge
from sse_chat.web.proxied import client_address, is_same_origin

MAX_BODY_BYTES = 65_536
_BODY_TIMEOUT_S = 30
_NUMBER = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)


def services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def room_of(request: Request) -> str:
    room = request.path_params.get("room")
    return services_of(request).settings.default_room if room is None else parse_room(room)


def is_ndjson(request: Request) -> bool:
    kind, _ = parse_content_type(request.headers.get("content-type"))
    return kind == "application/x-ndjson"


def number(
    params: Mapping[str, str], name: str, *, least: int, most: int, default: int | None = None
) -> int | None:
    """A whole number from `least` to `most`, or the default when it is not there."""
    value = params.get(name)
    if value is None:
        return default
    if not _NUMBER.fullmatch(value) or not least <= int(value) <= most:
        raise Malformed(f"{name}={value[:40]!r}: a whole number from {least} to {most} is allowed")
    return int(value)


def choice(params: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = params.get(name, default)
    if value not in allowed:
        raise Malformed(f"{name}={value[:40]!r} is not known; allowed: {', '.join(allowed)}")
    return value


async def read_body(request: Request) -> bytes:
    """The whole body; raises TooLarge, or BodyTimeout when it does not end."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > MAX_BODY_BYTES:
        raise _too_large()
    body = b""
    has_more = True
    try:
        async with asyncio.timeout(_BODY_TIMEOUT_S):
            while has_more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise Malformed("the client went away in the middle of the body")
                body += message.get("body", b"")
                if len(body) > MAX_BODY_BYTES:
                    raise _too_large()
                has_more = message.get("more_body", False)
    except TimeoutError as exc:
        raise BodyTimeout(f"the body did not end within {_BODY_TIMEOUT_S} s") from exc
    return body


def _too_large() -> TooLarge:
    return TooLarge(f"the body is over {MAX_BODY_BYTES:,} bytes")


async def read_fields(request: Request) -> dict[str, Any]:
    """The members of a JSON object, or the fields of a form."""
    body = await read_body(request)
    kind, params = parse_content_type(request.headers.get("content-type"))
    if kind == "application/json":
        shape = parse_json(body)
        if not isinstance(shape, dict):
            raise Malformed('the JSON must be an object: {"name": "value"}')
        return shape
    if kind == "multipart/form-data":
        return dict(parse_multipart(body, params))
    return dict(parse_form(body))


def known_author(request: Request) -> Author | None:
    """Who the request says it is: Authorization first, then the cookie; None for nobody.

    Raises Unauthorized, Malformed, BadName.
    """
    sessions = services_of(request).sessions
    authorization = request.headers.get("authorization")
    if authorization is not None:
        return sessions.of_authorization(authorization)
    cookie = request.cookies.get(COOKIE)
    return sessions.of_cookie(cookie) if cookie else None


def check_authorization(request: Request) -> None:
    """Whoever says who they are must be right, even where nobody needs to be anybody."""
    if "authorization" in request.headers:
        known_author(request)


def author_of(request: Request) -> Author:
    """Who speaks with this request: like `known_author`, else the guest of its address.

    Raises CrossSite too, for a POST that another site sent along with the cookie.
    """
    if COOKIE in request.cookies:
        check_same_origin(request)
    author = known_author(request)
    if author is not None:
        return author
    services = services_of(request)
    if not services.settings.anonymous:
        raise Unauthorized("say who you are: curl -u NAME: …, or sign in on the page")
    return services.sessions.of_address(client_address(request))


def charges_of(request: Request, room: str, author: Author) -> tuple[Charge, ...]:
    """What a post to the room costs its author; nothing where limits are off."""
    if not services_of(request).settings.limits:
        return ()
    return charges_of_post(room, author.author_id, client_address(request))


def check_same_origin(request: Request) -> None:
    if not is_same_origin(request, services_of(request).settings.public_url):
        raise CrossSite("this request comes from another site")
