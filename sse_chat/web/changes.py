"""Changing a message: editing its text, and deleting it. By POST, as some paths know no others."""

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Malformed, NotFound
from sse_chat.events import Author, Draft, Entry
from sse_chat.ids import EntryId, parse_id
from sse_chat.inbound import check_text, parse_body
from sse_chat.web.negotiation import accepts_html
from sse_chat.web.requests import author_of, read_body, room_of, services_of
from sse_chat.web.responses import json_response, see_other


async def edit_message(request: Request) -> Response:
    """The new text comes in any form that a post has."""
    services = services_of(request)
    author = author_of(request)
    target = target_of(request)
    posted = parse_body(await read_body(request), request.headers.get("content-type"))
    text = check_text(posted.text, services.settings.max_text)
    draft = Draft(room_of(request), author, text, kind="edit", target=target)
    return _changed(request, await services.store.edit(draft, is_own=not _may_change_all(author)))


async def delete_message(request: Request) -> Response:
    author = author_of(request)
    draft = Draft(room_of(request), author, "", kind="delete", target=target_of(request))
    store = services_of(request).store
    return _changed(request, await store.delete(draft, is_own=not _may_change_all(author)))


def target_of(request: Request) -> EntryId:
    """The message that the path names; raises NotFound, for a malformed id too."""
    try:
        return parse_id(request.path_params["entry_id"])
    except Malformed as exc:
        raise NotFound(exc.detail) from exc


def _may_change_all(author: Author) -> bool:
    return False


def _changed(request: Request, entry: Entry) -> Response:
    if accepts_html(request.headers.get("accept", "")):
        return see_other(f"/chat/{entry.room}")
    headers = {"Location": f"/chat/{entry.room}/messages/{entry.id}"}
    return json_response(entry.as_json(), status=201, headers=headers)
