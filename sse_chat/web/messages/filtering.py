"""Filters of a request, and history through them."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.requests import Request

from sse_chat.errors import Malformed
from sse_chat.events import Entry, Gap
from sse_chat.filters import Filter, parse_filter
from sse_chat.ids import ZERO, EntryId
from sse_chat.people.limits import ADDRESS_SEARCHES, PERSON_SEARCHES, charges_of
from sse_chat.people.roles import Action, Person
from sse_chat.services import Services
from sse_chat.turns import Turn
from sse_chat.web.http.requests import services_of

_PAGE = 500
_MAX_LOOKED_AT = 10_000
_MAX_S = 0.5
# A busy room would wake each that waits for what seldom matches at every entry.
_LOOK_EVERY_S = 0.2


async def filter_of(request: Request, person: Person, params: Mapping[str, str]) -> Filter | None:
    """Charged like a search, as it reads many entries for few. Raises Malformed, TooMany."""
    found = parse_filter(params)
    if found is None:
        return None
    services = services_of(request)
    charges = charges_of(person, PERSON_SEARCHES, ADDRESS_SEARCHES)
    await services.identities.charge_all(charges)
    if not found.mentions:
        return found
    if params["mentions"] == "me":
        if not person.is_named:
            raise Malformed("mentions=me needs a name: curl -u NAME:")
        own = parse_filter({"mentions": person.author.name})
        assert own is not None
        ids = frozenset({person.author.author_id})
        return replace(found, mentions=own.mentions, mentioned_ids=ids)
    account = await services.accounts.find_by_name(params["mentions"])
    return replace(found, mentioned_ids=frozenset({account.account_id} if account else ()))


@dataclass(frozen=True, slots=True)
class FilteredPage:
    """Entries that match, oldest first; how far was looked, and whether there is more."""

    entries: list[Entry]
    cursor: EntryId
    has_more: bool
    gap: Gap | None = None
    looked_back_to: EntryId | None = None


async def read_before(
    services: Services, room: str, before: EntryId | None, limit: int, wanted: Filter,
    *, share: int = 1,
) -> FilteredPage:  # fmt: skip
    """The newest that match, within a bounded number of entries and time, of which this is one of
    so many shares."""
    found: list[Entry] = []
    most, until_s = _MAX_LOOKED_AT // share, time.monotonic() + _MAX_S / share
    back_to, looked_at, turn = before, 0, Turn()
    newest: EntryId | None = None
    while True:
        page = await services.store.read_before(room, back_to, min(_PAGE, most))
        if newest is None:
            newest = page.entries[-1].id if page.entries else ZERO
        for entry in reversed(page.entries):
            await turn.give_way()
            back_to = entry.id
            if wanted.matches(entry):
                found.append(entry)
                if len(found) == limit:
                    has_more = page.has_more or entry is not page.entries[0]
                    return FilteredPage(found[::-1], newest, has_more, looked_back_to=back_to)
        looked_at += len(page.entries)
        is_enough = looked_at >= most or time.monotonic() > until_s
        if not page.has_more or is_enough:
            return FilteredPage(found[::-1], newest, page.has_more, looked_back_to=back_to)


async def read_after(
    services: Services, room: str, after: EntryId, limit: int, wanted: Filter
) -> FilteredPage:
    """The oldest after the id that match; the cursor moves past what is left out."""
    found: list[Entry] = []
    cursor, gap = after, None
    looked_at, until_s, turn = 0, time.monotonic() + _MAX_S, Turn()
    while True:
        page = await services.store.read_after(room, cursor, _PAGE)
        if page.gap and gap is None:
            gap = page.gap
            cursor = page.entries[-1].id if page.entries else page.ends.newest
        for entry in page.entries:
            await turn.give_way()
            cursor = entry.id
            if wanted.matches(entry):
                found.append(entry)
                if len(found) == limit:
                    has_more = page.has_more or entry is not page.entries[-1]
                    return FilteredPage(found, cursor, has_more, gap)
        looked_at += len(page.entries)
        is_enough = looked_at >= _MAX_LOOKED_AT or time.monotonic() > until_s
        if not page.has_more or is_enough:
            return FilteredPage(found, cursor, page.has_more, gap)


async def wait_after(
    services: Services, person: Person, room: str, after: EntryId, limit: int, wanted: Filter,
    wait_s: float,
) -> FilteredPage:  # fmt: skip
    """Until something matches; what came may be no longer this person's to read."""
    until_s = time.monotonic() + wait_s
    gap: Gap | None = None
    while True:
        looked_at_s = time.monotonic()
        found = await read_after(services, room, after, limit, wanted)
        gap = gap or found.gap
        after = found.cursor
        left_s = until_s - time.monotonic()
        if found.entries or gap or left_s <= 0 or services.hub.is_draining.is_set():
            return replace(found, gap=gap)
        if not found.has_more:
            with services.authorizer.counted(person):
                await services.hub.wait_beyond(room, after, left_s)
            await pause_between_looks(looked_at_s)
            await services.authorizer.require_still(person, Action.READ, room)


async def pause_between_looks(looked_at_s: float) -> None:
    """Nothing, where the last look was some time ago."""
    await asyncio.sleep(max(looked_at_s + _LOOK_EVERY_S - time.monotonic(), 0))
