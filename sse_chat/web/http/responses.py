"""Answers that are not feeds: JSON, errors in the caller's format, redirects."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sse_chat.errors import ChatError, TooMany
from sse_chat.events import Entry, Gap, parse_room
from sse_chat.formats import Text, to_json
from sse_chat.room_names import LABEL, room_path
from sse_chat.services import Services
from sse_chat.settings import Settings
from sse_chat.turns import Turn
from sse_chat.web.http.access_log import PERSON
from sse_chat.web.http.negotiation import HTML, accepts_html, choose_format
from sse_chat.web.http.proxied import client_address
from sse_chat.web.http.templating import render_page

# Neither kept by anyone, nor taken for anything else than it says.
NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class JsonResponse(Response):
    """Without Response.__init__, which makes its headers in several rounds.

    `payload` may be JSON already.
    """

    def __init__(self, payload: Any, status: int, headers: Mapping[str, str]) -> None:
        self.status_code = status
        self.background = None
        self.body = (payload if isinstance(payload, bytes) else to_json(payload)) + b"\n"
        self.raw_headers = [
            (b"content-length", b"%d" % len(self.body)),
            (b"content-type", b"application/json"),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
        ]
        for name, value in headers.items():
            self.raw_headers.append((name.lower().encode("latin-1"), value.encode("latin-1")))


def json_response(
    payload: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    return JsonResponse(payload, status, headers or {})


def text_response(text: str | bytes) -> Response:
    return PlainTextResponse(text, headers=NO_STORE)


async def entries_as_text(
    entries: Sequence[Entry], gaps: Sequence[Gap] = (), *, names_rooms: bool = False
) -> Response:
    """As a text feed would show them; `names_rooms`: one of many rooms."""
    text, turn = Text(), Turn()
    previous = [None, *(entry.id for entry in entries)]
    lines = [text.gap(gap) for gap in gaps]
    for each, before in zip(entries, previous, strict=False):
        line = text.entry(each, before)
        if names_rooms:
            day, bracket, rest = line.partition(b"[")
            line = day + text.in_many(bracket + rest, each.room, "")
        lines.append(line)
        await turn.give_way()
    return text_response(b"".join(lines))


async def events_response(entries: Iterable[Entry], payload: Mapping[str, Any]) -> Response:
    """`payload` with the entries as its `events`; they may be megabytes, so others have their turn
    in between."""
    turn = Turn()
    events = []
    for entry in entries:
        events.append(to_json(entry.as_json()))
        await turn.give_way()
    rest = to_json(payload)
    return json_response(b'{"events":[%b],%b' % (b",".join(events), rest[1:]))


def join_lines(lines: bytes, payload: Mapping[str, Any]) -> bytes:
    """The JSON of `events_response`, of entries that are lines of JSON already."""
    events = lines.rstrip(b"\n").replace(b"\n", b",")
    return b'{"events":[%b],%b' % (events, to_json(payload)[1:])


def entry_response(
    request: Request,
    room: str,
    entry: Entry | None,
    unchanged: Mapping[str, Any] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """To a change of a room: 201 with the entry that it became, 200 with `unchanged` where there is
    none. A browser's form goes on to the room."""
    if accepts_html(request.headers.get("accept", "")):
        return see_other(f"/chat/{room}")
    if entry is None:
        return json_response(unchanged)
    return json_response(entry.as_json(), status=201, headers=headers)


def no_content() -> Response:
    return Response(status_code=204, headers=NO_STORE)


def see_other(path: str) -> Response:
    return Response(status_code=303, headers={"Location": path, **NO_STORE})


def page_or(
    request: Request, response: Response, fields: Mapping[str, Any], page: str = ""
) -> Response:
    """The response; a browser's form goes on to the page, else to the room in its fields."""
    if not accepts_html(request.headers.get("accept", "")):
        return response
    return see_other(page or _path_of(fields.get("room")))


def _path_of(room: object) -> str:
    if not isinstance(room, str):
        return "/chat"
    return room_path(room if room.startswith(LABEL) else parse_room(room))


def error_response(request: Request, error: ChatError, *, typed: str = "") -> Response:
    """JSON, but for a browser a small page, and for a terminal the sentence. `typed`: the message
    that was refused."""
    count_refusal(request, error)
    own_headers = {"Vary": "Accept", **error.headers}
    if "WWW-Authenticate" in own_headers and _is_browser(request):
        # To "Basic" a browser would show its own dialog, over the page that asked.
        own_headers["WWW-Authenticate"] = 'Session realm="sse-chat"'
    headers = {**NO_STORE, **own_headers}
    wanted = _error_format(request)
    if wanted == HTML:
        settings: Settings = getattr(request.app.state, "settings", Settings())
        return render_page(
            request, "error.html", status=error.status, headers=headers, error=error,
            default_room=settings.default_room, typed=typed,
            sign_in_to=_room_to_enter(request, error),
        )  # fmt: skip
    if wanted == "text":
        return PlainTextResponse(error.detail + "\n", status_code=error.status, headers=headers)
    return json_response(error.as_json(), status=error.status, headers=own_headers)


def _room_to_enter(request: Request, error: ChatError) -> str:
    """The room that a link leads to which somebody opened who has to sign in first."""
    is_link = request.method == "GET" and error.status == 401
    return str(request.path_params.get("room", "")) if is_link else ""


def count_refusal(request: Request, error: ChatError) -> None:
    services: Services | None = getattr(request.app.state, "services", None)
    if services is not None:
        services.counts.refusals[error.code] += 1
        if isinstance(error, TooMany):
            services.limit_log.note(error, request.scope.get(PERSON), client_address(request))


def _is_browser(request: Request) -> bool:
    headers = request.headers
    return "sec-fetch-mode" in headers or headers.get("user-agent", "").startswith("Mozilla/")


def _error_format(request: Request) -> str:
    accept = request.headers.get("accept", "")
    chosen = choose_format(accept)
    if chosen == HTML:
        return HTML
    if chosen == "text" and "text/" in accept:
        return "text"
    return "text" if _would_be_text(request, chosen) else "json"


def _would_be_text(request: Request, chosen: str) -> bool:
    """A GET that asks for text, or whose answer would have been the text feed."""
    if request.method not in ("GET", "HEAD"):
        return False
    asked = request.query_params.get("format")
    path = request.scope["path"].strip("/").split("/")
    is_room = path[0] in ("chat", "dm") and len(path) <= 2
    is_feed = is_room or path == ["feed"]
    return asked == "text" or (is_feed and asked is None and chosen == "text")
