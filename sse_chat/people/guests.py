"""Guests of the page: their cookie is all that they are, and can be ended before its time."""

import time

from sse_chat.author_ids import AuthorId
from sse_chat.people.audit_log import AuditLog
from sse_chat.people.roles import Person
from sse_chat.people.sessions import CLOCK_TOLERANCE_S, COOKIE_MAX_AGE_S
from sse_chat.store.people import PeopleStore

# A guest who leaves is no change that every worker must act upon at once, as an account's is:
# otherwise anyone could make them all look at every feed again, as often as they sign out.
_KNOWN_S = 5.0
_MAX_KNOWN = 20_000


class Guests:
    def __init__(self, people: PeopleStore, audit: AuditLog) -> None:
        self._people = people
        self._audit = audit
        # author_id -> whether it has ended, and until when that is believed.
        self._known: dict[AuthorId, tuple[bool, float]] = {}

    async def has_ended(self, author_id: AuthorId) -> bool:
        """As of a few seconds ago at most."""
        now_s = time.monotonic()
        known = self._known.get(author_id)
        if known is not None and (known[0] or now_s < known[1]):
            return known[0]
        has_ended = await self._people.has_guest_ended(author_id)
        self._remember(author_id, has_ended, now_s)
        return has_ended

    async def end(self, author_id: AuthorId, *, by: Person | None = None) -> None:
        """For good: whoever signs in there again is another guest. `by`: an owner, who notes it."""
        await self._people.end_guest(author_id, COOKIE_MAX_AGE_S + CLOCK_TOLERANCE_S)
        self._remember(author_id, True, time.monotonic())
        if by is not None:
            await self._audit.note("end sessions", to=author_id, by=by)

    def _remember(self, author_id: AuthorId, has_ended: bool, now_s: float) -> None:
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        self._known[author_id] = (has_ended, now_s + _KNOWN_S)
