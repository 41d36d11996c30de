"""Positions: the id after which a request wants to read on, in whichever way it says so."""

from collections.abc import Mapping

from sse_chat.errors import Malformed
from sse_chat.ids import ZERO, EntryId, parse_id

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
    for name in _HEADERS:
        if name in headers:
            return headers[name]
    found = {value for name, value in params.items() if is_last_event_id(name)}
    if len(found) > 1:
        raise Malformed("lastEventId is there twice, with different values; send it once")
    return next(iter(found), None)


def is_last_event_id(name: str) -> bool:
    """Whether a query or form field of this name means Last-Event-ID, however it is spelled."""
    return name.lower().replace("-", "") == _RESUME


def parse_cursor(value: str) -> EntryId:
    """An id, or `0` for the oldest that is kept."""
    return ZERO if value == "0" else parse_id(value)
