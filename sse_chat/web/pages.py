"""The pages: the way in, and a room."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sse_chat.events import Entry
from sse_chat.ids import EntryId, format_ms, parse_id
from sse_chat.store.rooms import RoomSummary
from sse_chat.web.negotiation import accepts_html
from sse_chat.web.proxied import base_url
from sse_chat.web.requests import known_author, room_of, services_of
from sse_chat.web.responses import NO_STORE, json_response
from sse_chat.web.templating import render_page

_HISTORY = 50


async def chat_page(request: Request) -> Response:
    """The newest entries, or with ?before=ID older ones: also the way back without JavaScript."""
    services = services_of(request)
    room = room_of(request)
    before = request.query_params.get("before")
    before_id = parse_id(before) if before else None
    page = await services.store.read_before(room, before_id, _HISTORY)
    author = known_author(request)
    if author:
        services.presence.mark(room, author.author_id)
    return render_page(
        request,
        "chat.html",
        headers={"Vary": "Accept"},
        room=room,
        entries=[_row(entry) for entry in page.entries],
        oldest=str(page.entries[0].id) if page.entries and page.has_more else "",
        cursor=str(page.entries[-1].id if page.entries else page.ends.newest),
        is_newest=before_id is None,
        name=author.name if author else "",
        author_id=author.author_id if author else "",
        max_text=services.settings.max_text,
    )


def _row(entry: Entry) -> dict[str, str | bool]:
    at = format_ms(entry.id.ms)
    return {**entry.as_json(), "day": at[:10], "time": at[11:16]}


async def index(request: Request) -> Response:
    services = services_of(request)
    url = base_url(request, services.settings.public_url)
    default_room = services.settings.default_room
    if not accepts_html(request.headers.get("accept", "")):
        return PlainTextResponse(_CURL_LINES.format(url=url, room=default_room), headers=_HEADERS)
    rooms = await _rooms(request)
    return render_page(
        request, "index.html", headers=_HEADERS, rooms=rooms, url=url, default_room=default_room
    )


_HEADERS = {**NO_STORE, "Vary": "Accept"}
_CURL_LINES = """\
sse-chat: a chat over plain HTTP. Every room is one URL; {room} is open.

  read     curl -N {url}/chat/{room}
  write    curl -d 'hello' {url}/chat/{room}
  a name   curl -u ann: -d 'hello' {url}/chat/{room}
  a log    tail -f app.log | curl -T - {url}/chat/{room}
  events   curl -N -H 'Accept: text/event-stream' {url}/chat/{room}
  rooms    curl {url}/rooms
"""


async def get_rooms(request: Request) -> Response:
    rooms = [
        {
            "room": each.room,
            "topic": "",
            "present": each.present,
            "last_id": str(each.last_id),
        }
        for each in await _rooms(request)
    ]
    return json_response({"rooms": rooms})


async def _rooms(request: Request) -> list[RoomSummary]:
    """Those that have had an entry, and the default room."""
    services = services_of(request)
    rooms = await services.store.list_rooms()
    default_room = services.settings.default_room
    if all(each.room != default_room for each in rooms):
        present = await services.store.count_present(default_room)
        rooms.append(RoomSummary(default_room, EntryId(0, 0), present))
    return rooms
