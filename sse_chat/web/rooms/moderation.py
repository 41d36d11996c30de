"""Moderation by POST, in a room or on the whole server, and the audit log."""

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Malformed
from sse_chat.ids import format_ms, parse_id
from sse_chat.numbers import parse_whole
from sse_chat.people.moderation import MAX_MINUTES, ModerationAction
from sse_chat.people.permissions import SERVER
from sse_chat.people.roles import Action, Role
from sse_chat.switches import parse_switch
from sse_chat.web.http.authentication import person_and_fields, person_of
from sse_chat.web.http.form_redisplay import redisplayed_on
from sse_chat.web.http.negotiation import accepts_html
from sse_chat.web.http.requests import number, query_of, room_of, services_of, text_field
from sse_chat.web.http.responses import json_response, page_or
from sse_chat.web.http.templating import render_long_page
from sse_chat.web.rooms.rules import get_rules, page_of

_MAX_CONTAINS = 200


@redisplayed_on(get_rules)
async def moderate(request: Request) -> Response:
    """`act`: mute, unmute, kick, ban, unban; `who`; `minutes`; `reason`; `address=1`; `purge=1`."""
    return await _moderate(request, room_of(request))


async def get_bans(request: Request) -> Response:
    """Who is banned from the server, for those who may ban."""
    services = services_of(request)
    person = await person_of(request)
    await services.permissions.require(person, Action.MODERATE)
    bans = await services.moderation.list_bans()
    if accepts_html(request.headers.get("accept", "")):
        is_owner = person.role is Role.OWNER
        return await render_long_page(
            request, "admin_bans.html", part="bans", bans=bans, is_owner=is_owner
        )
    return json_response({"bans": bans})


@redisplayed_on(get_bans)
async def moderate_server(request: Request) -> Response:
    return await _moderate(request, SERVER)


async def _moderate(request: Request, room: str) -> Response:
    services = services_of(request)
    person, fields = await person_and_fields(request, Action.MODERATE, room)
    purges = parse_switch("purge", fields.get("purge"))
    action = ModerationAction(
        text_field(fields, "act"),
        text_field(fields, "who"),
        parse_whole("minutes", fields.get("minutes", 0), least=0, most=MAX_MINUTES),
        parse_switch("address", fields.get("address")),
        text_field(fields, "reason").strip(),
    )
    moderated = await services.moderation.apply(room, action, person)
    if room and action.act in ("kick", "ban"):
        services.presence.end(room, moderated.author_id)
    purged = await services.moderation.purge(room, moderated, person) if purges else 0
    payload = {"act": action.act, "author_id": moderated.author_id, "purged": purged}
    return page_or(
        request, json_response(payload), fields, page_of(room) if room else "/moderation"
    )


async def get_audit(request: Request) -> Response:
    """Who did what, the newest first: `limit`, `before` an id, `contains` letters."""
    services = services_of(request)
    await services.permissions.require(await person_of(request), Action.MANAGE_PEOPLE)
    query = query_of(request)
    limit = number(query, "limit", least=1, most=500, default=100) or 100
    before = parse_id(query["before"]) if "before" in query else None
    contains = query.get("contains", "")
    if len(contains) > _MAX_CONTAINS:
        raise Malformed(f"contains is up to {_MAX_CONTAINS} characters")
    people = services.people
    audit, has_more = await people.read_audit(limit, before=before, contains=contains)
    audit = [_with_time(each) for each in audit]
    if accepts_html(request.headers.get("accept", "")):
        return await render_long_page(
            request, "admin_audit.html", part="audit", contains=contains, audit=audit, more=has_more
        )
    return json_response({"audit": audit, "more": has_more})


def _with_time(each: dict[str, str]) -> dict[str, str]:
    return {**each, "at": format_ms(parse_id(each["id"]).ms)}
