"""Signing in, under a name or to an account, and out."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.author_ids import AuthorId, is_guest
from sse_chat.errors import BadName, CodeNeeded, Forbidden, NotFound, Unauthorized
from sse_chat.people.accounts import an_accounts_name
from sse_chat.people.invitations import is_code
from sse_chat.people.limits import ADDRESS_NAMES, PERSON_NAMES, charges_of
from sse_chat.people.records import Account, digest_of
from sse_chat.people.roles import Action, Person, Role
from sse_chat.people.sessions import Signed
from sse_chat.services import Services
from sse_chat.switches import parse_switch
from sse_chat.web.http.access_log import PERSON
from sse_chat.web.http.authentication import person_of
from sse_chat.web.http.cookies import (
    BROWSER_SUFFIX,
    browser_of,
    cookie_name,
    cookie_of,
    set_own_cookie,
)
from sse_chat.web.http.negotiation import accepts_html
from sse_chat.web.http.proxied import client_address, root_of
from sse_chat.web.http.requests import read_fields, services_of
from sse_chat.web.http.responses import json_response, page_or
from sse_chat.web.http.templating import render_page
from sse_chat.web.people.confirming import confirm

_BROWSER_AGE_S = 365 * 24 * 3600
_SIGN_IN, _TICKET_S = "sign in", 300


async def get_session(request: Request) -> Response:
    return json_response(session_payload(await person_of(request)))


async def post_session(request: Request) -> Response:
    fields = await read_fields(request)
    name, password, ticket = (fields.get(each) for each in ("name", "password", "ticket"))
    if isinstance(ticket, str) and ticket:
        return await _go_on(request, fields, ticket)
    if not isinstance(name, str):
        raise BadName("the field name is missing; it is a string of 1 to 32 characters")
    if password:
        if not isinstance(password, str):
            raise Unauthorized("the password is a string")
        return await _sign_in(request, fields, name, password)
    return await _take_name(request, fields, name)


async def _sign_in(request: Request, fields: dict[str, Any], name: str, password: str) -> Response:
    address = client_address(request)
    identities = services_of(request).identities
    account = await identities.check_password(name, password, address, browser_of(request))
    return await finish_sign_in(request, fields, account)


async def finish_sign_in(request: Request, fields: dict[str, Any], account: Account) -> Response:
    """Once the password was right: by the second factor in `code`, where there is one.

    Without it a browser gets the page that asks for it; else it raises CodeNeeded, with a `ticket`
    that stands for name and password for five minutes.
    """
    services, address = services_of(request), client_address(request)
    if await services.factors.is_on(account.account_id):
        ticket = services.sessions.to_ticket(
            _SIGN_IN, account.account_id, digest_of(account.password)
        )
        try:
            code = fields.get("code")
            if not isinstance(code, str) or not code:
                raise CodeNeeded("this account has a second factor: send its code as code")
            await services.identities.check_code(account, code, address, browser_of(request))
        except CodeNeeded as exc:
            exc.fields["ticket"] = ticket
            if not accepts_html(request.headers.get("accept", "")):
                raise
            problem = exc.detail if fields.get("code") else ""
            return _code_page(request, fields, ticket, problem)
    await services.identities.note_place(account, address)
    return await begin_session(request, fields, account)


def _code_page(request: Request, fields: dict[str, Any], ticket: str, problem: str) -> Response:
    kept = {name: fields[name] for name in ("room", "invitation") if name in fields}
    return render_page(request, "code.html", status=401, ticket=ticket, problem=problem, kept=kept)


async def _go_on(request: Request, fields: dict[str, Any], ticket: str) -> Response:
    """The second half of signing in; raises Unauthorized when it takes too long."""
    services = services_of(request)
    known = services.sessions.of_ticket(_SIGN_IN, ticket, _TICKET_S)
    account = await services.accounts.find(AuthorId(known[0])) if known else None
    if known is None or account is None or known[1] != digest_of(account.password):
        raise Unauthorized("this sign-in took too long, or the password has changed; start again")
    return await finish_sign_in(request, fields, account)


async def begin_session(
    request: Request, fields: dict[str, Any], account: Account, *, status: int = 200
) -> Response:
    """The answer to someone who has just proved to be this account.

    The session that this browser had before ends.
    """
    services = services_of(request)
    session_id = await services.accounts.begin_session(account)
    if before := _signed(request):
        await _end(services, before)
    person = Person(account.author, account.role, client_address(request), session_id)
    # Anything else would say only that a second factor is missing.
    page = "/account" if await services.factors.is_missing(person) else ""
    response = await _signed_in(request, fields, person, status, page)
    if not services.sessions.knows_browser(account.account_id, browser_of(request)):
        value = services.sessions.new_browser(account.account_id)
        name = cookie_name(request) + BROWSER_SUFFIX
        set_own_cookie(request, response, name, value, _BROWSER_AGE_S)
    return response


def _signed(request: Request) -> Signed | None:
    """What the cookie says; that the session goes on is not known here."""
    cookie = cookie_of(request, cookie_name(request))
    return services_of(request).sessions.of_cookie(cookie) if cookie else None


async def _end(services: Services, signed: Signed) -> None:
    author_id = signed.author.author_id
    if signed.session_id:
        await services.accounts.end_sessions(author_id, only=digest_of(signed.session_id))
    else:
        await services.guests.end(author_id)


async def _take_name(request: Request, fields: dict[str, Any], name: str) -> Response:
    """A guest; one that is known already stays the same person under the new name."""
    services = services_of(request)
    address = client_address(request)
    known = _signed(request)
    is_guest = (
        known is not None
        and not known.session_id
        and not await services.guests.has_ended(known.author.author_id)
    )
    author = services.sessions.new_guest(name, known.author if known and is_guest else None)
    if await services.accounts.reserved_by(author.name):
        raise an_accounts_name()
    person = Person(author, Role.GUEST if is_guest else Role.NOBODY, address)
    request.scope[PERSON] = person
    await services.identities.charge_all(charges_of(person, PERSON_NAMES, ADDRESS_NAMES))
    person = Person(author, Role.GUEST, address)
    return await _signed_in(request, fields, person)


async def end_session(request: Request) -> Response:
    """With `everywhere=1` all sessions of the account end; with `who` an owner ends another's."""
    fields = await read_fields(request)
    services = services_of(request)
    if who := fields.get("who"):
        return await _end_others(request, str(who), fields)
    known = _signed(request)
    is_everywhere = parse_switch("everywhere", fields.get("everywhere"))
    if known is not None and known.session_id and is_everywhere:
        if await services.accounts.has_session(known.author.author_id, known.session_id):
            await services.accounts.end_sessions(known.author.author_id)
    elif known is not None:
        await _end(services, known)
    response = page_or(request, json_response(session_payload(None)), fields)
    if not root_of(request):
        # Drafts and unsent messages. Under a path the storage is that of other pages too.
        response.headers["Clear-Site-Data"] = '"storage"'
    set_own_cookie(request, response, cookie_name(request), "", 0)
    return response


