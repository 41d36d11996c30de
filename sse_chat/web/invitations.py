"""Invitations as links: the page behind one, and taking it up."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sse_chat.errors import Forbidden, NotFound
from sse_chat.web.negotiation import accepts_html
from sse_chat.web.proxied import base_url
from sse_chat.web.requests import person_of, services_of
from sse_chat.web.responses import NO_STORE, json_response, see_other
from sse_chat.web.templating import render_page


async def get_invitation(request: Request) -> Response:
    """What the link is for, and the form that takes it up."""
    services, code = services_of(request), request.path_params["code"]
    found = await services.invitations.find(code)
    if found is None:
        raise NotFound("this invitation is invalid, expired or already used; ask for a new one")
    if not accepts_html(request.headers.get("accept", "")):
        url = f"{base_url(request, services.settings.public_url)}/invite/{code}"
        what = f"into {found.room}" if found.room else "for an account"
        text = f"an invitation {what}; open it in a browser: {url}\n"
        return PlainTextResponse(text, headers=NO_STORE)
    person = await person_of(request)
    return render_page(
        request,
        "invitation.html",
        headers={"Cache-Control": "no-store", "Referrer-Policy": "strict-origin"},
        room=found.room,
        role=found.role.name.lower(),
        code=code,
        name=person.author.name if person.is_named else "",
    )


async def accept_invitation(request: Request) -> Response:
    """Into a room: whoever is signed in is let in."""
    services = services_of(request)
    person = await person_of(request)
    found = await services.invitations.find(request.path_params["code"])
    if found is None or not found.room:
        raise NotFound("this invitation is invalid, expired or already used; ask for a new one")
    if not person.is_proven or person.grant is not None:
        raise Forbidden("sign in first: the room must know you again")
    rules = await services.permissions.rules_of(found.room)
    if rules.role_of(person) < found.role or person.author.author_id not in rules.roles:
        if await services.permissions.is_banned(person, found.room):
            raise Forbidden(f"you are banned from {found.room}")
        await services.keeping.let_in(request.path_params["code"], found, person)
    if accepts_html(request.headers.get("accept", "")):
        return see_other(f"/chat/{found.room}")
    return json_response({"room": found.room})
