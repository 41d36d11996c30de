"""What the queries and fields of calls may be, as JSON Schema; and what a call is."""

from dataclasses import dataclass, field
from typing import Any

from sse_chat.formats import FORMATS
from sse_chat.kinds import KINDS

Schema = dict[str, Any]

STRING: Schema = {"type": "string"}
ID: Schema = {"type": "string", "pattern": r"^[0-9]{1,15}-[0-9]{1,6}$"}
ROOM: Schema = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"}
SWITCH: Schema = {"type": "string", "enum": ["0", "1"]}
PASSWORD: Schema = {"type": "string", "minLength": 8, "maxLength": 256}
ROLE: Schema = {"type": "string", "enum": ["member", "moderator", "owner"]}
WHO: Schema = {"type": "string", "maxLength": 40}


def whole(least: int, most: int) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": most}


def one_of(*words: str) -> Schema:
    return {"type": "string", "enum": list(words)}


PATH_PARAMETERS = {
    "room": ROOM,
    "entry_id": ID,
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
SINCE: Schema = {"type": "string", "examples": ["10m", "2h", "7d", "2026-11-23T09:41:00Z"]}
BLOCKS: Schema = {
    "type": "array",
    "maxItems": 20,
    "items": {
        "type": "object",
        "properties": {"language": STRING, "code": STRING},
        "required": ["language", "code"],
    },
}
PAGE_FORMAT = one_of("json", "text")
FILTERS = {
    "contains": {"type": "string", "minLength": 1, "maxLength": 200},
    "author": STRING,
    "mentions": STRING,
    "reply_to": ID,
    "kind": one_of(*KINDS),
}
NONCE: Schema = {"type": "string", "maxLength": 64}
FEED = {
    **FILTERS,
    "format": one_of(*FORMATS),
    "after": ID,
    "lastEventId": ID,
    "since": SINCE,
    "last": whole(0, 1000),
    "follow": SWITCH,
    "heartbeat": whole(2, 300),
    "activity": SWITCH,
    "nonce": NONCE,
}
ROOMS: Schema = {"type": "string", "examples": ["lobby,team", "*"]}
MANY_FEED = {name: schema for name, schema in FEED.items() if name != "since"} | {
    "rooms": ROOMS,
    "after": STRING,
    "lastEventId": STRING,
}
# A page ends by itself; whoever reads in any format may say so.
NO_FOLLOW = one_of("0")
MANY_MESSAGES = {
    **FILTERS,
    "rooms": ROOMS,
    "after": STRING,
    "lastEventId": STRING,
    "limit": whole(1, 500),
    "wait": whole(0, 25),
    "nonce": NONCE,
    "format": PAGE_FORMAT,
    "follow": NO_FOLLOW,
}
# By Accept or format, `/feed` is either.
MANY = {**MANY_MESSAGES, **MANY_FEED, "format": one_of("json", *FORMATS)}
HISTORY = {
    **FILTERS,
    "before": ID,
    "after": ID,
    "lastEventId": ID,
    "since": SINCE,
    "around": ID,
    "limit": whole(1, 500),
    "wait": whole(0, 25),
    "nonce": NONCE,
    "format": PAGE_FORMAT,
    "follow": NO_FOLLOW,
}
# A room's own URL is its page, a feed or its history.
ROOM_QUERY = {
    **HISTORY, **FEED, "format": one_of("html", "json", *FORMATS), "at": ID,
}  # fmt: skip
REASON = {"type": "string", "maxLength": 200}
RULES = {
    "visibility": one_of("public", "members", "invited"),
    "read_only": SWITCH,
    "archived": SWITCH,
    "closed": SWITCH,
    "slow_s": whole(0, 3600),
    "retention": whole(0, 10_000_000),
    "retention_age": {"type": ["integer", "string"], "examples": [86_400, "7d"]},
    "reason": REASON,
}
MODERATION = {
    "act": one_of("mute", "unmute", "kick", "ban", "unban"),
    "who": WHO,
    "minutes": whole(0, 525_600),
    "reason": REASON,
    "address": SWITCH,
    "purge": SWITCH,
}
PROBE = {
    "format": one_of("sse", "ndjson"),
    "events": whole(1, 20),
    "interval_ms": whole(50, 2000),
    "idle": whole(0, 600),
}
PIPE = {"grow": SWITCH, "key": STRING}
ECHO = {"wait": whole(0, 60), "cache": SWITCH}


@dataclass(frozen=True, slots=True)
class Call:
    """One method of one path: `query` and `fields` are schemas by name.

    A call with `replays` answers 200 for what was there already. One that `is_strict` refuses a
    field that it does not know: a misspelt right, limit or end must not be left out in silence.
    """

    path: str
    method: str
    summary: str
    query: dict[str, Schema] = field(default_factory=dict)
    fields: dict[str, Schema] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    status: int = 200
    replays: bool = False
    is_strict: bool = False
