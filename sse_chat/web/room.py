"""What goes on in a room beside messages: people, typing, reading, reactions, the topic, search."""

import re
import time
import unicodedata
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.conversations import Conversation
from sse_chat.errors import Malformed, Unauthorized, Unproven
from sse_chat.events import Author, Draft, Entry, Extra, Note, to_dm
from sse_chat.folding import fold_text
from sse_chat.ids import ZERO, EntryId, id_before, parse_id
from sse_chat.inbound import check_text
from sse_chat.people.limits import ADDRESS_SEARCHES, PERSON_SEARCHES, charges_of
from sse_chat.people.names import MAX_NAME
from sse_chat.people.roles import Action, Person
from sse_chat.presence import people_shape
from sse_chat.store.summaries import Unread
from sse_chat.turns import Turn
from sse_chat.web.changes import target_of
from sse_chat.web.keeping import as_word
from sse_chat.web.negotiation import accepts_html
from sse_chat.web.reading import charged, reader_of
from sse_chat.web.requests import (
    charge_change,
    charge_sign,
    choice,
    number,
    person_for,
    query_of,
    read_fields,
    room_of,
    services_of,
    still,
)
from sse_chat.web.responses import (
    entries_as_text,
    events_response,
    json_response,
    no_content,
    see_other,
)

_MOST_EMOJI_BYTES = 64
_MOST_TOPIC_BYTES = 300
_SEARCH_PAGE = 250
# What it costs to count in one room.
_UNREAD_BYTES = 16_384
_MOST_SEARCHED = 10_000
_SEARCH_S = 0.5


@charged
async def get_people(request: Request) -> Response:
    """Who is present; with `name`, who was here in the last 30 days under a name with this part."""
    room = room_of(request)
    await reader_of(request, room)
    services = services_of(request)
    if part := query_of(request).get("name", ""):
        known = await services.mentionable.offer(room, part[:MAX_NAME])
        return json_response({"people": people_shape(known), "count": len(known)})
    people, count = await services.directory.list_people(room)
    return json_response({"people": people_shape(people), "count": count})


async def post_presence(request: Request) -> Response:
    """`state`: here, a sign of life from an open page, or gone, when it closes."""
    services, room = services_of(request), room_of(request)
    author = _named(person := await person_for(request, Action.READ, room))
    state = choice(await read_fields(request), "state", ("here", "gone"), "here")
    await charge_sign(request, person)
    if state == "gone":
        services.presence.leave(room, author)
    else:
        services.presence.renew(room, author)
    return no_content()


async def post_typing(request: Request) -> Response:
    """Said to whoever reads now, at most once in 3 s for each person."""
    services, room = services_of(request), room_of(request)
    person = await person_for(request, Action.POST, room)
    author = person.author
    if services.typing.may_pass((room, author.author_id)):
        await charge_sign(request, person)
        shape = {"author": author.name, "author_id": author.author_id}
        await services.directory.tell(Note(room, "typing", shape))
    return no_content()


@charged
async def post_read(request: Request) -> Response:
    """Up to which id this person has read; it only moves forward. With `unread=1`, `id` is the
    first that is not read yet, wherever that is. In a room without an entry, of which anyone can
    make up any number, there is nothing to mark."""
    room = room_of(request)
    person = await reader_of(request, room)
    author = _named(person)
    if not person.is_proven:
        raise Unproven(
            "a name without a password is shared, and has no read marks: sign in on the page, "
            "or use an account"
        )
    fields = await read_fields(request)
    read = parse_id(str(fields.get("id", "")))
    is_unread = as_word(fields.get("unread", "0")) == "1"
    if is_unread:
        read = id_before(read)
    if not await services_of(request).register.room_exists(room):
        return no_content()
    directory = services_of(request).directory
    if await directory.mark_read(author.author_id, room, read, may_move_back=is_unread):
        services_of(request).presence.mark(room, author)
    return no_content()


@charged
async def get_unread(request: Request) -> Response:
    """Of the rooms that this person has read in or was named in; nobody has read in any."""
    services, person = services_of(request), await reader_of(request)
    author_id = person.author.author_id
    direct = await services.direct.list_rooms(person)
    rows = await services.directory.list_unread(author_id, direct) if person.is_proven else []
    services.reads.spend(person, _UNREAD_BYTES * sum(each.unread > 0 for each in rows))
    labels = await services.direct.describe_all(author_id, [each.room for each in rows])
    return json_response(
        {
            "rooms": [
                _unread_shape(each, labels.get(each.room))
                for each in rows
                if await services.permissions.allows(person, Action.READ, each.room)
            ]
        }
    )


def _unread_shape(row: Unread, conversation: Conversation | None) -> dict[str, Any]:
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


def _named(person: Person) -> Author:
    if not person.is_named:
        raise Unauthorized("this needs a name: sign in on the page, or use curl -u NAME:")
    return person.author


