"""`/admin`: the owner's view of the server, and its rooms. As a page or as JSON."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.ids import format_ms
from sse_chat.web.admin_people import owner_of
from sse_chat.web.admin_state import describe_request, describe_settings, describe_state
from sse_chat.web.negotiation import accepts_html
from sse_chat.web.requests import services_of
from sse_chat.web.responses import json_response
from sse_chat.web.templating import render_page


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
    await owner_of(request)
    rooms = await _describe_rooms(request)
    if accepts_html(request.headers.get("accept", "")):
        return render_page(request, "admin_rooms.html", part="rooms", rooms=rooms)
    return json_response({"rooms": rooms})


async def _describe_rooms(request: Request) -> list[dict[str, Any]]:
    services = services_of(request)
    found = await services.directory.list_rooms()
    found.sort(key=lambda each: each.last_id, reverse=True)
    sizes = await services.directory.sizes([each.room for each in found])
    await services.register.learn_rules([each.room for each in found])
    rooms = []
    for each in found:
        rules = await services.permissions.rules_of(each.room)
        entries, size = sizes[each.room]
        rooms.append(
            {
                "room": each.room,
                "topic": each.topic,
                "present": each.present,
                "last_at": format_ms(each.last_id.ms),
                "entries": entries,
                "bytes": size,
                "visibility": rules.visibility,
                "read_only": rules.is_read_only,
                "archived": rules.is_archived,
                "slow_s": rules.slow_s,
            }
        )
    return rooms
