"""LongPoll: a poll that has read all there is, while it waits and until it is answered."""

import re
import time
from collections.abc import Callable
from functools import lru_cache, partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sse_chat.errors import TooMany
from sse_chat.feed.parked import Parked, park
from sse_chat.formats import FORMATS
from sse_chat.ids import EntryId, parse_id
from sse_chat.people.roles import Action, Person
from sse_chat.web.http.cookies import cookie_name, cookie_of
from sse_chat.web.http.positions import find_in_headers
from sse_chat.web.http.proxied import RENEWED_COOKIE
from sse_chat.web.http.queries import MAX_KEPT
from sse_chat.web.http.read_charges import charge_later
from sse_chat.web.http.requests import services_of
from sse_chat.web.http.responses import json_response
from sse_chat.web.messages.history_pages import page_of_lines, respond_after

# For so long it stays as it is who asks, but for what the people cache tells; cookies end by the
# clock.
_SETTLED_S = 60.0
_AFTER = re.compile(rb"(?:^|(?<=&))after=((?:0|[1-9][0-9]{0,13})-(?:0|[1-9][0-9]{0,5}))(?=&|$)")
_NAMES = {b"after", b"wait", b"limit", b"format"}


class LongPoll(Response):
    """A response that is made later: `begin` to wait, then `find`, and `read` where that gives
    None. What its headers are given is added to them then.

    `generation`: of the people cache, from before it was known who asks.
    """

    def __init__(
        self,
        request: Request,
        person: Person,
        room: str,
        after: EntryId,
        limit: int,
        *,
        parked: Parked,
        wait_s: int,
        is_text: bool,
        may_skip_gap: bool,
        generation: int,
    ) -> None:
        """Raises TooMany."""
        # Without Response.__init__, as there is no body yet.
        self.raw_headers = []
        self.request = request
        self._services = services_of(request)
        self._person = person
        self._room = room
        self._after = after
        self._limit = limit
        self._parked = parked
        self._wait_s = wait_s
        self._is_text = is_text
        self._may_skip_gap = may_skip_gap
        self._generation = generation
        self._resets = self._services.hub.count_resets(room)
        self._reader = self._services.authorizer.admit_wait(person)
        self._is_counted = False
        asked = _split(request.scope["query_string"])
        self._question = asked and asked[0]
        self._settled_until_s = 0.0
        if person.is_named:
            self._services.presence.mark(room, person.author)
        charge_later(request)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hub = self._services.hub
        hub.count_reader(self._reader)
        try:
            await self._parked.wait(self._wait_s)
        finally:
            hub.forget_reader(self._reader)
        response = self.find() or await self.read()
        await response(scope, receive, send)

    def ask_again(self, query: bytes) -> bool:
        """For the same person, who has had the answer, and a request that differs in its query
        alone: whether it asks for the same from a position on where there is nothing yet. Then it
        can begin again; else all must be looked at anew."""
        asked = _split(query)
        if asked is None or asked[0] != self._question or self._must_recheck():
            return False
        if time.monotonic() >= self._settled_until_s and not self._settle():
            return False
        _, after = asked
        services = self._services
        parked = park(services.hub, self._room, after)
        if parked is None or not self._is_within_limits():
            return False
        self._parked = parked
        self._after = after
        self._may_skip_gap = False
        self._resets = services.hub.count_resets(self._room)
        self.request.scope["query_string"] = query
        services.last_seen.note(self._person)
        if self._person.is_named:
            services.presence.mark(self._room, self._person.author)
        return True

    def _settle(self) -> bool:
        """Whether nothing but the people cache can change who asks, for a while."""
        headers = self.request.headers
        if RENEWED_COOKIE in self.request.scope or find_in_headers(headers) is not None:
            return False
        if "cookie" in headers and "authorization" not in headers:
            cookie = cookie_of(self.request, cookie_name(self.request))
            if not (cookie and self._services.sessions.is_settled(cookie, _SETTLED_S)):
                return False
        self._settled_until_s = time.monotonic() + _SETTLED_S
        return True

    def _is_within_limits(self) -> bool:
        try:
            self._services.reads.check(self._person)
            self._services.authorizer.admit_wait(self._person)
        except TooMany:
            return False
        return True

    def begin(self, on_end: Callable[[], None]) -> None:
        """As of Waiter; counts as an open feed meanwhile."""
        self._services.hub.count_reader(self._reader)
        self._is_counted = True
        self._parked.begin(self._wait_s, partial(self._end, on_end))

    def end(self) -> None:
        """It waits no more. May be called again."""
        self._parked.end()
        if self._is_counted:
            self._is_counted = False
            self._services.hub.forget_reader(self._reader)

    def _end(self, on_end: Callable[[], None]) -> None:
        self.end()
        on_end()

    def find(self) -> Response | None:
        """What the window has; None where rights have changed, or only the store knows."""
        if self._must_recheck() or self._is_text:
            return None
        found = self._parked.find(FORMATS["ndjson"], self._limit)
        if found is None:
            return None
        page = page_of_lines(self._room, found.encoded, found.cursor, found.has_more)
        return self._complete(json_response(page))

    def _must_recheck(self) -> bool:
        # The right of a token ends by the clock.
        has_changed = self._services.people_cache.generation != self._generation
        return has_changed or self._person.grant is not None

    async def read(self) -> Response:
        """The answer in any case; raises like `require_still` and the store."""
        if self._must_recheck():
            # What came may be no longer this person's to read.
            await self._services.authorizer.require_still(self._person, Action.READ, self._room)
        response = await respond_after(
            self.request,
            self._person,
            self._room,
            self._after,
            self._limit,
            wait_s=0,
            resets=self._resets,
            may_skip_gap=self._may_skip_gap,
        )
        return self._complete(response)

    def _complete(self, response: Response) -> Response:
        response.raw_headers += self.raw_headers
        self._services.reads.spend(self._person, len(response.body))
        return response


def _split(query: bytes) -> tuple[bytes, EntryId] | None:
    """All but the position, and that; None where more than these must be understood."""
    return _split_short(query) if len(query) <= MAX_KEPT else None


# Those who poll a room ask alike.
@lru_cache(maxsize=1024)
def _split_short(query: bytes) -> tuple[bytes, EntryId] | None:
    names = [pair.partition(b"=")[0] for pair in query.split(b"&")]
    found = _AFTER.search(query)
    if found is None or len(set(names)) < len(names) or not _NAMES.issuperset(names):
        return None
    return query[: found.start(1)] + query[found.end() :], parse_id(found[1].decode())
