"""A person's card: who an author is, in the eyes of somebody who may read the room."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.author_ids import AuthorId
from sse_chat.conversations import Conversation
from sse_chat.errors import NotFound
from sse_chat.ids import format_ms
from sse_chat.people.records import Account
from sse_chat.people.roles import Person, Role
from sse_chat.room_names import direct_room
from sse_chat.services import Services
from sse_chat.web.http.read_charges import charged, reader_of
from sse_chat.web.http.requests import room_of, services_of
from sse_chat.web.http.responses import json_response


@charged
async def get_person(request: Request) -> Response:
    """Of an account, or of a guest who was there in the last 30 days."""
    services, room = services_of(request), room_of(request)
    reader = await reader_of(request, room)
    author_id = AuthorId(request.path_params["author_id"])
    account = await services.accounts.find_any(author_id)
    known = await services.directory.find_known(room, author_id)
    if account is None and known is None:
        raise NotFound(f"nobody of the id {author_id[:40]!r} was here lately")
    payload: dict[str, Any] = {
        "author_id": author_id,
        "name": account.name if account else known.author.name if known else "",
        "guest": account is None,
        "role": await _role_of(services, room, account),
        "since": format_ms(account.since_s * 1000) if account and account.since_s else None,
        "last_here": format_ms(known.seen_s * 1000) if known else None,
        "here": known is not None and known.is_here,
    }
    return json_response(payload | await _between(services, reader, account))


async def _role_of(services: Services, room: str, account: Account | None) -> str:
    """In this room."""
    if account is None:
        return Role.GUEST.name.lower()
    if account.has_ended:
        return "ended"
    person = Person(account.author, account.role, "")
    return (await services.permissions.role_in(person, room)).name.lower()


async def _between(services: Services, reader: Person, account: Account | None) -> dict[str, Any]:
    """What these two have to do with each other: `dm` is None where they cannot write alone."""
    if account is None or account.has_ended or not reader.is_account:
        return {"dm": None, "blocked": False}
    room = direct_room(reader.author.author_id, account.account_id)
    return {
        "dm": Conversation(room, account.author).called,
        "blocked": await services.direct.has_blocked(reader, account.account_id),
    }
