"""What handlers take from a request: numbers, ids, the body, who speaks."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.charsets import charset_of
from sse_chat.conversations import Conversation
from sse_chat.errors import Malformed, OtherAuthor, TooLarge, Unauthorized
from sse_chat.events import Author, parse_room
from sse_chat.forms import parse_form
from sse_chat.inbound import check_key, parse_content_type, parse_json, parse_multipart
from sse_chat.numbers import parse_whole
from sse_chat.people.limits import ADDRESS_CHANGES, PERSON_CHANGES, charges_of, charges_of_change
from sse_chat.people.roles import Action, Person, Role
from sse_chat.services import Services
from sse_chat.web.http.access_log import PERSON
from sse_chat.web.http.cookies import cookie_of
from sse_chat.web.http.proxied import RENEWED_COOKIE, client_address, root_of
from sse_chat.web.http.queries import check_single

MAX_BODY_BYTES = 65_536
FIELDS = "sse_chat.fields"
# A member of the scope: the body, where the server had all of it with the head.
WHOLE_BODY = "sse_chat.body"
# Another one: the conversation that the path names.
CONVERSATION = "sse_chat.conversation"
# The cookie by which a browser is known again that an account has signed in with.
BROWSER_SUFFIX = "_browser"
_BODY_TIMEOUT_S = 30
# Where a second factor is set up, or one signs out, by people who must have one and do not yet.
_WITHOUT_FACTOR = ("/account", "/session")
_Body = TypeVar("_Body")


def services_of(request: Request) -> Services:
    services: Services = request.scope["app"].state["services"]
    return services


def conversation_of(request: Request) -> Conversation | None:
    """What `/dm/{name}` stands for, on its routes."""
    found: Conversation | None = request.scope.get(CONVERSATION)
    return found


def room_of(request: Request) -> str:
    if (conversation := conversation_of(request)) is not None:
        return conversation.room
    room = request.path_params.get("room")
    return services_of(request).settings.default_room if room is None else parse_room(room)


def is_ndjson(request: Request) -> bool:
    kind, _ = parse_content_type(request.headers.get("content-type"))
    return kind == "application/x-ndjson"


def query_of(request: Request) -> Mapping[str, str]:
    """The query; raises Malformed where one name has two values, of which one would be ignored."""
    return check_single(request.query_params)


def key_of(request: Request, in_body: str | None = None) -> str | None:
    """The idempotency key: the header wins over the body, the body over the query, where it stands
    for what has no fields, on paths that strip headers. Raises Malformed."""
    named = request.headers.get("idempotency-key", in_body)
    return check_key(query_of(request).get("key") if named is None else named)


def number(
    params: Mapping[str, str], name: str, *, least: int, most: int, default: int | None = None
) -> int | None:
    """A whole number from `least` to `most`, or the default when it is not there."""
    value = params.get(name)
    return default if value is None else parse_whole(name, value, least=least, most=most)


def choice(params: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = params.get(name, default)
    if value not in allowed:
        raise Malformed(f"{name}={value[:40]!r} is not known; allowed: {', '.join(allowed)}")
    return value


async def read_body(request: Request, *, max_bytes: int = MAX_BODY_BYTES) -> bytes:
    """The whole body; raises TooLarge, Busy, Draining, or BodyTimeout when it does not end."""
    whole: bytes | None = request.scope.get(WHOLE_BODY)
    if whole is not None:
        if len(whole) > max_bytes:
            raise _too_large(max_bytes)
        return whole
    # Longer than any length that is allowed, it need not be read as a number.
    length = request.headers.get("content-length", "")[:20]
    if length.isascii() and length.isdigit() and int(length) > max_bytes:
        raise _too_large(max_bytes)
    body, held = b"", 0
    has_more = True
    bodies = services_of(request).bodies
    try:
        async with bodies.wait(_BODY_TIMEOUT_S):
            while has_more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise Malformed("the client went away in the middle of the body")
                body += message.get("body", b"")
                if len(body) > max_bytes:
                    raise _too_large(max_bytes)
                has_more = message.get("more_body", False)
                if has_more:
                    newly, held = len(body) - held, len(body)
                    bodies.hold(newly)
    finally:
        bodies.let_go(held)
    return body


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(f"the body is over {max_bytes:,} bytes")


async def read_fields(request: Request) -> dict[str, Any]:
    """The members of a JSON object, or the fields of a form; they stay in the scope as FIELDS."""
    fields = request.scope[FIELDS] = await _read_fields(request)
    return fields


async def _read_fields(request: Request) -> dict[str, Any]:
    body = await read_body(request)
    kind, params = parse_content_type(request.headers.get("content-type"))
    if kind == "application/json":
        shape = parse_json(body, charset_of(params))
        if not isinstance(shape, dict):
            raise Malformed('the JSON must be an object: {"name": "value"}')
        return shape
    if kind == "multipart/form-data":
        return dict(parse_multipart(body, params))
    return dict(parse_form(body, charset_of(params)))


def text_field(fields: Mapping[str, Any], name: str, default: str = "") -> str:
    """What a field says, which in JSON may be a number too; raises Malformed."""
    value = fields.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Malformed(f"{name} is text, in quotes where it is sent as JSON")
    return str(value)


async def person_of(request: Request) -> Person:
    """Who the request says it is: Authorization first, then the cookie, else its address.

    Raises Unauthorized, Malformed, BadName, TooMany, OtherAuthor, FactorNeeded.
    """
    identities = services_of(request).identities
    address = client_address(request)
    headers = request.headers
    cookie = cookie_of(request, cookie_name(request)) if "cookie" in headers else None
    authorization = headers.get("authorization")
    if authorization is not None:
        person = await identities.of_authorization(authorization, address)
    else:
        found = await identities.of_cookie(cookie, address) if cookie else None
        person = found or identities.of_address(address)
        if cookie and found and services_of(request).sessions.is_due(cookie):
            _renew(request, cookie)
    request.scope[PERSON] = person
    services_of(request).last_seen.note(person)
    _check_author(headers.get("author-id"), person)
    if person.role > Role.GUEST and not request.scope["path"].startswith(_WITHOUT_FACTOR):
        await identities.require_factor(person)
    return person


def _renew(request: Request, cookie: str) -> None:
    """The answer, whatever it is, has the cookie signed anew: its person is still here."""
    sessions = services_of(request).sessions
    signed = sessions.of_cookie(cookie)
    if signed is not None:
        value = sessions.to_cookie(signed.author, signed.session_id, signed.began_s)
        response, age_s = Response(), sessions.max_age_s(signed.began_s)
        set_own_cookie(request, response, cookie_name(request), value, age_s)
        request.scope[RENEWED_COOKIE] = response.headers["set-cookie"].encode("latin-1")


def _check_author(expected: str | None, person: Person) -> None:
    """A page says whom it shows; `none` is somebody without a name. Raises OtherAuthor."""
    if expected is not None and expected != (
        person.author.author_id if person.is_named else "none"
    ):
        raise OtherAuthor("this browser speaks as somebody else by now; nothing was done")


async def person_for(request: Request, action: Action, room: str) -> Person:
    """Whoever asks, if they may do this in the room; raises what `person_of` and `require` do."""
    person = await person_of(request)
    await services_of(request).permissions.require(person, action, room)
    return person


def cookie_name(request: Request) -> str:
    """Over TLS a name that no neighbour of our host, and no plain HTTP, can set."""
    root = root_of(request)
    name = services_of(request).sessions.cookie_name(root)
    if not is_secure(request):
        return name
    # Under a path the cookie has that path, which __Host- does not allow.
    return ("__Secure-" if root else "__Host-") + name


def is_secure(request: Request) -> bool:
    """Whether the browser speaks TLS, to us or to the proxy at the public URL."""
    public_url = services_of(request).settings.public_url
    return request.url.scheme == "https" or public_url.startswith("https://")


def set_own_cookie(
    request: Request, response: Response, name: str, value: str, max_age_s: int
) -> None:
    """With an age of 0 it goes."""
    response.set_cookie(
        name, value, max_age=max_age_s, httponly=True, samesite="lax", secure=is_secure(request)
    )


def browser_of(request: Request) -> str:
    """What this browser was given when an account signed in with it, or ""."""
    return cookie_of(request, cookie_name(request) + BROWSER_SUFFIX) or ""


async def person_and_fields(
    request: Request, action: Action, room: str
) -> tuple[Person, dict[str, Any]]:
    """What every change by fields begins with; see `person_and_body`."""
    return await person_and_body(request, action, room, read_fields)


async def person_and_body(
    request: Request, action: Action, room: str, read: Callable[[Request], Awaitable[_Body]]
) -> tuple[Person, _Body]:
    """Whoever asks, if they may do this in the room, and what they sent: it may take half a minute,
    so they must still be allowed to when all of it is here. Raises what `person_for` and `read` do.
    """
    person = await person_for(request, action, room)
    body = await read(request)
    if WHOLE_BODY not in request.scope:
        person = await services_of(request).guard.require_still(person, action, room)
    return person, body


async def charge_sign(request: Request, person: Person) -> None:
    """For what is told to a room and kept nowhere; raises TooMany."""
    charges = charges_of(person, PERSON_CHANGES, ADDRESS_CHANGES)
    await services_of(request).identities.charge_all(charges)


async def charge_change(request: Request, person: Person) -> None:
    """For what a room keeps and is no post; raises TooMany."""
    await services_of(request).identities.charge_all(charges_of_change(person))


def author_of(person: Person) -> Author:
    """Raises Unauthorized without a name."""
    if not person.is_named:
        raise Unauthorized("this needs a name: sign in on the page, or use curl -u NAME:")
    return person.author
