"""Passkeys of one's own account, and signing in with one."""

from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Malformed, Unauthorized
from sse_chat.people.limits import ADDRESS_SIGN_INS
from sse_chat.people.networks import network_of
from sse_chat.people.passkeys import MAX_LABEL, Site
from sse_chat.web.http.form_redisplay import redisplayed_on
from sse_chat.web.http.negotiation import accepts_html
from sse_chat.web.http.proxied import base_url, client_address
from sse_chat.web.http.requests import read_fields, services_of
from sse_chat.web.http.responses import json_response, page_or
from sse_chat.web.people.account import account_page, own_account_and_fields
from sse_chat.web.people.confirming import confirm
from sse_chat.web.people.session import begin_session


def _site_of(request: Request) -> Site:
    url = urlsplit(base_url(request, services_of(request).settings.public_url))
    return Site(url.hostname or "", f"{url.scheme}://{url.netloc}")


async def begin_passkey(request: Request) -> Response:
    """`options` for `navigator.credentials.create`, and the `ticket` to send along."""
    person, account, fields = await own_account_and_fields(request)
    await confirm(request, person, account, fields, is_always=True)
    return json_response(await services_of(request).passkeys.begin(account, _site_of(request)))


@redisplayed_on(account_page)
async def add_passkey(request: Request) -> Response:
    """`credential`, `ticket`, `label`: 201; with the first factor come the recovery codes."""
    person, account, fields = await own_account_and_fields(request)
    services = services_of(request)
    ticket, label = _text(fields, "ticket"), _text(fields, "label") or "Passkey"
    codes = await services.passkeys.add(
        account, fields.get("credential"), ticket, label, _site_of(request), person
    )
    if codes:
        # Whoever signed in by the password alone signs in again.
        spared = person.session_id
        await services.accounts.end_sessions(account.account_id, but=spared, by=person)
    if accepts_html(request.headers.get("accept", "")):
        return await account_page(request, codes=codes)
    return json_response({"label": label[:MAX_LABEL], "recovery_codes": codes}, status=201)


@redisplayed_on(account_page)
async def rename_passkey(request: Request) -> Response:
    person, account, fields = await own_account_and_fields(request)
    label = _text(fields, "label").strip()[:MAX_LABEL]
    if not label:
        raise Malformed(f"label is 1 to {MAX_LABEL} characters")
    passkey_id = request.path_params["passkey_id"]
    await services_of(request).factors.rename_passkey(account, passkey_id, label, person)
    return page_or(request, json_response({"label": label}), fields, "/account")


@redisplayed_on(account_page)
async def remove_passkey(request: Request) -> Response:
    person, account, fields = await own_account_and_fields(request)
    await confirm(request, person, account, fields, is_always=True)
    passkey_id = request.path_params["passkey_id"]
    await services_of(request).factors.remove_passkey(account, passkey_id, person)
    return page_or(request, json_response({"removed": passkey_id}), fields, "/account")


async def begin_passkey_sign_in(request: Request) -> Response:
    """`options` for `navigator.credentials.get`, and the `ticket` to send along."""
    await _charge(request)
    return json_response(await services_of(request).passkeys.begin_sign_in(_site_of(request)))


async def sign_in_by_passkey(request: Request) -> Response:
    """`credential` and `ticket`: it says whose it is, and stands for password and code."""
    fields = await read_fields(request)
    await _charge(request)
    services = services_of(request)
    ticket = _text(fields, "ticket")
    account = await services.passkeys.find(fields.get("credential"), ticket, _site_of(request))
    if not account.password:
        raise Unauthorized("a bot has tokens only")
    await services.identities.note_place(account, client_address(request))
    return await begin_session(request, fields, account)


async def _charge(request: Request) -> None:
    network = network_of(client_address(request))
    await services_of(request).identities.charge((ADDRESS_SIGN_INS, network))


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise Malformed(f"{name} is a text")
    return value
