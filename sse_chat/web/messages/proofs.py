"""What proves that a message is one's own, where a name proves nothing."""

import hmac
from dataclasses import replace

from starlette.requests import Request

from sse_chat.errors import Unproven
from sse_chat.events import Draft, Entry
from sse_chat.ids import ZERO
from sse_chat.people.networks import network_of
from sse_chat.people.roles import Person
from sse_chat.web.http.requests import services_of

EDIT_KEY = "edit_key"


def proof_of(request: Request, person: Person, entry: Entry, *, is_new: bool) -> dict[str, str]:
    """What the answer to a post has besides the entry: {"edit_key"}, for this answer alone."""
    if person.is_proven or not is_new:
        return {}
    return {EDIT_KEY: services_of(request).sessions.edit_key(entry.room, str(entry.id))}


async def prove(request: Request, person: Person, draft: Draft) -> Draft:
    """The change, in the name of the message's author where an Edit-Key proves that.

    Whether the author is the person is left to the store, but for those who share their name.
    Raises Unproven.
    """
    given = request.headers.get("edit-key")
    if given is None and person.is_proven:
        return draft
    services = services_of(request)
    target = draft.target or ZERO
    if given is not None:
        right = services.sessions.edit_key(draft.room, str(target))
        if not hmac.compare_digest(given.encode("latin-1", "replace"), right.encode()):
            raise Unproven("the Edit-Key is not the one that this message's answer had")
    entry = await services.store.read_entry(draft.room, target)
    if entry is None or entry.kind != "message":
        # Which the store refuses, in the same words to everyone.
        return draft
    if given is not None:
        return replace(draft, author=entry.author)
    posted_with = request.headers.get("idempotency-key")
    if posted_with is not None and posted_with == entry.key:
        network = network_of(person.address)
        if await services.people.is_origin(draft.room, str(target), network):
            return draft
    raise Unproven(
        "a name without a password is shared, and proves nothing: send the edit_key of the "
        "message's answer as Edit-Key, or from where it was posted the Idempotency-Key of that day"
    )
