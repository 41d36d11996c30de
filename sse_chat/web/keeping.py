"""A room's rules and people, the links into it, and moderation. All by POST, as forms or JSON."""

from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sse_chat.errors import Forbidden, Malformed, NotFound
from sse_chat.events import parse_room
from sse_chat.ids import format_ms
from sse_chat.people.moderation import Sentence
from sse_chat.people.permissions import SERVER
from sse_chat.people.roles import Action, Person, Role
from sse_chat.people.rules import RoomRules
from sse_chat.web.account import read_days
from sse_chat.web.negotiation import accepts_html
from sse_chat.web.proxied import base_url
from sse_chat.web.requests import number, person_for, person_of, read_fields, room_of, services_of
from sse_chat.web.responses import json_response, page_or, see_other
from sse_chat.web.templating import render_page

_RULES = ("visibility", "read_only", "archived", "slow_s")
_ROLES = {role.name.lower(): role for role in (Role.MEMBER, Role.MODERATOR, Role.OWNER)}


async def post_room(request: Request) -> Response:
    """A new room of one's own, with rules from the start; 403 for one that is there already."""
    services = services_of(request)
    person = await person_of(request)
    fields = await read_fields(request)
    room = parse_room(str(fields.get("room", "")))
    await services.opening.make_new(person, room)
    rules = await services.permissions.rules_of(room)
    if wanted := _wanted(fields):
        rules = await services.keeping.set_rules(room, wanted, person)
    response = json_response(_shape(room, rules), status=201, headers={"Location": f"/chat/{room}"})
    return page_or(request, response, fields, f"/chat/{room}")


async def get_rules(request: Request) -> Response:
    """Who may see and write, and, to those who moderate, who is muted, banned, or has a role."""
    services, room = services_of(request), room_of(request)
    person = await person_for(request, Action.READ, room)
    rules = await services.permissions.rules_of(room)
    shape = _shape(room, rules)
    shape["role"] = rules.role_of(person).name.lower()
    if await services.permissions.allows(person, Action.MODERATE, room):
        shape["roles"] = {who: role.name.lower() for who, role in rules.roles.items()}
        shape["banned_until_s"] = dict(rules.bans.until_s)
        shape["muted_until_s"] = dict(rules.muted_until_s)
    return json_response(shape)


async def post_rules(request: Request) -> Response:
    services, room = services_of(request), room_of(request)
    person = await person_for(request, Action.READ, room)
    fields = await read_fields(request)
    rules = await services.keeping.set_rules(room, _wanted(fields), person)
    return page_or(request, json_response(_shape(room, rules)), fields, f"/chat/{room}")


def _wanted(fields: dict[str, Any]) -> dict[str, str]:
    return {name: _as_word(fields[name]) for name in _RULES if name in fields}


def _as_word(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _shape(room: str, rules: RoomRules) -> dict[str, Any]:
    return {
        "room": room,
        "visibility": rules.visibility,
        "read_only": rules.is_read_only,
        "archived": rules.is_archived,
        "slow_s": rules.slow_s,
    }


async def post_member(request: Request) -> Response:
    """`who` and `role`: member, moderator, owner, or none."""
    services, room = services_of(request), room_of(request)
    person = await person_for(request, Action.MANAGE_ROOM, room)
    fields = await read_fields(request)
    wanted = str(fields.get("role", "member"))
    if wanted != "none" and wanted not in _ROLES:
        raise Malformed(f"role={wanted[:20]!r}: one of {', '.join(_ROLES)}, none")
    author_id = await services.moderation.find(room, str(fields.get("who", "")))
    await services.keeping.set_role(room, author_id, _ROLES.get(wanted), person)
    response = json_response({"author_id": author_id, "role": wanted})
    return page_or(request, response, fields, f"/chat/{room}")


async def post_link(request: Request) -> Response:
    """A new link into the room, for `days` (7); the one before ends. `days=0` only ends it."""
    services, room = services_of(request), room_of(request)
    person = await person_for(request, Action.MANAGE_ROOM, room)
    days = read_days((await read_fields(request)).get("days", 7))
    if days == 0:
        await services.keeping.end_link(room, person)
        return json_response({"url": None})
    code, until_s = await services.keeping.renew_link(room, days, person)
    url = f"{base_url(request, services.settings.public_url)}/invite/{code}"
    return json_response({"url": url, "until": format_ms(until_s * 1000)}, status=201)


async def get_invitation(request: Request) -> Response:
    """What the link is for, and the form that takes it up."""
    services, code = services_of(request), request.path_params["code"]
    found = await services.invitations.find(code)
    if found is None:
        raise NotFound("this invitation has ended, was used, or never was; ask for a new one")
    if not accepts_html(request.headers.get("accept", "")):
        url = f"{base_url(request, services.settings.public_url)}/invite/{code}"
        what = f"into {found.room}" if found.room else "for an account"
        return PlainTextResponse(f"an invitation {what}; open it in a browser: {url}\n")
    person = await person_of(request)
    return render_page(
        request,
        "invitation.html",
        headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"},
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
        raise NotFound("this invitation has ended, was used, or never was; ask for a new one")
    if not person.is_proven or person.grant is not None:
        raise Forbidden("sign in first: the room must know you again")
    rules = await services.permissions.rules_of(found.room)
    if rules.role_of(person) < found.role or person.author.author_id not in rules.roles:
        if await services.permissions.is_banned(person, found.room):
            raise Forbidden(f"you are banned from {found.room}")
        await services.keeping.set_role(found.room, person.author.author_id, found.role)
    if accepts_html(request.headers.get("accept", "")):
        return see_other(f"/chat/{found.room}")
    return json_response({"room": found.room})


async def moderate(request: Request) -> Response:
    """`act`: mute, unmute, kick, ban, unban; `who`; `minutes`; `address=1`; `purge=1`."""
    room = room_of(request)
    person = await person_for(request, Action.MODERATE, room)
    return await _moderate(request, room, person)


async def moderate_server(request: Request) -> Response:
    services = services_of(request)
    person = await person_of(request)
    await services.permissions.require(person, Action.MODERATE)
    return await _moderate(request, SERVER, person)


async def _moderate(request: Request, room: str, person: Person) -> Response:
    services = services_of(request)
    fields = await read_fields(request)
    sentence = Sentence(
        str(fields.get("act", "")),
        str(fields.get("who", "")),
        read_minutes(fields.get("minutes", 0)),
        _as_word(fields.get("address", "0")) == "1",
    )
    author_id = await services.moderation.apply(room, sentence, person)
    purged = 0
    if room and _as_word(fields.get("purge", "0")) == "1":
        purged = await services.moderation.purge(room, author_id, person)
    shape = {"act": sentence.act, "author_id": author_id, "purged": purged}
    return page_or(request, json_response(shape), fields)


def read_minutes(value: object) -> int:
    digits = str(value)
    if not digits.isascii() or not digits.isdigit() or len(digits) > 6:
        raise Malformed("minutes is a whole number; 0 is without an end")
    return int(digits)


async def get_audit(request: Request) -> Response:
    """Who did what, the newest first."""
    services = services_of(request)
    await services.permissions.require(await person_of(request), Action.MANAGE_PEOPLE)
    limit = number(request.query_params, "limit", least=1, most=500, default=100) or 100
    return json_response({"audit": await services.register.people.read_audit(limit)})
