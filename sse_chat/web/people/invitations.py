"""Invitations as links: the page behind one, and taking it up."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sse_chat.errors import Forbidden
from sse_chat.people.invitations import no_invitation
from sse_chat.people.limits import ADDRESS_ACCOUNTS
from sse_chat.people.networks import network_of
from sse_chat.people.passwords import check_password
from sse_chat.people.records import Invitation
from sse_chat.web.http.authentication import person_of
from sse_chat.web.http.negotiation import accepts_html
from sse_chat.web.http.proxied import base_url, client_address
from sse_chat.web.http.requests import read_fields, services_of
from sse_chat.web.http.responses import NO_STORE, json_response, see_other
from sse_chat.web.http.templating import render_page
from sse_chat.web.people.session import finish_sign_in


async def get_invitation(request: Request) -> Response:
    """What the link is for, and the form that takes it up."""
    code = request.path_params["code"]
    if accepts_html(request.headers.get("accept", "")):
        return await invitation_page(request, code)
    found = await _find(request, code)
    url = f"{base_url(request, services_of(request).settings.public_url)}/invite/{code}"
    text = f"{_describe(found)}; open it in a browser: {url}\n"
    return PlainTextResponse(text, headers=NO_STORE)


async def _find(request: Request, code: str) -> Invitation:
    found = await services_of(request).invitations.find(code)
    if found is None:
        raise no_invitation()
    return found


async def invitation_page(request: Request, code: str) -> Response:
    """With the form that takes it up; raises NotFound."""
    found = await _find(request, code)
    person = await person_of(request)
    return render_page(
        request,
        "invitation.html",
        headers={"Cache-Control": "no-store", "Referrer-Policy": "strict-origin"},
        room=found.room,
        role=found.role.name.lower(),
        resets=bool(found.account_id),
        code=code,
        name=person.author.name if person.is_named else "",
    )


def _describe(invitation: Invitation) -> str:
    if invitation.room:
        return f"an invitation into {invitation.room}"
    return "a link for a new password" if invitation.account_id else "an invitation for an account"


async def accept_invitation(request: Request) -> Response:
    """Into a room: whoever is signed in is let in. With `password`: the new one of the account
    that the link was made for, which is signed in."""
    services, code = services_of(request), request.path_params["code"]
    found = await _find(request, code)
    if found.account_id:
        return await _set_password(request, found)
    if not found.room:
        raise Forbidden(
            "this invitation is for a new account: POST /account with name, password and "
            "invitation, or open the link in a browser"
        )
    person = await person_of(request)
    if not person.is_proven or person.grant is not None:
        raise Forbidden("sign in first, so that the room can recognise you")
    await services.room_administration.enter(code, found, person)
    if accepts_html(request.headers.get("accept", "")):
        return see_other(f"/chat/{found.room}")
    return json_response({"room": found.room})


async def _set_password(request: Request, invitation: Invitation) -> Response:
    services, code = services_of(request), request.path_params["code"]
    fields = await read_fields(request)
    account = await services.accounts.find(invitation.account_id)
    if account is None:
        raise no_invitation()
    password = check_password(fields.get("password"), account.name)
    address = client_address(request)
    await services.identities.charge((ADDRESS_ACCOUNTS, network_of(address)))
    hashed = await services.identities.passwords.hash(password)
    account = await services.accounts.reset_password(
        account.account_id, hashed, code, address=address
    )
    return await finish_sign_in(request, {}, account)
