"""Posting to a room."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import ChatError, Malformed, NotFound
from sse_chat.events import Draft
from sse_chat.extras import NOTHING_MORE, Extra
from sse_chat.ids import EntryId, parse_id
from sse_chat.inbound import Posted, check_key, check_text, parse_body
from sse_chat.people.mentionable import may_mention
from sse_chat.people.roles import Action, Person
from sse_chat.questions import Ask
from sse_chat.rendering import html_of
from sse_chat.services import Services
from sse_chat.store.rooms import Appended
from sse_chat.web.http.authentication import person_and_body
from sse_chat.web.http.negotiation import accepts_html
from sse_chat.web.http.requests import key_of, read_body, room_of, services_of
from sse_chat.web.http.responses import error_response, json_response, see_other
from sse_chat.web.messages.proofs import proof_of

_BODY = "sse_chat.posted"


async def post_message(request: Request) -> Response:
    """A browser's form that is refused gets its text back, to be sent again."""
    if not accepts_html(request.headers.get("accept", "")):
        return await _post(request)
    try:
        return await _post(request)
    except ChatError as exc:
        return error_response(request, exc, typed=await _typed_in(request))


async def _typed_in(request: Request) -> str:
    """The text of a form, also of one that was refused before it was read; "" without one."""
    try:
        body: bytes | None = request.scope.get(_BODY)
        if body is None:
            body = await read_body(request)
        return parse_body(body, request.headers.get("content-type")).text
    except ChatError:
        return ""


async def _post(request: Request) -> Response:
    room = room_of(request)
    person, body = await person_and_body(request, Action.POST, room, _read_and_keep)
    posted = parse_body(body, request.headers.get("content-type"))
    update_key = check_key(request.headers.get("update-key", posted.update_key), "an update key")
    if update_key is not None:
        return await _update(request, room, person, posted, update_key)
    appended = await append(request, room, person, posted)
    if accepts_html(request.headers.get("accept", "")):
        return see_other(f"/chat/{room}")
    return appended_response(request, person, appended)


async def _read_and_keep(request: Request) -> bytes:
    """For who gets it back, see `_typed_in`."""
    body = request.scope[_BODY] = await read_body(request)
    return body


async def append(
    request: Request, room: str, person: Person, posted: Posted, *, ask: Ask | None = None
) -> Appended:
    """Checks text and key, and stores; the header's key wins over the body's."""
    services = services_of(request)
    posted = _checked(request, posted)
    async with services.posting.paid(person) as spent:
        draft = await make_draft(services, room, person, posted)
        if ask is not None:
            draft = replace(draft, extra=replace(draft.extra, ask=ask))
        appended = await services.posting.append(draft, person, spent)
    if not appended.is_replay:
        await services.mentionable.note(room, appended.entry.id, draft.extra.mentions)
    note_post(services, room, person)
    return appended


def _checked(request: Request, posted: Posted) -> Posted:
    """With text and key as they are kept. What is malformed is so whatever limit is used up."""
    text = check_text(posted.text, services_of(request).settings.max_text)
    return Posted(text, key_of(request, posted.key), posted.reply_to, posted.update_key)


async def make_draft(services: Services, room: str, person: Person, posted: Posted) -> Draft:
    """Of text and key that were checked; opens the room if it is new, and raises like that."""
    text = posted.text
    # Most messages answer none and name nobody. A reply to none must not open a room.
    reply_to = None
    if posted.reply_to is not None:
        reply_to = await _find_reply_to(services, person, room, posted.reply_to)
    await services.room_creation.open_if_new(person, room)
    named = (await services.mentionable.find(room, text)).author_ids if may_mention(text) else ()
    extra = Extra(reply_to, named) if reply_to or named else NOTHING_MORE
    return Draft(room, person.author, text, posted.key, extra=extra)


def note_post(services: Services, room: str, person: Person) -> None:
    if room == services.settings.default_room or services.people_cache.knows_room(room):
        services.presence.mark(room, person.author)
    else:
        # It may be the first here: names are kept for long only once there is an entry.
        services.presence.renew(room, person.author)
    services.moderation.note_address(person)
    # With the message its author stopped typing; going on is news at once.
    services.typing.forget((room, person.author.author_id))


async def _update(
    request: Request, room: str, person: Person, posted: Posted, update_key: str
) -> Response:
    """The author's message of this key: 201 for a new one, 200 with its new text, or as it is where
    the idempotency key says that this text was sent before."""
    services = services_of(request)
    posted = _checked(request, posted)
    async with services.posting.paid(person) as spent:
        draft = await make_draft(services, room, person, posted)
        updated = await services.posting.update(draft, update_key, person, spent)
    if updated.is_new:
        await services.mentionable.note(room, updated.entry_id, draft.extra.mentions)
    note_post(services, room, person)
    entry = await services.store.read_entry(room, updated.entry_id)
    if entry is None:
        raise NotFound(f"the message {updated.entry_id} was deleted meanwhile; send it again")
    if not (updated.is_new or updated.is_replay) and entry.text != draft.text:
        # It becomes an edit when a second has passed since the last one.
        entry = replace(entry, text=draft.text, html=html_of(draft.text), is_edited=True)
    headers = {"Location": f"/chat/{room}/messages/{entry.id}"}
    if updated.is_replay:
        headers["Idempotency-Replayed"] = "true"
    proof = proof_of(request, person, entry, is_new=updated.is_new)
    status = 201 if updated.is_new else 200
    return json_response({**entry.as_json(), **proof}, status=status, headers=headers)


async def _find_reply_to(services: Services, person: Person, room: str, text: str) -> EntryId:
    reply_to = parse_id(text)
    # The answer quotes it: a token that only posts would read the room message by message.
    await services.permissions.require(person, Action.READ, room)
    if await services.store.read_entry(room, reply_to) is None:
        raise Malformed(
            f"reply_to={text!r}: there is no such message to answer; "
            "GET …/messages of the room lists those that are kept",
            field="reply_to",
        )
    return reply_to


def appended_response(request: Request, person: Person, appended: Appended) -> Response:
    entry = appended.entry
    proof = proof_of(request, person, entry, is_new=not appended.is_replay)
    headers = {
        "Location": f"/chat/{entry.room}/messages/{entry.id}",
        **services_of(request).posting.headers_for(person),
    }
    if appended.is_replay:
        headers["Idempotency-Replayed"] = "true"
    return json_response(
        {**entry.as_json(), **proof}, status=200 if appended.is_replay else 201, headers=headers
    )
