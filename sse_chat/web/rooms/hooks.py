"""Hooks into rooms: what is posted to their addresses, and their making, listing and ending."""

import hashlib
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sse_chat.errors import BadId, Expired, Forbidden, Malformed, NotFound
from sse_chat.events import Draft
from sse_chat.hooks.outgoing import FILTERS, body_of, check_address, check_url
from sse_chat.hooks.render import check_text_of, delivery_of
from sse_chat.ids import parse_id
from sse_chat.inbound import check_key, check_text
from sse_chat.people.hooks import check_signature
from sse_chat.people.limits import ADDRESS_HOOK_GUESSES
from sse_chat.people.networks import network_of
from sse_chat.people.records import Hook
from sse_chat.people.roles import Action, Person, Role
from sse_chat.room_names import parse_room
from sse_chat.visible import make_terminal_safe
from sse_chat.web.http.authentication import person_and_fields, person_for
from sse_chat.web.http.form_redisplay import redisplayed_on
from sse_chat.web.http.forwarded import parse_networks
from sse_chat.web.http.negotiation import accepts_html
from sse_chat.web.http.proxied import base_url, client_address
from sse_chat.web.http.requests import read_body, room_of, services_of
from sse_chat.web.http.responses import NO_STORE, json_response, see_other
from sse_chat.web.people.confirming import confirm
from sse_chat.web.rooms.rules import get_rules, rules_page

_log = logging.getLogger("sse_chat")
# What GitHub sends of a large push, with room to spare.
_MAX_BODY_BYTES = 1_000_000


async def post_hook(request: Request) -> Response:
    """One message of the hook's own name, however often the delivery is repeated."""
    services = services_of(request)
    hook = await _require_hook(request)
    person = Person(hook.author, Role.MEMBER, client_address(request))
    services.hook_bodies.check(person)
    body = await read_body(request, max_bytes=_MAX_BODY_BYTES)
    services.hook_bodies.spend(person, len(body))
    headers = {name.lower(): value for name, value in reversed(request.headers.items())}
    check_signature(hook, headers, body)
    await _refuse_own(request, headers, body)
    rules = await services.permissions.rules_of(hook.room)
    if rules.is_archived:
        raise Forbidden(f"room {hook.room} is archived and cannot be changed")
    rendered = await services.hook_rendering.render(headers, body)
    text = check_text(check_text_of(rendered), services.settings.max_text)
    delivery = delivery_of(headers)
    if delivery is not None:
        # Senders count deliveries, not texts: two hooks of GitLab may share the id of one event.
        digest = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
        delivery = check_key(f"{delivery[:200]}:{digest}")
    draft = Draft(hook.room, hook.author, text, delivery)
    async with services.posting.paid(person) as spent:
        appended = await services.posting.append(draft, person, spent, has_rules=False)
    if rendered.is_slack:
        return PlainTextResponse("ok", headers=NO_STORE)
    return json_response({"ok": True, "id": str(appended.entry.id)})


async def _refuse_own(request: Request, headers: Mapping[str, str], body: bytes) -> None:
    """What came out of a room here would go round for ever. A 410 ends the hook that sent it."""
    room, _, entry_id = headers.get("webhook-id", "").rpartition("_")
    if not room or "webhook-signature" not in headers:
        return
    try:
        entry = await services_of(request).store.read_entry(parse_room(room), parse_id(entry_id))
    except (BadId, NotFound):
        return
    if entry is not None and body == body_of(entry):
        raise Expired(f"this is our own: it came out of {room}, and no room here takes it back in")


async def _require_hook(request: Request) -> Hook:
    services = services_of(request)
    secret = request.path_params["secret"]
    hook = await services.hooks.find(secret)
    if hook is None:
        address = client_address(request)
        # Beyond the limit the limit itself is logged, now and then.
        await services.identities.charge((ADDRESS_HOOK_GUESSES, network_of(address)))
        _log.warning("unknown hook %s… from %s", make_terminal_safe(secret[:4]), address)
        raise NotFound(
            "there is no such hook, or it was revoked; ask its room's owner for a new address"
        )
    return hook


async def get_hooks(request: Request) -> Response:
    room = room_of(request)
    await person_for(request, Action.MANAGE_ROOM, room)
    services = services_of(request)
    into, out = await services.hooks.list_all(room), await services.hooks_out.list_all(room)
    return json_response(
        {"hooks": [each.as_json() for each in into], "out": [each.as_json() for each in out]}
    )


@redisplayed_on(get_rules)
async def make_hook(request: Request) -> Response:
    """`name`, and `secret` where the sender signs: 201 with the `url`, this once."""
    services, room = services_of(request), room_of(request)
    person, fields = await person_and_fields(request, Action.MANAGE_ROOM, room)
    await _confirm(request, person, fields)
    if "url" in fields:
        return await _make_outgoing(request, room, person, fields)
    name, shared = fields.get("name"), fields.get("secret", "")
    if not isinstance(name, str) or not isinstance(shared, str):
        raise Malformed("name and secret are strings; name is the author of the hook's messages")
    # A hook that is refused opens no room.
    await services.hooks.check(room, name, shared)
    await services.room_creation.open_if_new(person, room)
    hook, secret = await services.hooks.make(room, name, shared=shared, by=person)
    url = f"{base_url(request, services.settings.public_url)}/hooks/{secret}"
    if accepts_html(request.headers.get("accept", "")):
        return await rules_page(request, room, person, hook_url=url)
    return json_response({**hook.as_json(), "url": url}, status=201)


async def _make_outgoing(
    request: Request, room: str, person: Person, fields: Mapping[str, object]
) -> Response:
    """To `url`, what matches `kind`, `author` and `contains`: 201 with the `secret`, this once."""
    services = services_of(request)
    url = check_url(fields["url"])
    host = urlsplit(url).netloc.rpartition("@")[2]
    public = urlsplit(services.settings.public_url).netloc
    if host in (request.headers.get("host"), public):
        raise Malformed("this url is on this server itself: each delivery would cause another one")
    check_address(url, parse_networks(services.settings.hook_networks))
    # A form sends what was left empty, too.
    wanted = {name: str(fields[name]) for name in FILTERS if fields.get(name)}
    page = await services.store.read_before(room, None, 1)
    begin = page.ends.newest
    target = await services.hooks_out.make(room, url, begin, wanted, person)
    if accepts_html(request.headers.get("accept", "")):
        return await rules_page(request, room, person, hook_secret=target.secret)
    return json_response({**target.as_json(), "secret": target.secret}, status=201)


async def _confirm(request: Request, person: Person, fields: dict[str, Any]) -> None:
    """A hook goes on to read or write when its maker's session has ended."""
    account = await services_of(request).accounts.find(person.author.author_id)
    # Who has no account has no password either.
    if account is not None:
        await confirm(request, person, account, fields)


@redisplayed_on(get_rules)
async def revoke_hook(request: Request) -> Response:
    services, room = services_of(request), room_of(request)
    person, fields = await person_and_fields(request, Action.MANAGE_ROOM, room)
    await _confirm(request, person, fields)
    hook_id = request.path_params["hook_id"]
    if not await services.hooks_out.revoke(hook_id, room=room, by=person):
        await services.hooks.revoke(hook_id, room=room, by=person)
    if accepts_html(request.headers.get("accept", "")):
        return see_other(f"/chat/{room}/rules")
    return json_response({"id": hook_id, "revoked": True})
