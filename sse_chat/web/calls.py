"""The calls: each route with its query and its fields, for the description and for the checks."""

from dataclasses import dataclass, field, replace
from typing import Any

from sse_chat.formats import FORMATS
from sse_chat.kinds import KINDS
from sse_chat.people.administration import ACTS as ADMIN_ACTS

Schema = dict[str, Any]

STRING: Schema = {"type": "string"}
_ID: Schema = {"type": "string", "pattern": r"^[0-9]{1,15}-[0-9]{1,6}$"}
_ROOM: Schema = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"}
_SWITCH: Schema = {"type": "string", "enum": ["0", "1"]}
_PASSWORD: Schema = {"type": "string", "minLength": 8, "maxLength": 256}
_ROLE: Schema = {"type": "string", "enum": ["member", "moderator", "owner"]}
_WHO: Schema = {"type": "string", "maxLength": 40}


def _whole(least: int, most: int) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": most}


def _one_of(*words: str) -> Schema:
    return {"type": "string", "enum": list(words)}


PATH_PARAMETERS = {
    "room": _ROOM,
    "entry_id": _ID,
    "author_id": {"type": "string", "pattern": "^[a-z]_[0-9a-z]{1,40}$"},
    "token_id": {"type": "string", "pattern": "^[0-9a-f]{12}$"},
    "code": {"type": "string", "pattern": "^[A-Za-z0-9_-]{24}$"},
    "name": STRING,
    "passkey_id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,1400}$"},
    "secret": {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"},
    "hook_id": {"type": "string", "pattern": "^[0-9a-f]{12}$"},
    "version": STRING,
    "path": STRING,
}
_SINCE: Schema = {"type": "string", "examples": ["10m", "2h", "7d", "2026-11-23T09:41:00Z"]}
_PAGE_FORMAT = _one_of("json", "text")
_FILTERS = {
    "contains": {"type": "string", "minLength": 1, "maxLength": 200},
    "author": STRING,
    "mentions": STRING,
    "reply_to": _ID,
    "kind": _one_of(*KINDS),
}
_NONCE: Schema = {"type": "string", "maxLength": 64}
FEED = {
    **_FILTERS,
    "format": _one_of(*FORMATS),
    "after": _ID,
    "lastEventId": _ID,
    "since": _SINCE,
    "last": _whole(0, 1000),
    "follow": _SWITCH,
    "heartbeat": _whole(2, 300),
    "activity": _SWITCH,
    "nonce": _NONCE,
}
_ROOMS: Schema = {"type": "string", "examples": ["lobby,team", "*"]}
MANY_FEED = {name: schema for name, schema in FEED.items() if name != "since"} | {
    "rooms": _ROOMS,
    "after": STRING,
    "lastEventId": STRING,
    "last": _whole(0, 100),
}
# A page ends by itself; whoever reads in any format may say so.
_NO_FOLLOW = _one_of("0")
MANY_MESSAGES = {
    **_FILTERS,
    "rooms": _ROOMS,
    "after": STRING,
    "lastEventId": STRING,
    "limit": _whole(1, 500),
    "wait": _whole(0, 25),
    "nonce": _NONCE,
    "format": _PAGE_FORMAT,
    "follow": _NO_FOLLOW,
}
# By Accept or format, `/feed` is either.
_MANY = {**MANY_MESSAGES, **MANY_FEED, "format": _one_of("json", *FORMATS)}
HISTORY = {
    **_FILTERS,
    "before": _ID,
    "after": _ID,
    "lastEventId": _ID,
    "since": _SINCE,
    "around": _ID,
    "limit": _whole(1, 500),
    "wait": _whole(0, 25),
    "nonce": _NONCE,
    "format": _PAGE_FORMAT,
    "follow": _NO_FOLLOW,
}
# A room's own URL is its page, a feed or its history.
_ROOM_QUERY = {
    **HISTORY, **FEED, "format": _one_of("html", "json", *FORMATS), "at": _ID,
}  # fmt: skip
_RULES = {
    "visibility": _one_of("public", "members", "invited"),
    "read_only": _SWITCH,
    "archived": _SWITCH,
    "closed": _SWITCH,
    "slow_s": _whole(0, 3600),
    "retention": _whole(0, 10_000_000),
    "retention_age": {"type": ["integer", "string"], "examples": [86_400, "7d"]},
}
_MODERATION = {
    "act": _one_of("mute", "unmute", "kick", "ban", "unban"),
    "who": _WHO,
    "minutes": _whole(0, 525_600),
    "reason": {"type": "string", "maxLength": 200},
    "address": _SWITCH,
    "purge": _SWITCH,
}
_PROBE = {
    "format": _one_of("sse", "ndjson"),
    "events": _whole(1, 20),
    "interval_ms": _whole(50, 2000),
    "idle": _whole(0, 600),
}
_PIPE = {"grow": _SWITCH, "key": STRING}
_ECHO = {"wait": _whole(0, 60), "cache": _SWITCH}


