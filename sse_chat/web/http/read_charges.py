"""Who reads, and what that costs by its size: see `people/byte_limits`."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.people.roles import Action, Person
from sse_chat.web.http.authentication import person_of
from sse_chat.web.http.requests import services_of

P = ParamSpec("P")
Handler = Callable[Concatenate[Request, P], Awaitable[Response]]
_READER = "sse_chat.reader"
_PAGE_BYTES = 65_536


async def reader_of(request: Request, room: str | None = None) -> Person:
    """Whoever asks, if they may read the room; raises what `person_of` and `require` do, and
    TooMany."""
    services, person = services_of(request), await person_of(request)
    if room is not None:
        await services.permissions.require(person, Action.READ, room)
    services.reads.check(person)
    request.scope[_READER] = person
    return person


def charged(handler: Handler[P]) -> Handler[P]:
    """Charges the `reader_of` this request for the answer."""

    @wraps(handler)
    async def handle(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> Response:
        response = await handler(request, *args, **kwargs)
        reader: Person | None = request.scope.get(_READER)
        if reader is not None:
            # A page is small once it is compressed, and takes as long as history to make.
            least = (
                _PAGE_BYTES
                if response.headers.get("content-type", "").startswith("text/html")
                else 0
            )
            services_of(request).reads.spend(reader, max(len(response.body), least))
        return response

    return handle


def charge_later(request: Request) -> None:
    """Whoever makes the answer spends what it costs, once it is there."""
    request.scope.pop(_READER, None)
