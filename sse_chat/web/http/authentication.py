"""Who asks, whether they may do what they ask for, and what it costs them."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import OtherAuthor, Unauthorized
from sse_chat.events import Author
from sse_chat.people.limits import ADDRESS_CHANGES, PERSON_CHANGES, charges_of, charges_of_change
from sse_chat.people.roles import Action, Person, Role
from sse_chat.web.http.access_log import PERSON
from sse_chat.web.http.cookies import cookie_name, cookie_of, set_own_cookie
from sse_chat.web.http.proxied import RENEWED_COOKIE, client_address
from sse_chat.web.http.requests import WHOLE_BODY, read_fields, services_of

# Where a second factor is set up, or one signs out, by people who must have one and do not yet.
_WITHOUT_FACTOR = ("/account", "/session")
_Body = TypeVar("_Body")


async def person_of(request: Request) -> Person:
    """Who the request says it is: Authorization first, then the cookie, else its address.

    Raises Unauthorized, Malformed, BadName, TooMany, OtherAuthor, FactorNeeded.
    """
    identities = services_of(request).identities
    address = client_address(request)
    headers = request.headers
    cookie = cookie_of(request, cookie_name(request)) if "cookie" in headers else None
    authorization = headers.get("authorization")
    if authorization is not None:
        person = await identities.of_authorization(authorization, address)
    else:
        found = await identities.of_cookie(cookie, address) if cookie else None
        person = found or identities.of_address(address)
        if cookie and found and services_of(request).sessions.is_due(cookie):
            _renew(request, cookie)
    request.scope[PERSON] = person
    services_of(request).last_seen.note(person)
    _check_author(headers.get("author-id"), person)
    if person.role > Role.GUEST and not request.scope["path"].startswith(_WITHOUT_FACTOR):
        await identities.require_factor(person)
    return person


def _renew(request: Request, cookie: str) -> None:
    """The answer, whatever it is, has the cookie signed anew: its person is still here."""
    sessions = services_of(request).sessions
    signed = sessions.of_cookie(cookie)
    if signed is not None:
        value = sessions.to_cookie(signed.author, signed.session_id, signed.began_s)
        response, age_s = Response(), sessions.max_age_s(signed.began_s)
        set_own_cookie(request, response, cookie_name(request), value, age_s)
        request.scope[RENEWED_COOKIE] = response.headers["set-cookie"].encode("latin-1")


def _check_author(expected: str | None, person: Person) -> None:
    """A page says whom it shows; `none` is somebody without a name. Raises OtherAuthor."""
    if expected is not None and expected != (
        person.author.author_id if person.is_named else "none"
    ):
        if not person.is_named:
            raise OtherAuthor("you were signed out; nothing was done")
        raise OtherAuthor("somebody else is signed in in this browser now; nothing was done")


async def person_for(request: Request, action: Action, room: str) -> Person:
    """Whoever asks, if they may do this in the room; raises what `person_of` and `require` do."""
    person = await person_of(request)
    await services_of(request).permissions.require(person, action, room)
    return person


async def person_and_fields(
    request: Request, action: Action, room: str
) -> tuple[Person, dict[str, Any]]:
    """What every change by fields begins with; see `person_and_body`."""
    return await person_and_body(request, action, room, read_fields)


async def person_and_body(
    request: Request, action: Action, room: str, read: Callable[[Request], Awaitable[_Body]]
) -> tuple[Person, _Body]:
    """Whoever asks, if they may do this in the room, and what they sent: it may take half a minute,
    so they must still be allowed to when all of it is here. Raises what `person_for` and `read` do.
    """
    person = await person_for(request, action, room)
    body = await read(request)
    if WHOLE_BODY not in request.scope:
        person = await services_of(request).authorizer.require_still(person, action, room)
    return person, body


async def charge_sign(request: Request, person: Person) -> None:
    """For what is told to a room and kept nowhere; raises TooMany."""
    charges = charges_of(person, PERSON_CHANGES, ADDRESS_CHANGES)
    await services_of(request).identities.charge_all(charges)


async def charge_change(request: Request, person: Person) -> None:
    """For what a room keeps and is no post; raises TooMany."""
    await services_of(request).identities.charge_all(charges_of_change(person))


def author_of(person: Person) -> Author:
    """Raises Unauthorized without a name."""
    if not person.is_named:
        raise Unauthorized("this needs a name: sign in on the page, or use curl -u NAME:")
    return person.author
