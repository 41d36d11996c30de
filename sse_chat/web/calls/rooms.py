"""The calls of rooms and of their messages; those of a conversation follow from them."""

from dataclasses import replace

from sse_chat.web.calls.schemas import (
    BLOCKS,
    FEED,
    HISTORY,
    ID,
    MANY,
    MANY_MESSAGES,
    MODERATION,
    PAGE_FORMAT,
    PASSWORD,
    PIPE,
    REASON,
    ROOM,
    ROOM_QUERY,
    RULES,
    STRING,
    SWITCH,
    WHO,
    Call,
    one_of,
    whole,
)

ROOM_CALLS: tuple[Call, ...] = (
    Call("/chat", "get", "the default room, as /chat/{room}", ROOM_QUERY),
    Call(
        "/chat", "post", "post to the default room", {"key": STRING}, {"text": STRING},
        status=201,
    ),
    Call("/chat", "put", "pipe lines into the default room", PIPE, status=201),
    Call("/chat/{room}", "get", "the page, a feed or history, by Accept or format", ROOM_QUERY),
    Call(
        "/chat/{room}", "post", "post a message", {"key": STRING},
        fields={"text": STRING, "key": STRING, "reply_to": ID, "update_key": STRING},
        needed=("text",), status=201, replays=True,
    ),
    Call(
        "/chat/{room}", "put", "every line of the body is a message, or all of it one that grows",
        PIPE, status=201,
    ),
    Call("/chat/{room}/feed", "get", "a feed, by name", FEED),
    Call("/chat/{room}/feed", "post", "the same feed, for paths that hold a GET", FEED),
    Call("/feed", "get", "one feed of many rooms", MANY),
    Call("/feed", "post", "the same feed, for paths that hold a GET", MANY),
    Call("/messages", "get", "many rooms by long-poll", MANY_MESSAGES),
    Call("/messages", "post", "the same, for long cursors", MANY_MESSAGES),
    Call(
        "/chat/{room}/batch", "post", "many messages in one write, one JSON object a line",
        status=201,
    ),
    Call(
        "/chat/{room}/ask", "post", "a question with choices",
        fields={"text": STRING, "choices": STRING, "who": STRING,
                "until": whole(1, 604_800), "wait": whole(0, 25), "key": STRING,
                "reply_to": ID},
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
        {"wait": whole(0, 25)},
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
        fields={"emoji": STRING, "remove": SWITCH}, needed=("emoji",), status=201,
    ),
    Call("/chat/{room}/people", "get", "who is there, or has been lately", {"name": STRING}),
    Call("/chat/{room}/people/{author_id}", "get", "who somebody is"),
    Call(
        "/chat/{room}/presence", "post", "say that one is still here, or gone",
        fields={"state": one_of("here", "gone")}, status=204,
    ),
    Call(
        "/chat/{room}/mentions", "post", "whom this text would tell",
        fields={"text": STRING}, needed=("text",),
    ),
    Call(
        "/chat/{room}/preview", "post", "how this text would be shown",
        fields={"text": STRING}, needed=("text",),
    ),
    Call(
        "/chat/{room}/highlight", "post", "syntax colours of code",
        fields={"blocks": BLOCKS}, needed=("blocks",),
    ),
    Call("/chat/{room}/typing", "post", "say that someone is typing", status=204),
    Call(
        "/chat/{room}/read", "post", "up to where I have read",
        fields={"id": ID, "unread": SWITCH}, needed=("id",), status=204,
    ),
    Call("/chat/{room}/topic", "post", "set the topic", fields={"text": STRING}, status=201),
    Call(
        "/chat/{room}/search", "get", "the newest messages with these letters",
        {"q": {"type": "string", "minLength": 1, "maxLength": 200}, "before": ID,
         "limit": whole(1, 100), "format": PAGE_FORMAT},
        needed=("q",),
    ),
    Call("/chat/{room}/rules", "get", "who may see and write"),
    Call("/chat/{room}/rules", "post", "set the rules", fields=RULES, is_strict=True),
    Call(
        "/chat/{room}/delete", "post", "delete the room for good",
        fields={"confirm": ROOM, "reason": REASON, "password": PASSWORD}, needed=("confirm",),
    ),
    Call(
        "/chat/{room}/members", "post", "give someone a role in the room",
        fields={"who": WHO, "role": one_of("member", "moderator", "owner", "none")},
        needed=("who",), is_strict=True,
    ),
    Call(
        "/chat/{room}/link", "post", "a new link that lets in; days=0 ends it",
        fields={"days": whole(0, 90)}, status=201, is_strict=True,
    ),
    Call(
        "/chat/{room}/moderation", "post", "mute, kick or ban someone here",
        fields=MODERATION, needed=("act", "who"), is_strict=True,
    ),
    Call("/chat/{room}/qr", "get", "the address of the room as a QR code, in SVG"),
    Call("/chat/{room}/pins", "get", "the pinned messages, the newest pin first"),
    Call(
        "/chat/{room}/pins", "post", "pin a message, or unpin it",
        fields={"target": ID, "remove": SWITCH}, needed=("target",), status=201, replays=True,
    ),
    Call("/chat/{room}/hooks", "get", "addresses at which other programs post here"),
    Call(
        "/chat/{room}/hooks", "post", "a new one; its address is shown this once",
        fields={"name": STRING, "secret": STRING, "url": STRING, "kind": STRING,
                "author": STRING, "contains": STRING, "password": STRING},
        status=201, is_strict=True,
    ),
    Call(
        "/chat/{room}/hooks/{hook_id}/revoke", "post", "end one", fields={"password": STRING}
    ),
    Call("/hooks/{secret}", "post", "what another program sends, as a message"),
    Call("/rooms", "get", "the rooms that I may see", {"format": PAGE_FORMAT}),
    Call(
        "/rooms", "post", "a new room of my own",
        fields={"room": ROOM, **RULES}, needed=("room",), status=201, is_strict=True,
    ),
    Call(
        "/send_message", "post", "the tutorial's call", {"room": ROOM},
        fields={"message": STRING, "room": ROOM}, needed=("message",), status=201,
    ),
    Call("/get_messages", "get", "the newest 50 of the default room"),
)  # fmt: skip
# Each call of a room is one of a conversation too.
ROOM_CALLS += tuple(
    replace(call, path=call.path.replace("/chat/{room}", "/dm/{name}"))
    for call in ROOM_CALLS
    if call.path.startswith("/chat/{room}")
)
