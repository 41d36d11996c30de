"""`/admin`: the owner's view of the server, and its rooms. As a page or as JSON, or by form."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Malformed
from sse_chat.events import parse_room
from sse_chat.ids import format_ms
from sse_chat.web.http.form_redisplay import redisplayed_on
from sse_chat.web.http.negotiation import accepts_html
from sse_chat.web.http.requests import services_of, text_field
from sse_chat.web.http.responses import json_response, page_or
from sse_chat.web.http.templating import render_long_page, render_page
from sse_chat.web.people.confirming import needs_password
from sse_chat.web.rooms.rules import check_confirmed, rules_payload
from sse_chat.web.site.admin_people import owner_and_fields, owner_of
from sse_chat.web.site.admin_state import describe_request, describe_settings, describe_state

ROOM_ACTS = ("close", "open", "delete")


async def get_admin(request: Request) -> Response:
    await owner_of(request)
    state = await describe_state(request)
    settings, seen = describe_settings(request), describe_request(request)
    if accepts_html(request.headers.get("accept", "")):
        return render_page(
            request, "admin.html", part="overview", state=state, settings=settings, seen=seen
        )
    return json_response({"state": state, "settings": settings, "request": seen})


async def get_admin_rooms(request: Request) -> Response:
    """At most 500 rooms, the newest first, with their rules and what they take in the store."""
    person = await owner_of(request)
    rooms = await _describe_rooms(request)
    if accepts_html(request.headers.get("accept", "")):
        return await render_long_page(
            request,
            "admin_rooms.html",
            part="rooms",
            rooms=rooms,
            default_room=services_of(request).settings.default_room,
            needs_password=await needs_password(request, person),
        )
    return json_response({"rooms": rooms})


@redisplayed_on(get_admin_rooms)
async def post_admin_rooms(request: Request) -> Response:
    """`act` (one of ROOM_ACTS), `room` and `reason`; to delete, its name again as `confirm`."""
    person, fields = await owner_and_fields(request)
    act, room = text_field(fields, "act"), parse_room(text_field(fields, "room"))
    if act not in ROOM_ACTS:
        raise Malformed(f"act={act[:20]!r} is not known; allowed: {', '.join(ROOM_ACTS)}")
    payload: dict[str, Any] = {"act": act, "room": room}
    services, reason = services_of(request), text_field(fields, "reason").strip()
    if act == "delete":
        check_confirmed(room, fields)
        payload["deleted"] = await services.room_deletion.delete(room, person, reason=reason)
    else:
        await services.room_administration.set_closed(
            room, is_closed=act == "close", by=person, reason=reason
        )
    return page_or(request, json_response(payload), {}, "/admin/rooms")


async def _describe_rooms(request: Request) -> list[dict[str, Any]]:
    services = services_of(request)
    found = await services.directory.list_rooms()
    found.sort(key=lambda each: each.last_id, reverse=True)
    sizes = await services.directory.sizes([each.room for each in found])
    await services.people_cache.learn_rules([each.room for each in found])
    rooms = []
    for each in found:
        rules = await services.permissions.rules_of(each.room)
        entries, size = sizes[each.room]
        rooms.append(
            {
                **rules_payload(each.room, rules),
                "topic": each.topic,
                "present": each.present,
                "last_at": format_ms(each.last_id.ms),
                "entries": entries,
                "bytes": size,
            }
        )
    return rooms
