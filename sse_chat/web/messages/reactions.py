"""Reactions to a message."""

import re
import unicodedata

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Malformed
from sse_chat.events import Draft
from sse_chat.extras import Extra
from sse_chat.people.roles import Action
from sse_chat.switches import parse_switch
from sse_chat.web.http.authentication import charge_change, person_and_fields
from sse_chat.web.http.requests import room_of, services_of
from sse_chat.web.http.responses import entry_response
from sse_chat.web.messages.changes import target_of

_MAX_EMOJI_BYTES = 64


async def post_reaction(request: Request) -> Response:
    """201 with the entry; 200 without one where it changes nothing."""
    room = room_of(request)
    person, fields = await person_and_fields(request, Action.REACT, room)
    emoji = check_emoji(fields.get("emoji"))
    extra = Extra(removed=parse_switch("remove", fields.get("remove")))
    await charge_change(request, person)
    draft = Draft(
        room, person.author, emoji, kind="reaction", target=target_of(request), extra=extra
    )
    entry = await services_of(request).store.react(draft)
    unchanged = {"target": str(draft.target), "text": emoji, "unchanged": True}
    return entry_response(request, room, entry, unchanged)


_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def check_emoji(emoji: object) -> str:
    """One emoji, however many code points it is made of; raises Malformed."""
    if not isinstance(emoji, str) or not 1 <= len(emoji.encode()) <= _MAX_EMOJI_BYTES:
        raise Malformed("emoji is one emoji, as in \U0001f44d")
    categories = {unicodedata.category(char) for char in emoji}
    # Signs like "<" and "+" are symbols too.
    symbols = {unicodedata.category(char) for char in emoji if not char.isascii()}
    is_keycap = "\u20e3" in emoji
    allowed = {"So", "Sk", "Sm", "Mn", "Me", "Cf", "Po"} | ({"Nd"} if is_keycap else set())
    if (
        _DIRECTION.search(emoji)
        or not categories <= allowed
        or not (symbols & {"So", "Sm"} or is_keycap)
    ):
        raise Malformed(
            f"{emoji[:20]!r} is not an emoji; send one emoji, as in emoji=\N{THUMBS UP SIGN}"
        )
    return emoji
