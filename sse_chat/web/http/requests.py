"""What handlers take from a request: its room, numbers, the body and its fields."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from sse_chat.charsets import charset_of
from sse_chat.conversations import Conversation
from sse_chat.errors import Malformed, TooLarge
from sse_chat.events import parse_room
from sse_chat.forms import parse_form
from sse_chat.inbound import check_key, parse_content_type, parse_json, parse_multipart
from sse_chat.numbers import parse_whole
from sse_chat.services import Services
from sse_chat.web.http.queries import KNOWN_FIELDS, check_names, parse_single

MAX_BODY_BYTES = 65_536
FIELDS = "sse_chat.fields"
# A member of the scope: the body, where the server had all of it with the head.
WHOLE_BODY = "sse_chat.body"
# Another one: the conversation that the path names.
CONVERSATION = "sse_chat.conversation"
_BODY_TIMEOUT_S = 30


def services_of(request: Request) -> Services:
    services: Services = request.scope["app"].state["services"]
    return services


def conversation_of(request: Request) -> Conversation | None:
    """What `/dm/{name}` stands for, on its routes."""
    found: Conversation | None = request.scope.get(CONVERSATION)
    return found


def room_of(request: Request) -> str:
    if (conversation := conversation_of(request)) is not None:
        return conversation.room
    room = request.path_params.get("room")
    return services_of(request).settings.default_room if room is None else parse_room(room)


def is_ndjson(request: Request) -> bool:
    kind, _ = parse_content_type(request.headers.get("content-type"))
    return kind == "application/x-ndjson"


def query_of(request: Request) -> Mapping[str, str]:
    """The query; raises Malformed where one name has two values, of which one would be ignored."""
    return parse_single(request.scope["query_string"])


def key_of(request: Request, in_body: str | None = None) -> str | None:
    """The idempotency key: the header wins over the body, the body over the query, where it stands
    for what has no fields, on paths that strip headers. Raises Malformed."""
    named = request.headers.get("idempotency-key", in_body)
    return check_key(query_of(request).get("key") if named is None else named)


def number(
    params: Mapping[str, str], name: str, *, least: int, most: int, default: int | None = None
) -> int | None:
    """A whole number from `least` to `most`, or the default when it is not there."""
    value = params.get(name)
    return default if value is None else parse_whole(name, value, least=least, most=most)


def choice(params: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = params.get(name, default)
    if value not in allowed:
        raise Malformed(f"{name}={value[:40]!r} is not known; allowed: {', '.join(allowed)}")
    return value


async def read_body(request: Request, *, max_bytes: int = MAX_BODY_BYTES) -> bytes:
    """The whole body; raises TooLarge, Busy, Draining, or BodyTimeout when it does not end."""
    whole: bytes | None = request.scope.get(WHOLE_BODY)
    if whole is not None:
        if len(whole) > max_bytes:
            raise _too_large(max_bytes)
        return whole
    # Longer than any length that is allowed, it need not be read as a number.
    length = request.headers.get("content-length", "")[:20]
    if length.isascii() and length.isdigit() and int(length) > max_bytes:
        raise _too_large(max_bytes)
    body, held = b"", 0
    has_more = True
    bodies = services_of(request).bodies
    try:
        async with bodies.wait(_BODY_TIMEOUT_S):
            while has_more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise Malformed("the client went away in the middle of the body")
                body += message.get("body", b"")
                if len(body) > max_bytes:
                    raise _too_large(max_bytes)
                has_more = message.get("more_body", False)
                if has_more:
                    newly, held = len(body) - held, len(body)
                    bodies.reserve(newly)
    finally:
        bodies.release(held)
    return body


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(f"the body is over {max_bytes:,} bytes")


async def read_fields(request: Request) -> dict[str, Any]:
    """The members of a JSON object, or the fields of a form; they stay in the scope as FIELDS.

    Raises Malformed for a field that a strict call does not know.
    """
    fields = request.scope[FIELDS] = await _read_fields(request)
    if (known := request.scope.get(KNOWN_FIELDS)) is not None:
        check_names(fields, known, "fields")
    return fields


async def _read_fields(request: Request) -> dict[str, Any]:
    body = await read_body(request)
    kind, params = parse_content_type(request.headers.get("content-type"))
    if kind == "application/json":
        payload = parse_json(body, charset_of(params))
        if not isinstance(payload, dict):
            raise Malformed('the JSON must be an object: {"name": "value"}')
        return payload
    if kind == "multipart/form-data":
        return dict(parse_multipart(body, params))
    return dict(parse_form(body, charset_of(params)))


def text_field(fields: Mapping[str, Any], name: str, default: str = "") -> str:
    """What a field says, which in JSON may be a number too; raises Malformed."""
    value = fields.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Malformed(f"{name} is text, in quotes where it is sent as JSON")
    return str(value)
