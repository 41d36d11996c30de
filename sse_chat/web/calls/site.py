"""The calls of the server itself: its pages, administration, moderation, help and health."""

from sse_chat.people.administration import ACTS as ADMIN_ACTS
from sse_chat.web.calls.schemas import (
    ECHO,
    ID,
    MODERATION,
    PASSWORD,
    PROBE,
    REASON,
    ROLE,
    ROOM,
    STRING,
    WHO,
    Call,
    one_of,
    whole,
)

SITE_CALLS: tuple[Call, ...] = (
    Call("/", "get", "rooms and a way in; for curl the lines to use", {"room": STRING}),
    Call(
        "/moderation", "post", "ban someone from the server",
        fields=MODERATION, needed=("act", "who"), is_strict=True,
    ),
    Call("/moderation", "get", "who is banned from the server"),
    Call(
        "/audit", "get", "who did what",
        {"limit": whole(1, 500), "before": ID, "contains": {"type": "string", "maxLength": 200}},
    ),
    Call("/admin", "get", "the state of the server, its settings, and this request, for an owner"),
    Call("/admin/rooms", "get", "rooms with their rules and sizes, for an owner"),
    Call(
        "/admin/rooms", "post", "close a room, open it again, or delete it for good",
        fields={"act": one_of("close", "open", "delete"), "room": ROOM, "confirm": ROOM,
                "reason": REASON, "password": PASSWORD},
        needed=("act", "room"), is_strict=True,
    ),
    Call("/admin/people", "get", "all accounts, for an owner; or one", {"who": WHO}),
    Call(
        "/admin/people", "post", "change the account of somebody else",
        fields={"act": one_of(*ADMIN_ACTS),
                "who": WHO, "role": ROLE, "confirm": STRING, "password": PASSWORD},
        needed=("act", "who"), is_strict=True,
    ),
    Call(
        "/admin/invite", "post", "a link that makes one account",
        fields={"role": ROLE, "days": whole(1, 90), "password": PASSWORD}, status=201,
        is_strict=True,
    ),
    Call("/doctor", "get", "what the path does to feeds", {"idle": whole(0, 600)}),
    Call("/doctor", "post", "the same, for paths that hold a GET"),
    Call("/doctor/probe", "get", "one measurement", PROBE),
    Call("/doctor/probe", "post", "one measurement", PROBE),
    Call("/doctor/echo", "get", "which headers arrive", ECHO),
    Call("/doctor/echo", "post", "which headers arrive", ECHO),
    Call("/doctor/report", "post", "a report from measurements"),
    Call("/help", "get", "help"),
    Call("/help/{name}", "get", "a page of it"),
    Call("/healthz", "get", "the process lives"),
    Call("/readyz", "get", "a probe passes through store and tail"),
    Call("/metrics", "get", "for Prometheus"),
    Call("/static/client.js", "get", "a JavaScript module that follows a room from other pages"),
    Call("/openapi.json", "get", "this description"),
)  # fmt: skip
