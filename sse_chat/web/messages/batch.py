"""Many messages in one request, kept in one write: `POST /chat/{room}/batch`."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import ChatError, Forbidden, Malformed, TooLarge, UnsupportedType
from sse_chat.events import Author, Draft
from sse_chat.extras import NOTHING_MORE, Extra
from sse_chat.ids import ZERO
from sse_chat.inbound import check_key, check_text, parse_content_type, text_of_line
from sse_chat.people.roles import Action, Person, Role
from sse_chat.pipes import MAX_JSON_LINE_BYTES
from sse_chat.services import Services
from sse_chat.store.batches import Appended
from sse_chat.turns import Turn
from sse_chat.web.http.authentication import person_and_body
from sse_chat.web.http.requests import key_of, read_body, room_of, services_of
from sse_chat.web.http.responses import json_response

MAX_LINES = 1000
# As much as the usual reverse proxy lets through.
MAX_BATCH_BYTES = 1_000_000
_TYPES = ("application/x-ndjson", "application/json", "text/plain", "")


async def post_batch(request: Request) -> Response:
    """A result for each line, in order; a line that is wrong keeps no other from being stored."""
    services, room = services_of(request), room_of(request)
    person, lines = await person_and_body(request, Action.POST, room, _read_lines)
    key, max_text = key_of(request), services.settings.max_text
    results: list[Any] = []
    turn = Turn()
    for number, line in enumerate(lines):
        results.append(_read_line(line, max_text, key and f"{key}:{number}"))
        await turn.give_way()
    wanted = [result for result in results if not isinstance(result, ChatError)]
    await _require_no_slow_mode(services, person, room, len(wanted))
    if wanted:
        async with services.posting.paid(person, len(wanted)) as spent:
            drafts = await _make_drafts(services, person.author, room, wanted)
            await services.room_creation.open_if_new(person, room)
            kept = await services.posting.append_all(drafts, person, spent)
        await _note_mentions(services, room, drafts, kept)
        stored = iter(kept)
        services.presence.mark(room, person.author)
        services.moderation.note_address(person)
        return _response(
            [each if isinstance(each, ChatError) else next(stored) for each in results]
        )
    return _response(results)


async def _note_mentions(
    services: Services, room: str, drafts: list[Draft], kept: Sequence[Appended | ChatError]
) -> None:
    for draft, each in zip(drafts, kept, strict=True):
        if isinstance(each, Appended) and not each.is_replay:
            await services.mentionable.note(room, each.entry_id, draft.extra.mentions)


async def _read_lines(request: Request) -> list[bytes]:
    kind, _ = parse_content_type(request.headers.get("content-type"))
    if kind not in _TYPES:
        raise UnsupportedType(
            f"{kind[:60]!r} is not supported; send application/x-ndjson: one JSON object a line"
        )
    body = await read_body(request, max_bytes=MAX_BATCH_BYTES)
    # JSON keeps no line end inside a line.
    lines = [line for line in body.split(b"\n", MAX_LINES * 2) if line.strip()]
    if len(lines) > MAX_LINES:
        raise TooLarge(f"more than {MAX_LINES:,} lines; send them in several batches")
    return lines


_Line = tuple[str, str | None]


def _read_line(line: bytes, max_text: int, key: str | None) -> _Line | ChatError:
    """Text and key; that of the whole batch, with the line's number, where it has none itself."""
    try:
        if len(line) > MAX_JSON_LINE_BYTES:
            raise TooLarge(f"the line is over {MAX_JSON_LINE_BYTES:,} bytes of JSON")
        posted = text_of_line(line)
        if posted.reply_to is not None:
            raise Malformed("a line of a batch cannot be a reply; post it separately")
        return check_text(posted.text, max_text), check_key(posted.key) or key
    except ChatError as exc:
        return exc


async def _require_no_slow_mode(services: Services, person: Person, room: str, count: int) -> None:
    rules = await services.permissions.rules_of(room)
    if count > 1 and rules.slow_s and rules.role_of(person) < Role.MODERATOR:
        raise Forbidden(
            f"room {room} is in slow mode: one message per person each {rules.slow_s} s"
        )


async def _make_drafts(
    services: Services, author: Author, room: str, lines: list[_Line]
) -> list[Draft]:
    told = await services.mentionable.find_each(room, [text for text, _ in lines])
    drafts = []
    for (text, key), mentions in zip(lines, told, strict=True):
        extra = Extra(mentions=mentions) if mentions else NOTHING_MORE
        drafts.append(Draft(room, author, text, key, extra=extra))
    return drafts


def _response(results: list[Any]) -> Response:
    kept = [result for result in results if isinstance(result, Appended)]
    count = sum(not each.is_replay for each in kept)
    payload = {
        "count": count,
        "cursor": str(max((each.entry_id for each in kept), default=ZERO)),
        "results": [_payload_of(each) for each in results],
    }
    return json_response(payload, status=201)


def _payload_of(result: Appended | ChatError) -> dict[str, Any]:
    if isinstance(result, ChatError):
        return result.as_json()
    payload: dict[str, Any] = {"id": str(result.entry_id)}
    if result.is_replay:
        payload["replayed"] = True
    return payload
