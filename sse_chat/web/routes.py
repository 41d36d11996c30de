"""Every route. A new page is a function, a template and a line here."""

from difflib import get_close_matches

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.routing import Route as StarletteRoute

from sse_chat.doctor.measured import METHODS
from sse_chat.errors import ChatError, Failure, MethodNotAllowed, NotFound
from sse_chat.web.http.queries import Route
from sse_chat.web.http.requests import choice, is_ndjson
from sse_chat.web.http.responses import error_response
from sse_chat.web.http.secure_headers import SecureHeaders
from sse_chat.web.http.static_files import serve_client, serve_static
from sse_chat.web.messages.asking import get_answer, post_answer, post_ask
from sse_chat.web.messages.batch import post_batch
from sse_chat.web.messages.changes import delete_message, edit_message, get_versions
from sse_chat.web.messages.feeds import get_feed, get_room, post_feed
from sse_chat.web.messages.growing import put_growing
from sse_chat.web.messages.highlight import post_highlight
from sse_chat.web.messages.history import get_message, get_messages
from sse_chat.web.messages.many import (
    get_many_feed,
    get_many_messages,
    post_many_feed,
    post_many_messages,
)
from sse_chat.web.messages.pipe import put_lines
from sse_chat.web.messages.post import post_message
from sse_chat.web.messages.preview import post_preview
from sse_chat.web.messages.reactions import post_reaction
from sse_chat.web.messages.search import search
from sse_chat.web.messages.tutorial import get_old_messages, send_message
from sse_chat.web.people.account import (
    get_account,
    post_erase,
    post_password,
    post_token,
    revoke_token,
)
from sse_chat.web.people.dm import routes_of_conversations
from sse_chat.web.people.invitations import get_invitation
from sse_chat.web.people.mentions import get_mentions, post_mentions
from sse_chat.web.people.passkeys import (
    add_passkey,
    begin_passkey,
    begin_passkey_sign_in,
    remove_passkey,
    rename_passkey,
    sign_in_by_passkey,
)
from sse_chat.web.people.person import get_person
from sse_chat.web.people.second_factor import begin_app, renew_codes, turn_app_off, turn_app_on
from sse_chat.web.people.session import end_session, get_session
from sse_chat.web.rooms.hooks import get_hooks, make_hook, post_hook, revoke_hook
from sse_chat.web.rooms.moderation import get_audit, get_bans, moderate, moderate_server
from sse_chat.web.rooms.pins import get_pins, post_pin
from sse_chat.web.rooms.presence import get_people, post_presence, post_typing
from sse_chat.web.rooms.qr import get_qr
from sse_chat.web.rooms.read_marks import get_unread, post_read
from sse_chat.web.rooms.rooms import get_rooms, post_room
from sse_chat.web.rooms.rules import get_rules, post_delete_room, post_link, post_member, post_rules
from sse_chat.web.rooms.topic import post_topic
from sse_chat.web.site.admin import get_admin, get_admin_rooms, post_admin_rooms
from sse_chat.web.site.admin_people import get_people as get_accounts
from sse_chat.web.site.admin_people import post_invite, post_people
from sse_chat.web.site.doctor import doctor, echo, probe, report
from sse_chat.web.site.health import healthz, readyz
from sse_chat.web.site.help import get_help
from sse_chat.web.site.metrics import metrics
from sse_chat.web.site.openapi import get_openapi
from sse_chat.web.site.pages import index, offline_page, service_worker, web_manifest
from sse_chat.web.site.refused_forms import post_account, post_invitation, post_session


async def _room(request: Request) -> Response:
    if request.method == "PUT" and choice(request.query_params, "grow", ("0", "1"), "0") == "1":
        return await put_growing(request)
    if request.method == "PUT" or (request.method == "POST" and is_ndjson(request)):
        return await put_lines(request)
    if request.method == "POST":
        return await post_message(request)
    return await get_room(request)


async def _feed(request: Request) -> Response:
    return await (post_feed(request) if request.method == "POST" else get_feed(request))


async def _many_feed(request: Request) -> Response:
    is_post = request.method == "POST"
    return await (post_many_feed(request) if is_post else get_many_feed(request))


async def _many_messages(request: Request) -> Response:
    is_post = request.method == "POST"
    return await (post_many_messages(request) if is_post else get_many_messages(request))


async def _answer(request: Request) -> Response:
    return await (post_answer(request) if request.method == "POST" else get_answer(request))


async def _hooks(request: Request) -> Response:
    return await (make_hook(request) if request.method == "POST" else get_hooks(request))


