"""A room's page."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.conversations import Conversation
from sse_chat.errors import Forbidden, Unauthorized
from sse_chat.ids import ZERO, parse_id
from sse_chat.people.roles import Action, Person
from sse_chat.room_names import room_path
from sse_chat.services import Services
from sse_chat.store.rooms import Page
from sse_chat.web.http.positions import read_around
from sse_chat.web.http.proxied import base_url
from sse_chat.web.http.read_charges import charged, reader_of
from sse_chat.web.http.requests import conversation_of, query_of, room_of, services_of
from sse_chat.web.http.shared_url import is_for_this_machine, shared_url
from sse_chat.web.http.templating import render_page
from sse_chat.web.rooms.deleted_rows import find_deleted, with_deleted
from sse_chat.web.rooms.rooms import readable_rooms
from sse_chat.web.rooms.rows import BLANK_ROW, to_rows

_HISTORY = 50


@charged
async def chat_page(request: Request) -> Response:
    """The newest entries; with ?before=ID older ones, with ?at=ID those around it."""
    services = services_of(request)
    room = room_of(request)
    person = await reader_of(request, room)
    page = await _read_history(request, room)
    rooms = await readable_rooms(request, person)
    conversations = [dm.conversation for dm in await services.direct.list_all(person)]
    here = next((each for each in rooms if each.room == room), None)
    here = here or await services.directory.summarize(room)
    author = person.author if person.is_named else None
    if author:
        services.presence.mark(room, author)
    deleted, deleted_above = find_deleted(page.entries, has_more=page.has_more)
    rows = to_rows(page.entries, author.author_id if author else "")
    return render_page(
        request,
        "chat.html",
        headers={"Vary": "Accept"},
        **_names_of(conversation_of(request), room),
        conversations=conversations,
        topic=here.topic,
        present=here.present,
        rooms=sorted(rooms, key=lambda each: each.room),
        url=base_url(request, services.settings.public_url),
        shared_url=shared_url(request, services.settings),
        is_for_this_machine=is_for_this_machine(request, services.settings),
        rows=with_deleted(rows, deleted),
        deleted_above=[(str(each), by) for each, by in deleted_above],
        blank=BLANK_ROW,
        oldest=str(page.entries[0].id) if page.entries and page.has_more else "",
        newest=str(page.entries[-1].id if page.entries else ZERO),
        cursor=str(page.ends.newest),
        at=request.query_params.get("at", ""),
        name=author.name if author else "",
        role=(await services.permissions.role_in(person, room)).name.lower(),
        author_id=author.author_id if author else "",
        guest=author is None or author.guest,
        max_text=services.settings.max_text,
        offers=_offers(request),
        needs_name=not services.settings.anonymous,
        is_public=await _is_public(services, room),
        silenced=await _why_silenced(request, person, room),
    )


def _names_of(conversation: Conversation | None, room: str) -> dict[str, Any]:
    """What the page calls the room; `dm`: the id of who is on the other side."""
    if conversation is None:
        return {
            "room": room, "room_path": room_path(room), "where": f"#{room}", "plain_where": room,
            "dm": "",
        }  # fmt: skip
    name = conversation.other.name
    return {
        "room": conversation.label, "room_path": conversation.path, "where": name,
        "plain_where": name, "dm": conversation.other.author_id,
    }  # fmt: skip


async def _is_public(services: Services, room: str) -> bool:
    """Whether its address is all that one needs to read it."""
    rules = await services.permissions.rules_of(room)
    return rules.visibility == "public" and services.settings.access != "members"


async def _why_silenced(request: Request, person: Person, room: str) -> str:
    """Why this person may read here and not write; "" when they may, or would with a name."""
    try:
        await services_of(request).permissions.require(person, Action.POST, room)
    except Forbidden as exc:
        return exc.detail
    except Unauthorized:
        pass
    return ""


def _offers(request: Request) -> list[str]:
    """What the page may show of what it knows: that for which there is a route."""
    paths = (getattr(route, "path", "").rsplit("/", 1)[-1] for route in request.app.routes)
    return sorted({path for path in paths if path.isalpha()})


async def _read_history(request: Request, room: str) -> Page:
    store, params = services_of(request).store, query_of(request)
    before = parse_id(params["before"]) if "before" in params else None
    if "at" in params:
        return await read_around(store, room, parse_id(params["at"]), _HISTORY)
    return await store.read_before(room, before, _HISTORY)
