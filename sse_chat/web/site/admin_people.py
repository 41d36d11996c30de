"""The owner's page of accounts: who there is, and what is done to them. By form or JSON."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Forbidden, Malformed
from sse_chat.ids import format_ms
from sse_chat.numbers import parse_whole
from sse_chat.people.administration import MAX_INVITE_DAYS
from sse_chat.people.records import Account
from sse_chat.people.roles import Action, Person
from sse_chat.web.http.authentication import person_of
from sse_chat.web.http.form_redisplay import redisplayed_on
from sse_chat.web.http.negotiation import accepts_html
from sse_chat.web.http.requests import query_of, services_of, text_field
from sse_chat.web.http.responses import json_response, see_other
from sse_chat.web.http.shared_url import shared_url
from sse_chat.web.http.templating import render_long_page
from sse_chat.web.people.account import own_account_and_fields
from sse_chat.web.people.confirming import confirm, needs_password

PAGE = "/admin/people"
_DECIDES_WHO_SIGNS_IN = ("reset", "factor_off")


async def owner_of(request: Request) -> Person:
    """Whoever asks, if they own the server; raises Unauthorized, Forbidden."""
    person = await person_of(request)
    await services_of(request).permissions.require(person, Action.MANAGE_PEOPLE)
    return person


async def owner_and_fields(request: Request) -> tuple[Person, dict[str, Any]]:
    """For an act on an account: the owner has given the password lately, or sends it along."""
    await owner_of(request)
    person, account, fields = await own_account_and_fields(request)
    await services_of(request).permissions.require(person, Action.MANAGE_PEOPLE)
    await confirm(request, person, account, fields)
    return person, fields


async def get_people(request: Request) -> Response:
    """Every account; with `who` one, and its sessions and tokens."""
    person = await owner_of(request)
    is_page = accepts_html(request.headers.get("accept", ""))
    administration = services_of(request).administration
    who = query_of(request).get("who")
    if who is not None:
        found = await administration.describe(who)
        if is_page:
            return await render_long_page(request, "admin_person.html", part="people", person=found)
        return json_response(found)
    if is_page:
        return await _people_page(request, person)
    return json_response({"people": await administration.list_people()})


async def _people_page(
    request: Request, person: Person, *, link: str = "", link_for: str = ""
) -> Response:
    services = services_of(request)
    return await render_long_page(
        request,
        "admin_people.html",
        part="people",
        people=await services.administration.list_people(),
        me=person.author.author_id,
        link=link,
        link_for=link_for,
        needs_password=await needs_password(request, person),
    )


@redisplayed_on(get_people)
async def post_people(request: Request) -> Response:
    """`act` (one of ACTS), `who` (a name or author_id), and for `role` the new one. `reset` answers
    201 with a link at which a new password is set; `erase` needs the name as `confirm`."""
    person, fields = await owner_and_fields(request)
    administration = services_of(request).administration
    act, who = text_field(fields, "act"), text_field(fields, "who")
    if act in _DECIDES_WHO_SIGNS_IN:
        account = await administration.find(who)
        if account.account_id == person.author.author_id:
            # As on the account page: else a session that is left open is enough.
            await confirm(request, person, account, fields, is_always=True)
    if act == "reset":
        account = await administration.find(who)
        code, until_s = await administration.reset(account, person)
        return await _link_response(request, person, code, until_s, account)
    if act == "erase":
        return await _erase(request, person, await administration.find(who), fields)
    role = text_field(fields, "role")
    account = await administration.act(act, who, person, role=role)
    if accepts_html(request.headers.get("accept", "")):
        return see_other(PAGE)
    payload = {"act": act, "name": account.name, "author_id": account.account_id}
    return json_response(payload | {"role": account.role.name.lower(), "ended": account.has_ended})


async def _erase(
    request: Request, person: Person, account: Account, fields: dict[str, Any]
) -> Response:
    if account.account_id == person.author.author_id:
        raise Forbidden("this is your own account: erase it on your account page")
    if fields.get("confirm") != account.name:
        raise Malformed(
            f"this erases {account.name} for good: send the name again, confirm={account.name}"
        )
    erased = await services_of(request).erasure.erase(account, person)
    if accepts_html(request.headers.get("accept", "")):
        return see_other(PAGE)
    return json_response({"act": "erase", "author_id": account.account_id, **erased})


@redisplayed_on(get_people)
async def post_invite(request: Request) -> Response:
    """A link that makes one account: `role` (member), `days` (7). 201 with the `url`."""
    person, fields = await owner_and_fields(request)
    days = parse_whole("days", fields.get("days", 7), least=1, most=MAX_INVITE_DAYS)
    role = text_field(fields, "role", "member")
    code, until_s = await services_of(request).administration.invite(role, days, person)
    return await _link_response(request, person, code, until_s)


async def _link_response(
    request: Request, person: Person, code: str, until_s: int, account: Account | None = None
) -> Response:
    url = f"{shared_url(request, services_of(request).settings)}/invite/{code}"
    if accepts_html(request.headers.get("accept", "")):
        name = account.name if account else ""
        return await _people_page(request, person, link=url, link_for=name)
    payload = {"url": url, "until": format_ms(until_s * 1000)}
    if account:
        payload |= {"act": "reset", "name": account.name, "author_id": account.account_id}
    return json_response(payload, status=201)
