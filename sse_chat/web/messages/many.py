"""Many rooms at once: `/feed?rooms=` and `/messages?rooms=`."""

from collections.abc import Mapping
from contextlib import nullcontext

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Malformed
from sse_chat.feed.many_open import ManyOpener, find_last, list_now_ms
from sse_chat.formats import FORMATS, Format
from sse_chat.ids import EntryId
from sse_chat.people.authorizer import FeedReader
from sse_chat.people.limits import READ_BYTES
from sse_chat.people.roles import Action
from sse_chat.web.calls.schemas import MANY_FEED, MANY_MESSAGES
from sse_chat.web.http.negotiation import HTML, JSON, choose_format
from sse_chat.web.http.positions import find_position
from sse_chat.web.http.queries import check_names
from sse_chat.web.http.read_charges import charged, reader_of
from sse_chat.web.http.requests import choice, number, query_of, services_of
from sse_chat.web.messages.feeds import (
    OPENING_BYTES,
    feed_headers,
    head_only,
    join_fields,
    read_fields,
    send_feed,
)
from sse_chat.web.messages.filtering import filter_of
from sse_chat.web.messages.history import parse_wait
from sse_chat.web.messages.many_poll import ManyPoll
from sse_chat.web.messages.named_rooms import ALL, parse_after, rooms_of

_MAX_LAST = 1000
_MAX_LIMIT = 500
_TEXT_STARTS_WITH = 20


async def get_many_feed(request: Request) -> Response:
    return await _feed_or_poll(request, query_of(request), "text", "query")


async def post_many_feed(request: Request) -> Response:
    params = join_fields(query_of(request), await read_fields(request))
    return await _feed_or_poll(request, params, "ndjson", "fields")


async def _feed_or_poll(
    request: Request, params: Mapping[str, str], default: str, what: str
) -> Response:
    """By `format`, else by Accept; the default for whoever accepts anything."""
    accept = request.headers.get("accept", "")
    chosen = choose_format(accept)
    # No page shows many rooms at once.
    if chosen == HTML or (chosen == "text" and "text/" not in accept):
        chosen = default
    wanted = choice(params, "format", (JSON, *FORMATS), chosen)
    if wanted == JSON:
        check_names(params, MANY_MESSAGES, what)
        response = await _messages(request, params)
        response.headers["Vary"] = "Accept"
        return response
    check_names(params, MANY_FEED, what)
    return await _open_feed(request, FORMATS[wanted], params)


async def _open_feed(request: Request, fmt: Format, params: Mapping[str, str]) -> Response:
    services = services_of(request)
    heartbeat_s = number(params, "heartbeat", least=2, most=300, default=15) or 15
    last = number(params, "last", least=0, most=_MAX_LAST)
    follow = choice(params, "follow", ("0", "1"), "1") == "1"
    wants_activity = choice(params, "activity", ("0", "1"), "0") == "1"
    if "after" in params and last is not None:
        raise Malformed("after and last do not go together; use one of them")
    position = find_position(params, request.headers)
    given = None if position is None else parse_after(position)
    person = await reader_of(request)
    is_all = params.get("rooms") == ALL
    listed_ms = list_now_ms() if is_all else None
    named = await rooms_of(request, person, params)
    rooms = named.rooms
    readers = {room: await services.authorizer.admit(person, room) for room in rooms}
    services.reads.spend(person, OPENING_BYTES + READ_BYTES * len(rooms))
    wanted = await filter_of(request, person, params)
    headers = feed_headers(is_identity=services.settings.identity_encoding, vary="Accept")
    if request.method == "HEAD":
        return head_only(fmt, headers)
    if last is None and fmt.name == "text":
        last = _TEXT_STARTS_WITH
    positions: Mapping[str, EntryId | None]
    if given is not None:
        positions = await given.find_positions(services.store, named, is_all=is_all)
    elif last:
        _, positions = await find_last(services.store, rooms, last)
    else:
        positions = dict.fromkeys(rooms)
    opener = ManyOpener(
        services.hub, named.format_of_all(fmt), wanted, heartbeat_s=heartbeat_s, follow=follow,
        format_in=lambda room: named.format_in(room, fmt), listed_ms=listed_ms,
    )  # fmt: skip

    async def admit(room: str) -> FeedReader:
        reader = await services.authorizer.admit(person, room)
        await named.learn(room)
        return reader

    feed = await opener.open(
        positions, readers, wants_activity=wants_activity, admit=admit if is_all else None
    )
    if not is_all and person.is_named:
        for room in rooms:
            services.presence.mark(room, person.author)
    return send_feed(request, feed, headers)


async def get_many_messages(request: Request) -> Response:
    return await _messages(request, query_of(request))


async def post_many_messages(request: Request) -> Response:
    fields = await read_fields(request)
    check_names(fields, MANY_MESSAGES, "fields")
    return await _messages(request, join_fields(query_of(request), fields))


@charged
async def _messages(request: Request, params: Mapping[str, str]) -> Response:
    services = services_of(request)
    limit = number(params, "limit", least=1, most=_MAX_LIMIT, default=50) or 50
    wait_s = parse_wait(params.get("wait"))
    is_text = choice(params, "format", ("json", "text"), "json") == "text"
    choice(params, "follow", ("0",), "0")
    position = find_position(params, request.headers)
    given = None if position is None else parse_after(position)
    if wait_s is not None and given is None:
        raise Malformed("wait needs after: the cursor that you have read up to")
    person = await reader_of(request)
    is_all = params.get("rooms") == ALL
    # From before the rooms are listed, so that none is made between the two.
    with services.hub.activity.news() if is_all and wait_s else nullcontext() as heard:
        listed_ms = list_now_ms() if is_all else None
        named = await rooms_of(request, person, params)
        for room in named.rooms:
            await services.permissions.require(person, Action.READ, room)
        wanted = await filter_of(request, person, params)
        poll = ManyPoll(services, person, named, limit, wanted, listed_ms=listed_ms, heard=heard)
        if given is None:
            await poll.read_newest()
        else:
            positions = await given.find_positions(services.store, named, is_all=is_all)
            await poll.read_after(positions, may_skip_gap=given.is_oldest)
            await poll.wait(wait_s or 0)
        return await (poll.respond_as_text() if is_text else poll.respond())