async def _pins(request: Request) -> Response:
    return await (post_pin(request) if request.method == "POST" else get_pins(request))


async def _session(request: Request) -> Response:
    return await (post_session(request) if request.method == "POST" else get_session(request))


async def _account(request: Request) -> Response:
    return await (post_account(request) if request.method == "POST" else get_account(request))


async def _rooms(request: Request) -> Response:
    return await (post_room(request) if request.method == "POST" else get_rooms(request))


async def _rules(request: Request) -> Response:
    return await (post_rules(request) if request.method == "POST" else get_rules(request))


async def _moderation(request: Request) -> Response:
    return await (moderate_server(request) if request.method == "POST" else get_bans(request))


async def _admin_rooms(request: Request) -> Response:
    is_post = request.method == "POST"
    return await (post_admin_rooms(request) if is_post else get_admin_rooms(request))


async def _accounts(request: Request) -> Response:
    return await (post_people(request) if request.method == "POST" else get_accounts(request))


async def _invitation(request: Request) -> Response:
    is_post = request.method == "POST"
    return await (post_invitation(request) if is_post else get_invitation(request))


ROUTES: list[BaseRoute] = [
    Route("/", index),
    Route("/chat", _room, methods=["GET", "POST", "PUT"]),
    Route("/chat/{room}", _room, methods=["GET", "POST", "PUT"]),
    Route("/chat/{room}/feed", _feed, methods=["GET", "POST"]),
    Route("/feed", _many_feed, methods=["GET", "POST"]),
    Route("/messages", _many_messages, methods=["GET", "POST"]),
    Route("/chat/{room}/batch", post_batch, methods=["POST"]),
    Route("/chat/{room}/ask", post_ask, methods=["POST"]),
    Route("/chat/{room}/messages", get_messages),
    Route("/chat/{room}/messages/{entry_id}", get_message),
    Route("/chat/{room}/messages/{entry_id}/answer", _answer, methods=["GET", "POST"]),
    Route("/chat/{room}/messages/{entry_id}/edit", edit_message, methods=["POST"]),
    Route("/chat/{room}/messages/{entry_id}/versions", get_versions),
    Route("/chat/{room}/messages/{entry_id}/delete", delete_message, methods=["POST"]),
    Route("/chat/{room}/messages/{entry_id}/reactions", post_reaction, methods=["POST"]),
    Route("/chat/{room}/qr", get_qr),
    Route("/chat/{room}/people", get_people),
    Route("/chat/{room}/people/{author_id}", get_person),
    Route("/chat/{room}/presence", post_presence, methods=["POST"]),
    Route("/chat/{room}/mentions", post_mentions, methods=["POST"]),
    Route("/chat/{room}/preview", post_preview, methods=["POST"]),
    Route("/chat/{room}/highlight", post_highlight, methods=["POST"]),
    Route("/chat/{room}/typing", post_typing, methods=["POST"]),
    Route("/chat/{room}/read", post_read, methods=["POST"]),
    Route("/chat/{room}/topic", post_topic, methods=["POST"]),
    Route("/chat/{room}/search", search),
    Route("/chat/{room}/rules", _rules, methods=["GET", "POST"]),
    Route("/chat/{room}/delete", post_delete_room, methods=["POST"]),
    Route("/chat/{room}/members", post_member, methods=["POST"]),
    Route("/chat/{room}/link", post_link, methods=["POST"]),
    Route("/chat/{room}/moderation", moderate, methods=["POST"]),
    Route("/chat/{room}/pins", _pins, methods=["GET", "POST"]),
    Route("/chat/{room}/hooks", _hooks, methods=["GET", "POST"]),
    Route("/chat/{room}/hooks/{hook_id}/revoke", revoke_hook, methods=["POST"]),
    # As it is in the sender's settings: some add a path or a query of their own.
    StarletteRoute("/hooks/{secret}", post_hook, methods=["POST"]),
    StarletteRoute("/hooks/{secret}/{rest:path}", post_hook, methods=["POST"]),
    Route("/moderation", _moderation, methods=["GET", "POST"]),
    Route("/audit", get_audit),
    Route("/admin", get_admin),
    Route("/admin/rooms", _admin_rooms, methods=["GET", "POST"]),
    Route("/admin/people", _accounts, methods=["GET", "POST"]),
    Route("/admin/invite", post_invite, methods=["POST"]),
    Route("/invite/{code}", _invitation, methods=["GET", "POST"]),
    Route("/unread", get_unread),
    Route("/mentions", get_mentions),
    Route("/rooms", _rooms, methods=["GET", "POST"]),
    Route("/session", _session, methods=["GET", "POST"]),
    Route("/session/end", end_session, methods=["POST"]),
    Route("/account", _account, methods=["GET", "POST"]),
    Route("/account/erase", post_erase, methods=["POST"]),
    Route("/account/password", post_password, methods=["POST"]),
    Route("/account/tokens", post_token, methods=["POST"]),
    Route("/account/tokens/{token_id}/revoke", revoke_token, methods=["POST"]),
    Route("/account/app", begin_app, methods=["POST"]),
    Route("/account/app/on", turn_app_on, methods=["POST"]),
    Route("/account/app/off", turn_app_off, methods=["POST"]),
    Route("/account/recovery-codes", renew_codes, methods=["POST"]),
    Route("/account/passkeys/options", begin_passkey, methods=["POST"]),
    Route("/account/passkeys", add_passkey, methods=["POST"]),
    Route("/account/passkeys/{passkey_id}/rename", rename_passkey, methods=["POST"]),
    Route("/account/passkeys/{passkey_id}/remove", remove_passkey, methods=["POST"]),
    Route("/session/passkey/options", begin_passkey_sign_in, methods=["POST"]),
    Route("/session/passkey", sign_in_by_passkey, methods=["POST"]),
    Route("/doctor", doctor, methods=["GET", "POST"]),
    Route("/doctor/probe", probe, methods=["GET", "POST"]),
    Route("/doctor/echo", echo, methods=list(METHODS)),
    Route("/doctor/report", report, methods=["POST"]),
    Route("/help", get_help),
    Route("/help/{name}", get_help),
    Route("/healthz", healthz),
    Route("/readyz", readyz),
    Route("/metrics", metrics),
    Route("/openapi.json", get_openapi),
    Route("/send_message", send_message, methods=["POST"]),
    Route("/get_messages", get_old_messages),
    Route("/offline", offline_page),
    Route("/sw.js", service_worker),
    Route("/manifest.webmanifest", web_manifest),
    Route("/static/client.js", serve_client),
    Route("/static/{version}/{path:path}", serve_static),
]
ROUTES += routes_of_conversations(ROUTES)
_FIRST_WORDS = sorted({route.path.split("/")[1] for route in ROUTES if isinstance(route, Route)})
_EVERY_CALL = "GET /help/api lists every call"
_NAMED_FILE = "; curl -T adds the name of the file to an address that ends in /: leave the / out"


