"""A room's rules and people, the links into it, and moderation. All by POST, as forms or JSON."""

import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.author_ids import AuthorId
from sse_chat.errors import Malformed
from sse_chat.ids import format_ms
from sse_chat.kinds import KINDS
from sse_chat.numbers import parse_whole
from sse_chat.people.roles import Action, Person, Role
from sse_chat.people.room_administration import MAX_LINK_DAYS
from sse_chat.people.rules import RoomRules
from sse_chat.room_names import is_direct
from sse_chat.services import Services
from sse_chat.turns import Turn
from sse_chat.web.http.authentication import person_and_fields, person_for
from sse_chat.web.http.form_redisplay import redisplayed_on
from sse_chat.web.http.negotiation import accepts_html
from sse_chat.web.http.qr import make_qr
from sse_chat.web.http.requests import room_of, services_of, text_field
from sse_chat.web.http.responses import json_response, page_or, see_other
from sse_chat.web.http.shared_url import shared_url
from sse_chat.web.http.templating import render_long_page
from sse_chat.web.people.confirming import confirm, needs_password

_LATELY = 250
_RULES = ("visibility", "read_only", "archived", "closed", "slow_s", "retention", "retention_age")
_ROLES = {role.name.lower(): role for role in (Role.MEMBER, Role.MODERATOR, Role.OWNER)}


async def get_rules(request: Request) -> Response:
    """Who may see and write, and, to those who moderate, who is muted, banned, or has a role."""
    room = room_of(request)
    person = await person_for(request, Action.READ, room)
    if accepts_html(request.headers.get("accept", "")):
        # Nobody sets those of a conversation.
        if is_direct(room):
            return see_other(f"/chat/{room}")
        return await rules_page(request, room, person)
    return json_response(await _whole_payload(request, room, person))


async def _whole_payload(request: Request, room: str, person: Person) -> dict[str, Any]:
    services = services_of(request)
    rules = await services.permissions.rules_of(room)
    payload = rules_payload(room, rules)
    payload["role"] = rules.role_of(person).name.lower()
    if await services.permissions.allows(person, Action.MODERATE, room):
        payload["roles"] = {who: role.name.lower() for who, role in rules.roles.items()}
        # Who opens a room must not find out by a ban from where people write.
        sees_networks = person.role >= Role.MODERATOR
        bans = rules.bans
        payload["banned_until_s"] = dict(bans.until_s) if sees_networks else bans.people_until_s()
        payload["banned_with_address"] = list(bans.networks)
        payload["muted_until_s"] = dict(rules.muted_until_s)
    return payload


async def rules_page(
    request: Request, room: str, person: Person, link: str = "", *, hook_url: str = "",
    hook_secret: str = "", is_saved: bool = False,
) -> Response:  # fmt: skip
    services = services_of(request)
    rules = await _whole_payload(request, room, person)
    restricted = _restricted(rules)
    may_manage = await services.permissions.allows(person, Action.MANAGE_ROOM, room)
    return await render_long_page(
        request,
        "rules.html",
        room=room,
        rules=rules,
        restricted=restricted,
        names=await _names_of(
            services, room, {*rules.get("roles", ()), *(who for who, *_ in restricted)}
        ),
        may_manage=may_manage,
        link=link,
        qr=make_qr,
        hooks=await services.hooks.list_all(room) if may_manage else [],
        hooks_out=await services.hooks_out.list_all(room) if may_manage else [],
        hook_url=hook_url,
        needs_password=may_manage and person.is_account and await needs_password(request, person),
        hook_secret=hook_secret,
        is_saved=is_saved,
        default_room=services.settings.default_room,
        kinds=KINDS,
        is_for_members=services.settings.access == "members",
    )


def _restricted(rules: dict[str, Any]) -> list[tuple[AuthorId, str, str, str]]:
    """Who is banned or muted still: who, how, until when ("" for no end), and what lifts it."""
    now_s = time.time()
    return [
        (who, how, format_ms(until_s * 1000)[:16].replace("T", " ") if until_s else "", act)
        for how, act in (("banned", "unban"), ("muted", "unmute"))
        for who, until_s in rules.get(f"{how}_until_s", {}).items()
        if until_s == 0 or until_s > now_s
    ]


