"""Which names the query of each call may have, and what is said of any other.

A name that is ignored fails late: `?folow=0` would hold a script for ever.
"""

import difflib
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute

from sse_chat.errors import Malformed
from sse_chat.web.calls import ALL_CALLS
from sse_chat.web.http.negotiation import accepts_html
from sse_chat.web.http.positions import is_last_event_id

# A member of the scope: the fields that the call knows, where it refuses others.
KNOWN_FIELDS = "sse_chat.known_fields"
_RESUME = "lastEventId"
Handler = Callable[[Request], Awaitable[Response]]


class Route(StarletteRoute):
    """Starlette's, for which a name that the description of the call does not have is 400."""

    def __init__(self, path: str, endpoint: Handler, **options: Any) -> None:
        async def checked(request: Request) -> Response:
            if request.scope["query_string"]:
                check_query_of(request, path)
            if request.method == "POST":
                request.scope[KNOWN_FIELDS] = fields_of(path)
            return await endpoint(request)

        options.setdefault("name", getattr(endpoint, "__name__", path))
        super().__init__(path, checked, **options)
        self.handler = endpoint


def check_query_of(request: Request, path: str) -> None:
    """Raises Malformed for a name that the call does not know.

    A page that a browser opens is no call: what trackers of links add there is ignored.
    """
    known = names_of(path, "get" if request.method == "HEAD" else request.method.lower())
    names = request.query_params
    if known is not None and not known.issuperset(names) and not _is_page(request):
        check_names(names, known)


def check_names(names: Iterable[str], known: Collection[str], what: str = "query") -> None:
    """Raises Malformed, with the nearest name that is known."""
    for name in names:
        if name not in known and not (is_last_event_id(name) and _RESUME in known):
            raise Malformed(_describe(name, known, what))


def _describe(name: str, known: Collection[str], what: str) -> str:
    if not known:
        return f"{name[:40]!r} is not known: this call has no {what}"
    spelled = {each.lower(): each for each in known}
    near = difflib.get_close_matches(name[:40].lower(), spelled, 1)
    meant = f"did you mean {spelled[near[0]]!r}? " if near else ""
    return f"{name[:40]!r} is not known; {meant}allowed: {', '.join(sorted(known))}"


# Above this, nobody else will ask the same.
MAX_KEPT = 256


def parse_query(query: bytes) -> QueryParams:
    """Those who poll one room ask alike."""
    return _parse_kept(query) if len(query) <= MAX_KEPT else QueryParams(query)


def parse_single(query: bytes) -> Mapping[str, str]:
    """Raises Malformed where one name has two values, of which one would be ignored."""
    return _single_kept(query) if len(query) <= MAX_KEPT else _check_single(query)


def _check_single(query: bytes) -> Mapping[str, str]:
    params = parse_query(query)
    pairs = set(params.multi_items())
    if len(pairs) > len(params):
        twice = next(name for name, value in sorted(pairs) if params[name] != value)
        raise Malformed(f"{twice[:40]!r} is there twice, with different values; send it once")
    # A dict is looked up many times faster.
    return MappingProxyType(dict(params))


_parse_kept = lru_cache(maxsize=1024)(QueryParams)
_single_kept = lru_cache(maxsize=1024)(_check_single)


@cache
def names_of(path: str, method: str) -> frozenset[str] | None:
    """None where the call is not described: files, and what is for a browser alone."""
    for call in ALL_CALLS:
        if call.path in (path, path.replace(":path", "")) and call.method == method:
            return frozenset(call.query)
    return None


@cache
def fields_of(path: str) -> frozenset[str] | None:
    """None where a POST takes others too."""
    for call in ALL_CALLS:
        if call.path == path and call.method == "post" and call.is_strict:
            return frozenset(call.fields)
    return None


def _is_page(request: Request) -> bool:
    if request.method not in ("GET", "HEAD") or "format" in request.query_params:
        return False
    return accepts_html(request.headers.get("accept", ""))