async def _end_others(request: Request, who: str, fields: dict[str, Any]) -> Response:
    """All sessions of an account, by its name or author_id, or those of a guest by author_id."""
    services = services_of(request)
    person = await person_of(request)
    await services.permissions.require(person, Action.MANAGE_PEOPLE)
    account = await services.accounts.find(person.author.author_id)
    if account is not None:
        await confirm(request, person, account, fields)
    author_id = await services.moderation.find("", who)
    if is_guest(author_id):
        await services.guests.end(author_id, by=person)
    else:
        await services.accounts.end_sessions(author_id, by=person)
    return json_response({"ended": author_id})


async def _signed_in(
    request: Request, fields: dict[str, Any], person: Person, status: int = 200, page: str = ""
) -> Response:
    code = str(fields.get("invitation", ""))
    # Only with a name to enter a room by; an account's invitation is used by now.
    if not page and request.scope["path"] == "/session" and is_code(code):
        page = await _enter(request, code, person)
    response = page_or(request, json_response(session_payload(person), status=status), fields, page)
    value = services_of(request).sessions.to_cookie(person.author, person.session_id)
    age_s = services_of(request).sessions.max_age_s()
    set_own_cookie(request, response, cookie_name(request), value, age_s)
    return response


async def _enter(request: Request, code: str, person: Person) -> str:
    """Into the room that someone was invited to: who chose a name there has said yes."""
    services = services_of(request)
    found = await services.invitations.find(code)
    if found is None or not found.room:
        return f"/invite/{code}"
    try:
        await services.room_administration.enter(code, found, person)
    except (Forbidden, NotFound):
        # The page of the invitation says why.
        return f"/invite/{code}"
    return f"/chat/{found.room}"


def session_payload(person: Person | None) -> dict[str, Any]:
    if person is None or not person.is_named:
        return {"name": None, "guest": True, "author_id": None, "role": "nobody"}
    author = person.author
    return {
        "name": author.name,
        "guest": author.guest,
        "author_id": author.author_id,
        "role": person.role.name.lower(),
    }
