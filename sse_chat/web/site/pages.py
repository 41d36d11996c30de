"""The way in, and what makes the pages an application that can be installed."""

import re
import unicodedata
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sse_chat.events import parse_room
from sse_chat.web.http.form_redisplay import Refused
from sse_chat.web.http.negotiation import accepts_html
from sse_chat.web.http.proxied import base_url
from sse_chat.web.http.read_charges import charged, reader_of
from sse_chat.web.http.requests import services_of
from sse_chat.web.http.responses import NO_STORE, see_other
from sse_chat.web.http.static_files import serve_worker
from sse_chat.web.http.templating import PAGE_HEADERS, REFUSED, render_page
from sse_chat.web.rooms.rooms import readable_rooms

# Of what someone typed as the name of a room.
_MAX_TYPED = 200
_MAX_SHOWN = 80


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
    is_for_members = services.settings.access == "members"
    if not accepts_html(request.headers.get("accept", "")):
        lines = _MEMBERS_CURL_LINES if is_for_members else _CURL_LINES
        text = lines.format(url=url, room=default_room, host=urlsplit(url).hostname)
        return PlainTextResponse(text, headers=_HEADERS)
    wanted = request.query_params.get("room")
    status = 200
    if wanted is not None:
        if room := to_room_name(wanted):
            return see_other(f"/chat/{parse_room(room)}")
        status = 404
        request.scope[REFUSED] = Refused("open", "room", _no_room(wanted), {"room": wanted})
    person = await reader_of(request)
    rooms = await readable_rooms(request, person)
    return render_page(
        request,
        "index.html",
        conversations=[dm.conversation for dm in await services.direct.list_all(person)],
        headers=_HEADERS,
        status=status,
        rooms=rooms,
        url=url,
        default_room=default_room,
        is_for_members=is_for_members,
        name=person.author.name if person.is_named else "",
    )


def _no_room(wanted: str) -> str:
    return (
        f"no room can be named {wanted[:_MAX_SHOWN]!r}: a name has letters a-z or digits; "
        "its topic can be in any language"
    )


def to_room_name(wanted: str) -> str:
    """What a person typed as the name of a room, as it can be one: 'Team Ärger' → team-arger."""
    plain = unicodedata.normalize("NFKD", wanted[:_MAX_TYPED].strip().lower())
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
