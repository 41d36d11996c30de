"""An account and what is its own: the password, sessions, tokens."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.author_ids import NOBODY
from sse_chat.errors import BadName, Forbidden, Malformed, NotFound, Unauthorized
from sse_chat.events import parse_room
from sse_chat.ids import format_ms
from sse_chat.numbers import parse_whole
from sse_chat.people.invitations import no_invitation
from sse_chat.people.limits import ADDRESS_ACCOUNTS
from sse_chat.people.networks import network_of
from sse_chat.people.passwords import check_password
from sse_chat.people.records import Account, Invitation
from sse_chat.people.roles import Person, Role
from sse_chat.people.tokens import MAX_TOKEN_DAYS
from sse_chat.settings import Settings
from sse_chat.web.http.authentication import person_of
from sse_chat.web.http.cookies import browser_of
from sse_chat.web.http.form_redisplay import redisplayed_on
from sse_chat.web.http.negotiation import accepts_html
from sse_chat.web.http.proxied import base_url, client_address
from sse_chat.web.http.requests import read_fields, services_of, text_field
from sse_chat.web.http.responses import json_response, page_or
from sse_chat.web.http.templating import render_page
from sse_chat.web.people.confirming import confirm, needs_password
from sse_chat.web.people.session import begin_session, session_payload

_MAX_LABEL = 64
_MAX_ROOMS = 50


async def post_account(request: Request) -> Response:
    """A new account, signed in; with `invitation` it gets the role that the invitation has."""
    services = services_of(request)
    fields = await read_fields(request)
    name, code = fields.get("name"), fields.get("invitation")
    if not isinstance(name, str):
        raise BadName("the field name is missing; it is a string of 1 to 32 characters")
    password = check_password(fields.get("password"), name)
    invitation = await _find_invitation(request, code)
    if invitation is None and not _is_open(services.settings):
        raise Forbidden("you need an invitation to create an account here")
    address = client_address(request)
    await services.identities.charge((ADDRESS_ACCOUNTS, network_of(address)))
    hashed = await services.identities.passwords.hash(password)
    role = invitation.role if invitation else Role.MEMBER
    account = await services.accounts.make(
        name, role, hashed, invitation=str(code) if invitation else ""
    )
    return await begin_session(request, fields, account, status=201)


def _is_open(settings: Settings) -> bool:
    return settings.accounts == "open" and settings.access == "open"


async def _find_invitation(request: Request, code: object) -> Invitation | None:
    if not code:
        return None
    found = await services_of(request).invitations.find(str(code))
    if found is None:
        raise no_invitation()
    if found.room:
        raise Forbidden(
            f"this link lets into the room {found.room} and makes no account: open it, or "
            f"POST /invite/…, to enter as a guest; for an account ask for an invitation"
        )
    if found.account_id:
        raise Forbidden("this link sets a new password for an existing account; open it")
    return found


async def own_account(request: Request) -> tuple[Person, Account]:
    """Of a person with a password or cookie: what a token must not touch."""
    services = services_of(request)
    person = await person_of(request)
    account = await services.accounts.find(person.author.author_id)
    if account is None:
        raise Unauthorized("this needs an account: sign in on the page, or curl -u NAME:PASSWORD")
    if person.grant is not None:
        raise Forbidden("a token cannot do this; sign in with the password")
    return person, account


async def own_account_and_fields(request: Request) -> tuple[Person, Account, dict[str, Any]]:
    """As of when the body is all here: it may take half a minute, and the session end meanwhile."""
    await own_account(request)
    fields = await read_fields(request)
    return *await own_account(request), fields


async def get_account(request: Request) -> Response:
    """Who I am, where I am signed in, and my tokens without their secrets."""
    if accepts_html(request.headers.get("accept", "")):
        return await account_page(request)
    services = services_of(request)
    person, account = await own_account(request)
    sessions = await services.accounts.list_sessions(account.account_id)
    tokens = await services.tokens.list_all(account.account_id)
    blocked = [each.called for each in await services.direct.list_blocked(account.account_id)]
    factor = await services.factors.state(account.account_id)
    payload = {
        **session_payload(person), "sessions": sessions, "tokens": tokens, "blocked": blocked,
        "second_factor": {
            "app": factor.has_app,
            "recovery_codes": factor.codes_left,
            "passkeys": [passkey.as_json() for passkey in factor.passkeys],
        },
    }  # fmt: skip
    return json_response(payload)


async def account_page(
    request: Request,
    token: str = "",
    *,
    app: Mapping[str, str] | None = None,
    codes: Sequence[str] = (),
    is_password_new: bool = False,
) -> Response:
    """With what was made just now, and is shown this once: a token, the key of an app (`secret`
    and `qr`), recovery codes, that the password is another one."""
    services = services_of(request)
    person = await person_of(request)
    account = await services.accounts.find(person.author.author_id)
    is_own = account is not None and person.grant is None
    tokens = await services.tokens.list_all(account.account_id) if account and is_own else []
    blocked = await services.direct.list_blocked(account.account_id) if account and is_own else []
    for each in tokens:
        each["until"] = format_ms(each["until_s"] * 1000)[:10] if each["until_s"] else ""
    return render_page(
        request,
        "account.html",
        blocked=blocked,
        account=account if is_own else None,
        is_open=_is_open(services.settings),
        name=person.author.name if person.is_named else "",
        role=person.role.name.lower(),
        tokens=tokens,
        sessions=await services.accounts.list_sessions(account.account_id) if account else [],
        token=token,
        app=app,
        codes=codes,
        is_password_new=is_password_new,
        factor=await services.factors.state(account.account_id) if account and is_own else None,
        is_required=await services.factors.is_missing(person),
        needs_password=is_own and await needs_password(request, person),
        url=base_url(request, services.settings.public_url),
    )


@redisplayed_on(account_page)
async def post_password(request: Request) -> Response:
    """`old` and `new`. All other sessions end, and with `tokens=end` all tokens."""
    services = services_of(request)
    person, account, fields = await own_account_and_fields(request)
    new = check_password(fields.get("new"), account.name)
    old = str(fields.get("old", ""))
    account = await services.identities.sign_in(
        account.name, old, person.address, browser_of(request)
    )
    hashed = await services.identities.passwords.hash(new)
    await services.accounts.change_password(account, hashed, person)
    if fields.get("tokens") == "end":
        await services.tokens.revoke_all(account.account_id, by=person)
    if accepts_html(request.headers.get("accept", "")):
        return await account_page(request, is_password_new=True)
    left = await services.tokens.list_all(account.account_id)
    # Whoever changes it for fear of somebody has to think of these too.
    return json_response({"changed": "password", "tokens": left})


@redisplayed_on(account_page)
async def post_token(request: Request) -> Response:
    """`label`, `scope` (read, post, both), `rooms` (all when empty), `days` (0: no end), and
    `limit` of its posts, as 50/300.

    The answer is the only place where the token is ever seen.
    """
    person, account, fields = await own_account_and_fields(request)
    await confirm(request, person, account, fields)
    label = text_field(fields, "label")[:_MAX_LABEL]
    token_id, token = await services_of(request).tokens.make(
        account,
        label=label,
        scope=text_field(fields, "scope", "both"),
        rooms=_rooms_of(fields.get("rooms", fields.get("room", ""))),
        days=parse_whole("days", fields.get("days", 0), least=0, most=MAX_TOKEN_DAYS),
        limit=text_field(fields, "limit"),
        by=person,
    )
    if accepts_html(request.headers.get("accept", "")):
        return await account_page(request, token)
    return json_response({"id": token_id, "token": token, "label": label}, status=201)


def _rooms_of(wanted: object) -> list[str]:
    names = wanted if isinstance(wanted, list) else str(wanted).replace(",", " ").split()
    if len(names) > _MAX_ROOMS:
        raise Malformed(f"a token is for {_MAX_ROOMS} rooms at most, or for all")
    return [parse_room(str(name)) for name in names]


@redisplayed_on(account_page)
async def revoke_token(request: Request) -> Response:
    """One of my own; an owner may end anyone's."""
    services = services_of(request)
    person, account, fields = await own_account_and_fields(request)
    await confirm(request, person, account, fields)
    token_id = request.path_params["token_id"]
    whose = NOBODY if account.role is Role.OWNER else account.account_id
    if not await services.tokens.revoke(token_id, account_id=whose, by=person):
        raise NotFound("you have no token of this id")
    return page_or(request, json_response({"revoked": token_id}), fields, "/account")


@redisplayed_on(account_page)
async def post_erase(request: Request) -> Response:
    """One's own account and all that it wrote; the password again, however new the session is."""
    person, account, fields = await own_account_and_fields(request)
    await confirm(request, person, account, fields, is_always=True)
    erased = await services_of(request).erasure.erase(account, person)
    return page_or(request, json_response(erased), fields, "/")
