"""Signing in, under a name or to an account, and out."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import BadName, Unauthorized
from sse_chat.people.accounts import Account
from sse_chat.people.invitations import is_code
from sse_chat.people.limits import ADDRESS_NAMES, PERSON_NAMES, charges_of
from sse_chat.people.register import digest_of
from sse_chat.people.roles import Person, Role
from sse_chat.people.sessions import COOKIE_MAX_AGE_S
from sse_chat.web.cookies import cookie_of
from sse_chat.web.proxied import client_address
from sse_chat.web.requests import (
    cookie_name,
    person_of,
    read_fields,
    services_of,
)
from sse_chat.web.responses import json_response, page_or


async def get_session(request: Request) -> Response:
    return json_response(session_shape(await person_of(request)))


async def post_session(request: Request) -> Response:
    fields = await read_fields(request)
    name, password = fields.get("name"), fields.get("password")
    if not isinstance(name, str):
        raise BadName("the field name is missing; it is a string of 1 to 32 characters")
    if password:
        if not isinstance(password, str):
            raise Unauthorized("the password is a string")
        return await _sign_in(request, fields, name, password)
    return await _take_name(request, fields, name)


async def _sign_in(request: Request, fields: dict[str, Any], name: str, password: str) -> Response:
    address = client_address(request)
    account = await services_of(request).identities.sign_in(name, password, address)
    return await begin_session(request, fields, account)


async def begin_session(
    request: Request, fields: dict[str, Any], account: Account, *, status: int = 200
) -> Response:
    """The answer to someone who has just proved to be this account."""
    session_id = await services_of(request).accounts.begin_session(account)
    person = Person(account.author, account.role, client_address(request), session_id)
    return _signed_in(request, fields, person, status)


async def _take_name(request: Request, fields: dict[str, Any], name: str) -> Response:
    """A guest; one that is known already stays the same person under the new name."""
    services = services_of(request)
    address = client_address(request)
    cookie = cookie_of(request, cookie_name(request))
    known = services.sessions.of_cookie(cookie) if cookie else None
    is_guest = known is not None and not known.session_id
    author = services.sessions.new_guest(name, known.author if known and is_guest else None)
    if await services.accounts.reserved_by(author.name):
        raise Unauthorized("this name is an account's, or looks like it; give its password")
    person = Person(author, Role.GUEST if is_guest else Role.NOBODY, address)
    await services.identities.charge_all(charges_of(person, PERSON_NAMES, ADDRESS_NAMES))
    person = Person(author, Role.GUEST, address)
    return _signed_in(request, fields, person)


async def end_session(request: Request) -> Response:
    """With `everywhere=1` all sessions of the account end."""
    fields = await read_fields(request)
    services = services_of(request)
    cookie = cookie_of(request, cookie_name(request))
    known = services.sessions.of_cookie(cookie) if cookie else None
    if known is not None and known.session_id:
        is_everywhere = str(fields.get("everywhere", "")) in ("1", "True")
        only = "" if is_everywhere else digest_of(known.session_id)
        await services.accounts.end_sessions(known.author.author_id, only=only)
    response = page_or(request, json_response(session_shape(None)), fields)
    response.delete_cookie(
        cookie_name(request),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


def _signed_in(
    request: Request, fields: dict[str, Any], person: Person, status: int = 200
) -> Response:
    code = str(fields.get("invitation", ""))
    # Only with a name to enter a room by; an account's invitation is used by now.
    page = f"/invite/{code}" if request.scope["path"] == "/session" and is_code(code) else ""
    response = page_or(request, json_response(session_shape(person), status=status), fields, page)
    response.set_cookie(
        cookie_name(request),
        services_of(request).sessions.to_cookie(person.author, person.session_id),
        max_age=COOKIE_MAX_AGE_S,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


def session_shape(person: Person | None) -> dict[str, Any]:
    if person is None or not person.is_named:
        return {"name": None, "guest": True, "author_id": None, "role": "nobody"}
    author = person.author
    return {
        "name": author.name,
        "guest": author.guest,
        "author_id": author.author_id,
        "role": person.role.name.lower(),
    }
