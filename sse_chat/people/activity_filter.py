"""ActivityFilter: which activity of other rooms the reader of a feed may know of."""

import logging
from dataclasses import replace

from sse_chat.errors import Unavailable
from sse_chat.events import EphemeralEvent
from sse_chat.feed.feed import Feed
from sse_chat.people.authorizer import FeedReader
from sse_chat.people.direct import DirectMessages
from sse_chat.people.permissions import Permissions
from sse_chat.people.roles import Action
from sse_chat.room_names import is_direct

_log = logging.getLogger("sse_chat.people")


class ActivityFilter:
    def __init__(self, permissions: Permissions, direct: DirectMessages) -> None:
        self._permissions = permissions
        self._direct = direct

    async def hear(self, feed: Feed, event: EphemeralEvent) -> EphemeralEvent | None:
        """The event as the reader of this feed may know of it; None where they may not, and while
        that is not known."""
        if not isinstance(feed.reader, FeedReader):
            return None
        person = feed.reader.person
        try:
            if not await self._permissions.allows(person, Action.READ, event.room):
                return None
            if not is_direct(event.room):
                return event
            found = await self._direct.describe(person.author.author_id, event.room)
            return replace(event, data={**event.data, "room": found.label, "dm": found.called})
        except Unavailable:
            return None
        except Exception:
            _log.exception("could not tell whether %r may hear of %s", feed, event.room)
            return None
