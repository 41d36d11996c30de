"""Changing a message: editing its text, and deleting it. By POST, as some paths know no others."""

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.author_ids import NOBODY
from sse_chat.errors import Malformed, NotFound, no_entry
from sse_chat.events import Draft, Entry
from sse_chat.ids import ZERO, EntryId, format_ms, parse_id
from sse_chat.inbound import check_text, parse_body
from sse_chat.people.audit_log import Act
from sse_chat.people.roles import Action, Person
from sse_chat.services import Services
from sse_chat.web.http.authentication import charge_change, person_and_body, person_for
from sse_chat.web.http.read_charges import charged, reader_of
from sse_chat.web.http.requests import read_body, room_of, services_of
from sse_chat.web.http.responses import entry_response, json_response
from sse_chat.web.messages.proofs import prove


async def edit_message(request: Request) -> Response:
    """The new text comes in any form that a post has."""
    services = services_of(request)
    room = room_of(request)
    person, body = await person_and_body(request, Action.EDIT_OWN, room, read_body)
    target = target_of(request)
    posted = parse_body(body, request.headers.get("content-type"))
    text = check_text(posted.text, services.settings.max_text)
    await charge_change(request, person)
    draft = Draft(room, person.author, text, kind="edit", target=target)
    may_any = await services.permissions.allows(person, Action.EDIT_ANY, room)
    act = await _charge_if_others(services, draft, person) if may_any else None
    if not may_any:
        draft = await prove(request, person, draft)
    entry = await services.store.edit(draft, is_own=not may_any)
    if act is not None:
        await services.audit.record(act)
    return _changed(request, entry)


async def delete_message(request: Request) -> Response:
    services, room = services_of(request), room_of(request)
    person = await person_for(request, Action.DELETE_OWN, room)
    await charge_change(request, person)
    draft = Draft(room, person.author, "", kind="delete", target=target_of(request))
    may_any = await services.permissions.allows(person, Action.DELETE_ANY, room)
    act = await _charge_if_others(services, draft, person) if may_any else None
    if not may_any:
        draft = await prove(request, person, draft)
    entry = await services.store.delete(draft, is_own=not may_any)
    if act is not None:
        await services.audit.record(act)
    return _changed(request, entry)


@charged
async def get_versions(request: Request) -> Response:
    """What a message said before its edits, for moderators."""
    services, room, target = services_of(request), room_of(request), target_of(request)
    person = await reader_of(request, room)
    await services.permissions.require(person, Action.MODERATE, room)
    entries = await services.store.read_versions(room, target)
    if not entries or entries[0].kind != "message":
        raise no_entry(room, target)
    versions = [
        {
            "id": str(entry.id),
            "at": format_ms(entry.id.ms),
            "text": entry.text,
            "author": entry.author.name,
            "author_id": entry.author.author_id,
        }
        for entry in entries
    ]
    return json_response({"versions": versions})


async def _charge_if_others(services: Services, draft: Draft, by: Person) -> Act | None:
    """What moderators do to the messages of others is for the audit log; raises TooMany."""
    entry = await services.store.read_entry(draft.room, draft.target or ZERO)
    if entry is None or entry.author.author_id in (NOBODY, by.author.author_id):
        return None
    did = f"{draft.kind} {draft.target} in {draft.room}"
    return await services.audit.charge(did, to=entry.author.author_id, by=by)


def target_of(request: Request) -> EntryId:
    """The message that the path names; raises NotFound, for a malformed id too."""
    try:
        return parse_id(request.path_params["entry_id"])
    except Malformed as exc:
        raise NotFound(exc.detail) from exc


def _changed(request: Request, entry: Entry) -> Response:
    headers = {"Location": f"/chat/{entry.room}/messages/{entry.id}"}
    return entry_response(request, entry.room, entry, headers=headers)