@dataclass(frozen=True, slots=True)
class Call:
    """One method of one path: `query` and `fields` are schemas by name.

    A call with `replays` answers 200 for what was there already.
    """

    path: str
    method: str
    summary: str
    query: dict[str, Schema] = field(default_factory=dict)
    fields: dict[str, Schema] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    status: int = 200
    replays: bool = False


CALLS: tuple[Call, ...] = (
    Call("/", "get", "rooms and a way in; for curl the lines to use", {"room": STRING}),
    Call("/chat", "get", "the default room, as /chat/{room}", _ROOM_QUERY),
    Call(
        "/chat", "post", "post to the default room", {"key": STRING}, {"text": STRING},
        status=201,
    ),
    Call("/chat", "put", "pipe lines into the default room", _PIPE, status=201),
    Call("/chat/{room}", "get", "the page, a feed or history, by Accept or format", _ROOM_QUERY),
    Call(
        "/chat/{room}", "post", "post a message", {"key": STRING},
        fields={"text": STRING, "key": STRING, "reply_to": _ID, "update_key": STRING},
        needed=("text",), status=201, replays=True,
    ),
    Call(
        "/chat/{room}", "put", "every line of the body is a message, or all of it one that grows",
        _PIPE, status=201,
    ),
    Call("/chat/{room}/feed", "get", "a feed, by name", FEED),
    Call("/chat/{room}/feed", "post", "the same feed, for paths that hold a GET", FEED),
    Call("/feed", "get", "one feed of many rooms", _MANY),
    Call("/feed", "post", "the same feed, for paths that hold a GET", _MANY),
    Call("/messages", "get", "many rooms by long-poll", MANY_MESSAGES),
    Call("/messages", "post", "the same, for long cursors", MANY_MESSAGES),
    Call(
        "/chat/{room}/batch", "post", "many messages in one write, one JSON object a line",
        status=201,
    ),
    Call(
        "/chat/{room}/ask", "post", "a question with choices",
        fields={"text": STRING, "choices": STRING, "who": STRING,
                "until": _whole(1, 604_800), "wait": _whole(0, 25), "key": STRING,
                "reply_to": _ID},
        needed=("text", "choices"), status=201, replays=True,
    ),
    Call("/chat/{room}/messages", "get", "history, and the long-poll", HISTORY),
    Call("/chat/{room}/messages/{entry_id}", "get", "one entry"),
    Call(
        "/chat/{room}/messages/{entry_id}/versions", "get",
        "what a message said before its edits, for moderators",
    ),
    Call(
        "/chat/{room}/messages/{entry_id}/answer", "get", "the answer to a question",
        {"wait": _whole(0, 25)},
    ),
    Call(
        "/chat/{room}/messages/{entry_id}/answer", "post", "answer a question; the first counts",
        fields={"choice": STRING}, needed=("choice",), status=201,
    ),
    Call(
        "/chat/{room}/messages/{entry_id}/edit", "post", "give a message another text",
        fields={"text": STRING}, needed=("text",), status=201,
    ),
    Call("/chat/{room}/messages/{entry_id}/delete", "post", "take a message away", status=201),
    Call(
        "/chat/{room}/messages/{entry_id}/reactions", "post", "react, or take it back",
        fields={"emoji": STRING, "remove": _SWITCH}, needed=("emoji",), status=201,
    ),
    Call("/chat/{room}/people", "get", "who is there, or has been lately", {"name": STRING}),
    Call("/chat/{room}/people/{author_id}", "get", "who somebody is"),
    Call(
        "/chat/{room}/presence", "post", "say that one is still here, or gone",
        fields={"state": _one_of("here", "gone")}, status=204,
    ),
    Call(
        "/chat/{room}/mentions", "post", "whom this text would tell",
        fields={"text": STRING}, needed=("text",),
    ),
    Call(
        "/chat/{room}/preview", "post", "how this text would be shown",
        fields={"text": STRING}, needed=("text",),
    ),
    Call("/chat/{room}/typing", "post", "say that someone is typing", status=204),
    Call(
        "/chat/{room}/read", "post", "up to where I have read",
        fields={"id": _ID, "unread": _SWITCH}, needed=("id",), status=204,
    ),
    Call("/chat/{room}/topic", "post", "set the topic", fields={"text": STRING}, status=201),
    Call(
        "/chat/{room}/search", "get", "the newest messages with these letters",
        {"q": {"type": "string", "minLength": 1, "maxLength": 200}, "before": _ID,
         "limit": _whole(1, 100), "format": _PAGE_FORMAT},
        needed=("q",),
    ),
    Call("/chat/{room}/rules", "get", "who may see and write"),
    Call("/chat/{room}/rules", "post", "set the rules", fields=_RULES),
    Call(
        "/chat/{room}/delete", "post", "delete the room for good",
        fields={"confirm": _ROOM, "password": _PASSWORD}, needed=("confirm",),
    ),
    Call(
        "/chat/{room}/members", "post", "give someone a role in the room",
        fields={"who": _WHO, "role": _one_of("member", "moderator", "owner", "none")},
        needed=("who",),
    ),
    Call(
        "/chat/{room}/link", "post", "a new link that lets in; days=0 ends it",
        fields={"days": _whole(0, 90)}, status=201,
    ),
    Call(
        "/chat/{room}/moderation", "post", "mute, kick or ban someone here",
        fields=_MODERATION, needed=("act", "who"),
    ),
    Call("/chat/{room}/qr", "get", "the address of the room as a QR code, in SVG"),
    Call("/chat/{room}/pins", "get", "the pinned messages, the newest pin first"),
    Call(
        "/chat/{room}/pins", "post", "pin a message, or unpin it",
        fields={"target": _ID, "remove": _SWITCH}, needed=("target",), status=201, replays=True,
    ),
    Call("/chat/{room}/hooks", "get", "addresses at which other programs post here"),
    Call(
        "/chat/{room}/hooks", "post", "a new one; its address is shown this once",
        fields={"name": STRING, "secret": STRING, "url": STRING, "kind": STRING,
                "author": STRING, "contains": STRING, "password": STRING},
        status=201,
    ),
    Call(
        "/chat/{room}/hooks/{hook_id}/revoke", "post", "end one", fields={"password": STRING}
    ),
    Call("/hooks/{secret}", "post", "what another program sends, as a message"),
    Call(
        "/moderation", "post", "ban someone from the server",
        fields=_MODERATION, needed=("act", "who"),
    ),
    Call("/moderation", "get", "who is banned from the server"),
    Call(
        "/audit", "get", "who did what",
        {"limit": _whole(1, 500), "before": _ID, "contains": {"type": "string", "maxLength": 200}},
    ),
    Call("/admin", "get", "the state of the server, its settings, and this request, for an owner"),
    Call("/admin/rooms", "get", "rooms with their rules and sizes, for an owner"),
    Call(
        "/admin/rooms", "post", "close a room, open it again, or delete it for good",
        fields={"act": _one_of("close", "open", "delete"), "room": _ROOM, "confirm": _ROOM,
                "password": _PASSWORD},
        needed=("act", "room"),
    ),
    Call("/admin/people", "get", "all accounts, for an owner; or one", {"who": _WHO}),
    Call(
        "/admin/people", "post", "change the account of somebody else",
        fields={"act": _one_of(*ADMIN_ACTS),
                "who": _WHO, "role": _ROLE, "confirm": STRING, "password": _PASSWORD},
        needed=("act", "who"),
    ),
    Call(
        "/admin/invite", "post", "a link that makes one account",
        fields={"role": _ROLE, "days": _whole(1, 90), "password": _PASSWORD}, status=201,
    ),
    Call("/invite/{code}", "get", "what a link is for"),
    Call(
        "/invite/{code}", "post", "enter the room that it is for, or set a new password by it",
        fields={"password": _PASSWORD},
    ),
    Call("/unread", "get", "what I have not read"),
    Call("/mentions", "get", "the newest messages that name me, in all rooms"),
    Call("/rooms", "get", "the rooms that I may see", {"format": _PAGE_FORMAT}),
    Call(
        "/rooms", "post", "a new room of my own",
        fields={"room": _ROOM, **_RULES}, needed=("room",), status=201,
    ),
    Call("/session", "get", "who I am"),
    Call(
        "/session", "post", "sign in",
        fields={"name": STRING, "password": STRING, "code": STRING, "ticket": STRING},
    ),
    Call("/session/end", "post", "sign out", fields={"everywhere": _SWITCH}),
    Call("/account", "get", "my sessions and tokens"),
    Call(
        "/account", "post", "make an account",
        fields={"name": STRING, "password": _PASSWORD, "invitation": STRING},
        needed=("name", "password"), status=201,
    ),
    Call(
        "/account/erase", "post", "erase my account and all that it wrote, for good",
        fields={"password": STRING}, needed=("password",),
    ),
    Call(
        "/account/password", "post", "change the password",
        fields={"old": STRING, "new": _PASSWORD}, needed=("old", "new"),
    ),
    Call(
        "/account/tokens", "post", "make a token; shown this once",
        fields={"label": STRING, "scope": _one_of("read", "post", "both"), "rooms": STRING,
                "days": _whole(0, 3650), "limit": {"type": "string", "examples": ["50/300"]}},
        status=201,
    ),
    Call("/account/tokens/{token_id}/revoke", "post", "end a token"),
    Call("/doctor", "get", "what the path does to feeds", {"idle": _whole(0, 600)}),
    Call("/doctor", "post", "the same, for paths that hold a GET"),
    Call("/doctor/probe", "get", "one measurement", _PROBE),
    Call("/doctor/probe", "post", "one measurement", _PROBE),
    Call("/doctor/echo", "get", "which headers arrive", _ECHO),
    Call("/doctor/echo", "post", "which headers arrive", _ECHO),
    Call("/doctor/report", "post", "a report from measurements"),
    Call("/help", "get", "help"),
    Call("/help/{name}", "get", "a page of it"),
    Call("/healthz", "get", "the process lives"),
    Call("/readyz", "get", "a probe passes through store and tail"),
    Call("/metrics", "get", "for Prometheus"),
    Call(
        "/send_message", "post", "the tutorial's call", {"room": _ROOM},
        fields={"message": STRING, "room": _ROOM}, needed=("message",), status=201,
    ),
    Call("/get_messages", "get", "the newest 50 of the default room"),
    Call("/static/client.js", "get", "a JavaScript module that follows a room from other pages"),
    Call("/openapi.json", "get", "this description"),
    Call("/dm/{name}/block", "post", "refuse what this person writes to me"),
    Call("/dm/{name}/unblock", "post", "take it again"),
)  # fmt: skip
# Each call of a room is one of a conversation too.
CALLS += tuple(
    replace(each, path=each.path.replace("/chat/{room}", "/dm/{name}"))
    for each in CALLS
    if each.path.startswith("/chat/{room}")
)
