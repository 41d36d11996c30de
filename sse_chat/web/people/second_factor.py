"""The second factor of one's own account: an authenticator app, and recovery codes."""

import re
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Malformed
from sse_chat.people.factors import uri_of
from sse_chat.people.records import Account
from sse_chat.people.roles import Person
from sse_chat.web.http.form_redisplay import redisplayed_on
from sse_chat.web.http.negotiation import accepts_html
from sse_chat.web.http.proxied import base_url
from sse_chat.web.http.qr import make_qr
from sse_chat.web.http.requests import FIELDS, services_of
from sse_chat.web.http.responses import json_response, page_or
from sse_chat.web.http.templating import REFUSED
from sse_chat.web.people.account import account_page, own_account, own_account_and_fields
from sse_chat.web.people.confirming import confirm

_SECRET = re.compile("[A-Z2-7]{16,64}")


@redisplayed_on(account_page)
async def begin_app(request: Request) -> Response:
    """201 with the `secret` and the `uri` that a QR code holds, to be confirmed by a code."""
    _, account, _ = await _confirmed(request)
    services = services_of(request)
    secret = await services.factors.begin_app(account)
    if accepts_html(request.headers.get("accept", "")):
        return await _app_page(request, account, secret)
    uri = _uri_of(request, account, secret)
    return json_response({"secret": secret, "uri": uri}, status=201)


def _uri_of(request: Request, account: Account, secret: str) -> str:
    public_url = services_of(request).settings.public_url
    site = urlsplit(base_url(request, public_url)).hostname or "sse-chat"
    return uri_of(secret, account.name, site)


async def _app_page(request: Request, account: Account, secret: str) -> Response:
    qr = make_qr(_uri_of(request, account, secret))
    return await account_page(request, app={"secret": _in_groups(secret), "qr": qr})


async def _app_page_again(request: Request) -> Response:
    """After a wrong code, with the key that the form came with: the app has it already."""
    secret = str(request.scope[FIELDS].get("key", "")).replace(" ", "")
    if request.scope[REFUSED].field != "code" or not _SECRET.fullmatch(secret):
        return await account_page(request)
    _, account = await own_account(request)
    return await _app_page(request, account, secret)


@redisplayed_on(_app_page_again)
async def turn_app_on(request: Request) -> Response:
    """By a `code` of the app; the recovery codes are in this answer alone. Other sessions end."""
    person, account, fields = await own_account_and_fields(request)
    code = fields.get("code")
    if not isinstance(code, str):
        raise Malformed("the field code is missing: the digits that the app shows now")
    services = services_of(request)
    codes = await services.factors.turn_app_on(account, code[:64], person)
    # Whoever signed in by the password alone signs in again.
    await services.accounts.end_sessions(account.account_id, but=person.session_id, by=person)
    return await _codes_response(request, codes)


@redisplayed_on(account_page)
async def turn_app_off(request: Request) -> Response:
    person, account, fields = await _confirmed(request)
    await services_of(request).factors.turn_app_off(account, person)
    return page_or(request, json_response({"app": False}), fields, "/account")


@redisplayed_on(account_page)
async def renew_codes(request: Request) -> Response:
    """201 with new recovery codes; those before them are no good any more."""
    person, account, _ = await _confirmed(request)
    codes = await services_of(request).factors.renew_codes(account, person)
    return await _codes_response(request, codes)


async def _codes_response(request: Request, codes: list[str]) -> Response:
    if accepts_html(request.headers.get("accept", "")):
        return await account_page(request, codes=codes)
    return json_response({"recovery_codes": codes}, status=201)


async def _confirmed(request: Request) -> tuple[Person, Account, dict[str, Any]]:
    """By the password, however new the session is: this decides who signs in from now on."""
    person, account, fields = await own_account_and_fields(request)
    await confirm(request, person, account, fields, is_always=True)
    return person, account, fields


def _in_groups(secret: str) -> str:
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