async def _names_of(
    services: Services, room: str, author_ids: set[AuthorId]
) -> dict[AuthorId, str]:
    """Those of accounts; those of guests as far as they wrote here lately."""
    names, turn = {}, Turn()
    for who in author_ids:
        if account := await services.accounts.find(who):
            names[who] = account.name
        # Most are known, so that the store is not waited for.
        await turn.give_way()
    if author_ids - set(names):
        page = await services.store.read_before(room, None, _LATELY)
        wrote = {entry.author.author_id: entry.author.name for entry in page.entries}
        names = {who: name for who, name in wrote.items() if who in author_ids} | names
    return names


@redisplayed_on(get_rules)
async def post_rules(request: Request) -> Response:
    services, room = services_of(request), room_of(request)
    person, fields = await person_and_fields(request, Action.READ, room)
    reason = text_field(fields, "reason").strip()
    administration = services.room_administration
    rules = await administration.set_rules(room, wanted_rules(fields), person, reason=reason)
    if accepts_html(request.headers.get("accept", "")):
        return await rules_page(request, room, person, is_saved=True)
    return json_response(rules_payload(room, rules))


def page_of(room: str) -> str:
    return f"/chat/{room}/rules"


def wanted_rules(fields: dict[str, Any]) -> dict[str, str]:
    return {name: as_word(fields[name]) for name in _RULES if name in fields}


def as_word(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def rules_payload(room: str, rules: RoomRules) -> dict[str, Any]:
    return {
        "room": room,
        "visibility": rules.visibility,
        "read_only": rules.is_read_only,
        "archived": rules.is_archived,
        "closed": rules.is_closed,
        "slow_s": rules.slow_s,
        "retention": rules.retention,
        "retention_age": rules.retention_age_s,
    }


def check_confirmed(room: str, fields: dict[str, Any]) -> None:
    """Raises Malformed where the name of what goes for good was not given again."""
    if fields.get("confirm") != room:
        raise Malformed(f"this deletes {room} for good: send its name again, confirm={room}")


@redisplayed_on(get_rules)
async def post_delete_room(request: Request) -> Response:
    """The room goes for good: its name again as `confirm`, the password again, and `reason`."""
    services, room = services_of(request), room_of(request)
    person, fields = await person_and_fields(request, Action.MANAGE_ROOM, room)
    if account := await services.accounts.find(person.author.author_id):
        await confirm(request, person, account, fields)
    check_confirmed(room, fields)
    reason = text_field(fields, "reason").strip()
    count = await services.room_deletion.delete(room, person, reason=reason)
    return page_or(request, json_response({"room": room, "deleted": count}), fields, "/")


@redisplayed_on(get_rules)
async def post_member(request: Request) -> Response:
    """`who` and `role`: member, moderator, owner, or none."""
    services, room = services_of(request), room_of(request)
    person, fields = await person_and_fields(request, Action.MANAGE_ROOM, room)
    wanted = text_field(fields, "role", "member")
    if wanted != "none" and wanted not in _ROLES:
        raise Malformed(f"role={wanted[:20]!r}: one of {', '.join(_ROLES)}, none")
    author_id = await services.moderation.find(room, text_field(fields, "who"))
    await services.room_administration.set_role(room, author_id, _ROLES.get(wanted), person)
    response = json_response({"author_id": author_id, "role": wanted})
    return page_or(request, response, fields, page_of(room))


@redisplayed_on(get_rules)
async def post_link(request: Request) -> Response:
    """A new link into the room, for `days` (7); the one before ends. `days=0` only ends it."""
    services, room = services_of(request), room_of(request)
    person, fields = await person_and_fields(request, Action.MANAGE_ROOM, room)
    days = parse_whole("days", fields.get("days", 7), least=0, most=MAX_LINK_DAYS)
    if days == 0:
        await services.room_administration.end_link(room, person)
        return json_response({"url": None})
    code, until_s = await services.room_administration.renew_link(room, days, person)
    url = f"{shared_url(request, services.settings)}/invite/{code}"
    if accepts_html(request.headers.get("accept", "")):
        return await rules_page(request, room, person, url)
    return json_response({"url": url, "until": format_ms(until_s * 1000)}, status=201)
