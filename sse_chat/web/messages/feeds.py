"""A room's URL: negotiated between the page, the feeds and the history."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Malformed
from sse_chat.feed.feed import Feed
from sse_chat.feed.hub import Start
from sse_chat.formats import FORMATS, Format
from sse_chat.forms import parse_form
from sse_chat.inbound import parse_content_type, parse_json, parse_multipart
from sse_chat.web.calls.schemas import FEED, HISTORY
from sse_chat.web.http.negotiation import HTML, JSON, choose_format
from sse_chat.web.http.positions import find_last_event_id, find_position, parse_cursor
from sse_chat.web.http.queries import check_names
from sse_chat.web.http.read_charges import reader_of
from sse_chat.web.http.requests import (  # fmt: skip
    choice,
    number,
    query_of,
    read_body,
    room_of,
    services_of,
)
from sse_chat.web.messages.asgi_sink import asgi_response
from sse_chat.web.messages.filtering import filter_of
from sse_chat.web.messages.history import get_messages
from sse_chat.web.messages.since import find_moment, read_since
from sse_chat.web.messages.transport import DETACH, TransportResponse
from sse_chat.web.people.dm import format_for
from sse_chat.web.rooms.page import chat_page

_TEXT_STARTS_WITH = 20
# What it costs to begin, whatever is read then.
OPENING_BYTES = 65_536


async def get_room(request: Request) -> Response:
    room_of(request)
    allowed = (HTML, JSON, *FORMATS)
    chosen = choose_format(request.headers.get("accept", ""))
    wanted = choice(request.query_params, "format", allowed, chosen)
    if wanted == HTML:
        response = await chat_page(request)
    elif wanted == JSON:
        check_names(request.query_params, HISTORY)
        response = await get_messages(request)
    else:
        check_names(request.query_params, FEED)
        return await _open_feed(request, FORMATS[wanted], query_of(request), vary="Accept")
    if "vary" not in response.headers:
        response.headers["Vary"] = "Accept"
    return response


async def get_feed(request: Request) -> Response:
    room_of(request)
    wanted = choice(request.query_params, "format", tuple(FORMATS), "sse")
    return await _open_feed(request, FORMATS[wanted], query_of(request))


async def post_feed(request: Request) -> Response:
    """The same feed for paths that hold a GET; fields come by form or query."""
    room_of(request)
    fields = await read_fields(request)
    check_names(fields, FEED, "fields")
    params = join_fields(query_of(request), fields)
    wanted = choice(params, "format", tuple(FORMATS), "ndjson")
    return await _open_feed(request, FORMATS[wanted], params)


def join_fields(query: Mapping[str, str], fields: Mapping[str, str]) -> dict[str, str]:
    """Those of both; raises Malformed where one of two values would be ignored."""
    for name in query.keys() & fields.keys():
        if query[name] != fields[name]:
            raise Malformed(f"{name!r} has one value in the query and another in the body")
    return {**query, **fields}


async def read_fields(request: Request) -> dict[str, str]:
    body = await read_body(request)
    kind, content_params = parse_content_type(request.headers.get("content-type"))
    if kind == "multipart/form-data":
        return parse_multipart(body, content_params)
    if kind == "application/json":
        return _texts_of(parse_json(body, example='{"after": "0"}') if body else {})
    return parse_form(body)


def _texts_of(payload: Any) -> dict[str, str]:
    """A JSON object's members as a form would have them; null is as good as absent."""
    if not isinstance(payload, dict):
        raise Malformed('the JSON must be an object, as in {"after": "0"}')
    return {name: _text_of(value) for name, value in payload.items() if value is not None}


def _text_of(value: object) -> str:
    """A list of texts is one text with commas: `{"rooms": ["a", "b"]}`."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ",".join(value)
    if not isinstance(value, int):
        raise Malformed("the members of the JSON are strings, lists of them, and whole numbers")
    return str(int(value))


async def _open_feed(
    request: Request, fmt: Format, params: Mapping[str, str], *, vary: str = ""
) -> Response:
    services = services_of(request)
    room = room_of(request)
    start = read_start(params, request.headers, fmt)
    heartbeat_s = number(params, "heartbeat", least=2, most=300, default=15) or 15
    follow = choice(params, "follow", ("0", "1"), "1") == "1"
    wants_activity = choice(params, "activity", ("0", "1"), "0") == "1"
    since_ms = read_since(params)
    headers = feed_headers(is_identity=services.settings.identity_encoding, vary=vary)
    person = await reader_of(request)
    reader = await services.authorizer.admit(person, room)
    services.reads.spend(person, OPENING_BYTES)
    wanted = await filter_of(request, person, params)
    if request.method == "HEAD":
        return head_only(fmt, headers)
    if since_ms is not None and find_last_event_id(params, request.headers) is None:
        after, may_skip_gap = await find_moment(services.store, room, since_ms)
        start = Start(after=after, may_skip_gap=may_skip_gap)
    fmt = format_for(request, fmt)
    feed = await services.hub.open(
        room, fmt, start, heartbeat_s=heartbeat_s, follow=follow,
        reader=reader, wanted=wanted, wants_activity=wants_activity,
    )  # fmt: skip
    if person.is_named:
        services.presence.mark(room, person.author)
    return send_feed(request, feed, headers)


def send_feed(request: Request, feed: Feed, headers: Mapping[str, str]) -> Response:
    """By the connection's own transport where it is offered."""
    services = services_of(request)
    if services.settings.sink == "transport" and DETACH in request.scope.get("extensions", {}):
        return TransportResponse(services.hub, feed, headers)
    return asgi_response(services.hub, feed, headers)


def head_only(fmt: Format, headers: Mapping[str, str]) -> Response:
    response = Response(headers={**headers, "Content-Type": fmt.content_type})
    # The feed that a GET gets has no length. Source: RFC 9110, section 8.6.
    del response.headers["Content-Length"]
    return response


def read_start(params: Mapping[str, str], headers: Mapping[str, str], fmt: Format) -> Start:
    """Last-Event-ID wins; of `after`, `last` and `since` there is at most one."""
    last = number(params, "last", least=0, most=1000)
    after = params.get("after")
    if sum(each in params for each in ("after", "last", "since")) > 1:
        raise Malformed("after, last and since do not go together; use one of them")
    if after is not None:
        parse_cursor(after)
    position = find_position(params, headers)
    if position is not None:
        return Start(after=parse_cursor(position), may_skip_gap=position == "0")
    if last is None:
        last = _TEXT_STARTS_WITH if fmt.name == "text" else 0
    return Start(last=last)


def feed_headers(*, is_identity: bool, vary: str = "") -> dict[str, str]:
    headers = {
        "Cache-Control": "no-store, no-transform",
        "X-Accel-Buffering": "no",
        "X-Content-Type-Options": "nosniff",
    }
    if is_identity:
        headers["Content-Encoding"] = "identity"
    if vary:
        headers["Vary"] = vary
    return headers