async def on_chat_error(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, ChatError)
    return error_response(request, exc)


async def on_http_error(request: Request, exc: Exception) -> Response:
    """What Starlette itself refuses: no such path, or not with this method."""
    assert isinstance(exc, HTTPException)
    if exc.status_code == 405:
        # Starlette lists them in another order each time that it is started.
        allowed = ", ".join(sorted((exc.headers or {}).get("Allow", "").split(", ")))
        error: ChatError = MethodNotAllowed(
            f"{request.method} is not allowed here; use {allowed}. {_next_step(request)}"
        )
        response = error_response(request, error)
        response.headers["Allow"] = allowed
        return response
    path = request.scope["path"]
    guess = _NAMED_FILE if request.method == "PUT" else _guess(path)
    detail = f"there is nothing at {path[:80]!r}{guess}; {_EVERY_CALL}"
    return error_response(request, NotFound(detail))


def _guess(path: str) -> str:
    """What may have been meant, by the first word of the path."""
    # OPTIONS may have the path `*`.
    first, *rest = path.removeprefix("/").split("/")
    nearest = get_close_matches(first[:40], _FIRST_WORDS, 1)
    if not nearest or nearest[0] == first:
        return ""
    meant = "/".join(("", nearest[0], *rest))
    return f"; did you mean {meant[:80]!r}?"


def _next_step(request: Request) -> str:
    """For who took the verb that other systems have."""
    method, path = request.method, request.scope["path"].rstrip("/")
    if path.endswith("/messages") and method in ("POST", "PUT"):
        return f"POST {path.removesuffix('/messages')} posts a message"
    if "/messages/" in path and method == "DELETE":
        return f"POST {path}/delete takes a message away"
    if "/messages/" in path and method in ("PATCH", "PUT"):
        return f"POST {path}/edit gives a message another text"
    return _EVERY_CALL


async def on_failure(request: Request, exc: Exception) -> Response:
    """What nobody thought of; the server logs it."""
    response = error_response(request, Failure())
    # Made outside of all that other answers pass.
    for name, value in SecureHeaders(is_public_tls=False, has_hsts=False).add("http", []):
        response.headers.setdefault(name.decode(), value.decode())
    return response
