"""Positions: the id after which, or around which, a request wants to read, however it says so."""

from collections.abc import Mapping
from dataclasses import replace

from sse_chat.errors import Malformed
from sse_chat.events import Gap
from sse_chat.ids import ZERO, EntryId, next_id, parse_id
from sse_chat.store.rooms import Page, RoomStore

# As headers. A browser's EventSource sends the first; the second is the property's own name.
_HEADERS = ("last-event-id", "lasteventid")
_RESUME = "lasteventid"


def find_position(params: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    """The id as the request has it: Last-Event-ID, which wins over `after`; None without either.

    A header wins over the query, as an EventSource keeps the URL that it was opened with. Polyfills
    that cannot set a header put `lastEventId` into the query. Raises Malformed.
    """
    resume = find_last_event_id(params, headers)
    return params.get("after") if resume is None else resume


def find_last_event_id(params: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    """As `find_position`, without `after`."""
    if (resume := find_in_headers(headers)) is not None:
        return resume
    found = {value for name, value in params.items() if is_last_event_id(name)}
    if len(found) > 1:
        raise Malformed("lastEventId is there twice, with different values; send it once")
    return next(iter(found), None)


def find_in_headers(headers: Mapping[str, str]) -> str | None:
    return next((headers[name] for name in _HEADERS if name in headers), None)


def is_last_event_id(name: str) -> bool:
    """Whether a query or form field of this name means Last-Event-ID, however it is spelled."""
    return name.lower().replace("-", "") == _RESUME


def parse_cursor(value: str) -> EntryId:
    """An id, or `0` for the oldest that is kept."""
    return ZERO if value == "0" else parse_id(value)


async def read_around(store: RoomStore, room: str, around: EntryId, limit: int) -> Page:
    """Half of the entries up to the id, half after it; `has_more` is said of the older ones."""
    upto = await store.read_before(room, next_id(around), (limit + 1) // 2)
    if limit == 1:
        return upto
    beyond = await store.read_after(room, around, limit // 2)
    # After an id that the room has not come to, reading begins again at the oldest.
    newer = [entry for entry in beyond.entries if entry.id > around]
    return Page(upto.entries + newer, upto.ends, upto.has_more)


async def tell_reset(store: RoomStore, room: str, after: EntryId, page: Page, limit: int) -> Page:
    """For a reader who waited while the store lost entries: the page after its position, or the
    whole room and a gap where that is lost too, whatever ids were given since."""
    if page.gap or page.has_cursor or after == ZERO:
        return page
    whole = await store.read_after(room, ZERO, limit)
    return replace(whole, gap=Gap(after, whole.ends.oldest, "reset"))
