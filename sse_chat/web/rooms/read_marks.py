"""How far each person has read: a room's mark, and what is unread in all rooms."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.conversations import Conversation
from sse_chat.errors import Unproven
from sse_chat.events import to_dm
from sse_chat.ids import id_before, parse_id
from sse_chat.people.roles import Action
from sse_chat.store.summaries import Unread
from sse_chat.switches import parse_switch
from sse_chat.web.http.authentication import author_of
from sse_chat.web.http.read_charges import charged, reader_of
from sse_chat.web.http.requests import read_fields, room_of, services_of
from sse_chat.web.http.responses import json_response, no_content

# What it costs to count in one room.
_UNREAD_BYTES = 16_384


@charged
async def post_read(request: Request) -> Response:
    """Up to which id this person has read; it only moves forward. With `unread=1`, `id` is the
    first that is not read yet, wherever that is. In a room without an entry, of which anyone can
    make up any number, there is nothing to mark."""
    room = room_of(request)
    person = await reader_of(request, room)
    author = author_of(person)
    if not person.is_proven:
        raise Unproven(
            "a name without a password is shared, and has no read marks: sign in on the page, "
            "or use an account"
        )
    fields = await read_fields(request)
    read = parse_id(str(fields.get("id", "")))
    is_unread = parse_switch("unread", fields.get("unread"))
    if is_unread:
        read = id_before(read)
    if not await services_of(request).people_cache.room_exists(room):
        return no_content()
    marks = services_of(request).read_marks
    if await marks.mark_read(author.author_id, room, read, may_move_back=is_unread):
        services_of(request).presence.mark(room, author)
    return no_content()


@charged
async def get_unread(request: Request) -> Response:
    """Of the rooms that this person has read in or was named in; nobody has read in any."""
    services, person = services_of(request), await reader_of(request)
    author_id = person.author.author_id
    direct = await services.direct.list_rooms(person)
    rows = await services.read_marks.list_unread(author_id, direct) if person.is_proven else []
    services.reads.spend(person, _UNREAD_BYTES * sum(each.unread > 0 for each in rows))
    labels = await services.direct.describe_all(author_id, [row.room for row in rows])
    return json_response(
        {
            "rooms": [
                _unread_payload(each, labels.get(each.room))
                for each in rows
                if await services.permissions.allows(person, Action.READ, each.room)
            ]
        }
    )


def _unread_payload(row: Unread, conversation: Conversation | None) -> dict[str, Any]:
    """Each message of a conversation is for whoever reads it, as if it named them."""
    room = row.room if conversation is None else conversation.label
    return {
        "room": room,
        **to_dm(room),
        "read": str(row.read),
        "last_id": str(row.last_id),
        "unread": row.unread,
        "mentions": row.mentions if conversation is None else row.unread,
    }