async def post_reaction(request: Request) -> Response:
    """201 with the entry; 200 without one where it changes nothing."""
    room = room_of(request)
    person = await person_for(request, Action.REACT, room)
    fields = await read_fields(request)
    person = await still(request, person, Action.REACT, room)
    emoji = check_emoji(fields.get("emoji"))
    extra = Extra(removed=str(fields.get("remove", "0")) in ("1", "True"))
    await charge_change(request, person)
    draft = Draft(
        room, person.author, emoji, kind="reaction", target=target_of(request), extra=extra
    )
    entry = await services_of(request).store.react(draft)
    if accepts_html(request.headers.get("accept", "")):
        return see_other(f"/chat/{draft.room}")
    if entry is None:
        return json_response({"target": str(draft.target), "text": emoji, "unchanged": True})
    return json_response(entry.as_json(), status=201)


_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def check_emoji(emoji: object) -> str:
    """One emoji, however many code points it is made of; raises Malformed."""
    if not isinstance(emoji, str) or not 1 <= len(emoji.encode()) <= _MOST_EMOJI_BYTES:
        raise Malformed("emoji is one emoji, as in \U0001f44d")
    categories = {unicodedata.category(char) for char in emoji}
    # Signs like "<" and "+" are symbols too.
    symbols = {unicodedata.category(char) for char in emoji if not char.isascii()}
    is_keycap = "\u20e3" in emoji
    allowed = {"So", "Sk", "Sm", "Mn", "Me", "Cf", "Po"} | ({"Nd"} if is_keycap else set())
    if (
        _DIRECTION.search(emoji)
        or not categories <= allowed
        or not (symbols & {"So", "Sm"} or is_keycap)
    ):
        raise Malformed(
            f"{emoji[:20]!r} is not an emoji; send one emoji, as in emoji=\N{THUMBS UP SIGN}"
        )
    return emoji


async def post_topic(request: Request) -> Response:
    room = room_of(request)
    person = await person_for(request, Action.SET_TOPIC, room)
    text = (await read_fields(request)).get("text")
    person = await still(request, person, Action.SET_TOPIC, room)
    if not isinstance(text, str):
        raise Malformed("the field text is missing; an empty one removes the topic")
    text = text.strip()
    if text:
        text = check_text(text, _MOST_TOPIC_BYTES)
    await charge_change(request, person)
    await services_of(request).opening.open_if_new(person, room)
    draft = Draft(room, person.author, " ".join(text.split()), kind="topic")
    entry = await services_of(request).store.set_topic(draft)
    if accepts_html(request.headers.get("accept", "")):
        return see_other(f"/chat/{draft.room}")
    return json_response(entry.as_json(), status=201)


@charged
async def search(request: Request) -> Response:
    """The newest messages with these letters in them, oldest first, within a bounded time."""
    room = room_of(request)
    person = await reader_of(request, room)
    params = query_of(request)
    query = params.get("q", "")
    wanted = fold_text(query.strip()) if len(query) <= 200 else ""
    if not wanted:
        raise Malformed("q is 1 to 200 characters to look for, as in q=deploy")
    limit = number(params, "limit", least=1, most=100, default=30) or 30
    before = parse_id(params["before"]) if "before" in params else None
    as_text = choice(params, "format", ("json", "text"), "json") == "text"
    charges = charges_of(person, PERSON_SEARCHES, ADDRESS_SEARCHES)
    await services_of(request).identities.charge_all(charges)
    found, looked_back_to, has_more = await _search(request, room, wanted, before, limit)
    if as_text:
        return await entries_as_text(found[::-1])
    shape = {
        "room": room,
        "cursor": str(found[-1].id if found else looked_back_to),
        "more": has_more,
        "looked_back_to": str(looked_back_to),
    }
    return await events_response(reversed(found), shape)


async def _search(
    request: Request, room: str, wanted: str, before: EntryId | None, limit: int
) -> tuple[list[Entry], EntryId, bool]:
    """What was found, newest first; how far back it looked; whether older ones were left."""
    store = services_of(request).store
    found: list[Entry] = []
    turn = Turn()
    deadline_s = time.monotonic() + _SEARCH_S
    looked_back_to = before or ZERO
    for _ in range(_MOST_SEARCHED // _SEARCH_PAGE):
        page = await store.read_before(room, before, _SEARCH_PAGE)
        for entry in reversed(page.entries):
            await turn.give_way()
            if time.monotonic() > deadline_s:
                return found, looked_back_to, True
            before = looked_back_to = entry.id
            if entry.kind == "message" and wanted in fold_text(entry.text):
                found.append(entry)
                if len(found) == limit:
                    return found, looked_back_to, True
        if not page.has_more:
            return found, looked_back_to, False
    return found, looked_back_to, True
