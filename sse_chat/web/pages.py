"""The pages: the way in, and a room."""

import re
import unicodedata
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sse_chat.conversations import Conversation
from sse_chat.errors import Forbidden, Unauthorized
from sse_chat.events import parse_room, to_dm
from sse_chat.ids import ZERO, parse_id
from sse_chat.people.roles import Action, Person
from sse_chat.room_names import room_path
from sse_chat.services import Services
from sse_chat.store.rooms import Page
from sse_chat.store.summaries import RoomSummary
from sse_chat.visible import make_terminal_safe
from sse_chat.web.negotiation import accepts_html
from sse_chat.web.positions import read_around
from sse_chat.web.proxied import base_url
from sse_chat.web.reading import charged, reader_of
from sse_chat.web.requests import choice, conversation_of, query_of, room_of, services_of
from sse_chat.web.responses import NO_STORE, json_response, see_other, text_response
from sse_chat.web.rows import BLANK_ROW, to_rows
from sse_chat.web.static_files import serve_worker
from sse_chat.web.templating import PAGE_HEADERS, render_page

_HISTORY = 50
# Of what someone typed as the name of a room.
_MOST_TYPED = 200


@charged
async def chat_page(request: Request) -> Response:
    """The newest entries; with ?before=ID older ones, with ?at=ID those around it."""
    services = services_of(request)
    room = room_of(request)
    person = await reader_of(request, room)
    page = await _read_history(request, room)
    rooms = await readable_rooms(request, person)
    conversations = [each.conversation for each in await services.direct.list_all(person)]
    here = next((each for each in rooms if each.room == room), None)
    here = here or await services.directory.summarize(room)
    author = person.author if person.is_named else None
    if author:
        services.presence.mark(room, author)
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
        rows=to_rows(page.entries, author.author_id if author else ""),
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


async def offline_page(request: Request) -> Response:
    """What the service worker keeps for when the server cannot be reached."""
    return render_page(request, "offline.html")


async def web_manifest(request: Request) -> Response:
    response = render_page(request, "manifest.webmanifest")
    response.headers["Content-Type"] = "application/manifest+json"
    return response


async def service_worker(request: Request) -> Response:
    return await serve_worker(request, PAGE_HEADERS["Content-Security-Policy"])


@charged
async def index(request: Request) -> Response:
    services = services_of(request)
    url = base_url(request, services.settings.public_url)
    default_room = services.settings.default_room
    if not accepts_html(request.headers.get("accept", "")):
        is_for_members = services.settings.access == "members"
        lines = _MEMBERS_CURL_LINES if is_for_members else _CURL_LINES
        text = lines.format(url=url, room=default_room, host=urlsplit(url).hostname)
        return PlainTextResponse(text, headers=_HEADERS)
    wanted = request.query_params.get("room")
    if wanted is not None:
        return see_other(f"/chat/{parse_room(to_room_name(wanted))}")
    person = await reader_of(request)
    rooms = await readable_rooms(request, person)
    return render_page(
        request,
        "index.html",
        conversations=[each.conversation for each in await services.direct.list_all(person)],
        headers=_HEADERS,
        rooms=rooms,
        url=url,
        default_room=default_room,
        name=person.author.name if person.is_named else "",
    )


def to_room_name(wanted: str) -> str:
    """What a person typed as the name of a room, as it can be one: 'Team Ärger' → team-arger."""
    plain = unicodedata.normalize("NFKD", wanted[:_MOST_TYPED].strip().lower())
    return re.sub(r"[^a-z0-9_]+", "-", plain.encode("ascii", "ignore").decode()).strip("-_")[:64]


_HEADERS = {**NO_STORE, "Vary": "Accept"}
_CURL_LINES = """\
sse-chat: a chat over plain HTTP. Every room is one URL; {room} is open.

  read     curl -N {url}/chat/{room}
  write    curl -d 'hello' {url}/chat/{room}
  a name   curl -u ann: -d 'hello' {url}/chat/{room}
  a log    tail -f app.log | curl -T - {url}/chat/{room}
  events   curl -N -H 'Accept: text/event-stream' {url}/chat/{room}
  rooms    curl {url}/rooms
  help     curl {url}/help
  trouble  curl -N {url}/doctor
  Windows  curl.exe; in cmd with double quotes: curl.exe -d "hello" {url}/chat/{room}
"""
_MEMBERS_CURL_LINES = """\
sse-chat: a chat over plain HTTP, for people with an account. Every room is one URL.

Put your name, and your password or a token, into ~/.netrc; -n takes them from there:

  machine {host} login NAME password SECRET

  read     curl -n -N {url}/chat/{room}
  write    curl -n -d 'hello' {url}/chat/{room}
  a log    tail -f app.log | curl -n -T - {url}/chat/{room}
  events   curl -n -N -H 'Accept: text/event-stream' {url}/chat/{room}
  rooms    curl -n {url}/rooms
  help     curl {url}/help
  trouble  curl -N {url}/doctor
  Windows  curl.exe; in cmd with double quotes: curl.exe -n -d "hello" {url}/chat/{room}
"""


@charged
async def get_rooms(request: Request) -> Response:
    as_text = choice(request.query_params, "format", ("json", "text"), "json") == "text"
    person = await reader_of(request)
    rooms = await readable_rooms(request, person)
    for each in await services_of(request).direct.list_all(person):
        rooms.append(replace(each.room, room=each.conversation.label))
    if as_text:
        return text_response("".join(map(_room_line, rooms)))
    shapes = [
        {
            "room": each.room,
            **to_dm(each.room),
            "topic": each.topic,
            "present": each.present,
            "last_id": str(each.last_id),
        }
        for each in rooms
    ]
    return json_response({"rooms": shapes})


def _room_line(room: RoomSummary) -> str:
    topic = f": {make_terminal_safe(room.topic)}" if room.topic else ""
    return f"{room.room} ({room.present} present){topic}\n"


async def readable_rooms(request: Request, person: Person) -> list[RoomSummary]:
    """Those that have had an entry, and the default room, that this person may see; first those
    that this person reads, or has a role in."""
    services = services_of(request)
    author_id = person.author.author_id
    own = await services.directory.list_read(author_id) if person.is_named else set()
    rooms = await services.directory.list_rooms(own)
    default_room = services.settings.default_room
    if all(each.room != default_room for each in rooms):
        rooms.append(await services.directory.summarize(default_room))
    await services.register.learn_rules([each.room for each in rooms])
    if person.is_proven:
        for each in rooms:
            if author_id in (await services.permissions.rules_of(each.room)).roles:
                own.add(each.room)
    rooms.sort(key=lambda each: each.room not in own)
    return [
        each for each in rooms if await services.permissions.allows(person, Action.READ, each.room)
    ]
