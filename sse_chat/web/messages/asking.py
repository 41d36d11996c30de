"""Questions with choices: asking, answering, and waiting for the answer."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.author_ids import NOBODY
from sse_chat.charsets import charset_of
from sse_chat.errors import BadText, ChatError, Forbidden, Malformed, NotFound, no_entry
from sse_chat.events import Draft, Entry
from sse_chat.forms import check_whole, parse_pairs
from sse_chat.inbound import (
    Posted,
    check_key,
    check_text,
    parse_content_type,
    parse_json,
    parse_multipart_pairs,
)
from sse_chat.numbers import parse_whole
from sse_chat.people.names import check_name, fold_name
from sse_chat.people.roles import Action, Person
from sse_chat.questions import Answerer, Ask, state_of
from sse_chat.services import Services
from sse_chat.web.http.authentication import (
    charge_change,
    person_and_body,
    person_and_fields,
    person_for,
)
from sse_chat.web.http.negotiation import accepts_html
from sse_chat.web.http.queries import check_names
from sse_chat.web.http.requests import query_of, read_body, room_of, services_of
from sse_chat.web.http.responses import json_response, see_other
from sse_chat.web.messages.changes import target_of
from sse_chat.web.messages.history import parse_wait
from sse_chat.web.messages.post import append
from sse_chat.web.messages.proofs import proof_of

ASK_FIELDS = ("text", "choices", "who", "until", "wait", "key", "reply_to")
_MAX_CHOICES, _MAX_CHOICE_CHARS, _MAX_WHO = 10, 40, 50
_DEFAULT_UNTIL_S, _MAX_UNTIL_S = 3600, 7 * 24 * 3600
_EXAMPLE = '{"text": "Deploy?", "choices": ["yes", "no"]}'
# Between two looks at an answer; other entries of a busy room would wake it all the time.
_LOOK_AGAIN_S = 0.2


async def post_ask(request: Request) -> Response:
    """201 with the question; with `wait`, its state as well."""
    services, room = services_of(request), room_of(request)
    person, fields = await person_and_body(request, Action.POST, room, _read_ask_fields)
    wait_s = parse_wait(_single(fields, "wait")) or 0
    ask = await _read_ask(services, fields)
    posted = Posted(_text_of(fields), _single(fields, "key"), _single(fields, "reply_to"))
    # Without its `who` a question can be answered by anyone. By now the body is a form at least.
    check_names(fields, ASK_FIELDS, "fields")
    appended = await append(request, room, person, posted, ask=ask)
    if accepts_html(request.headers.get("accept", "")):
        return see_other(f"/chat/{room}")
    entry = await _find_question(services, room, appended.entry) or appended.entry
    payload = entry.as_json() | proof_of(request, person, entry, is_new=not appended.is_replay)
    if "wait" in fields:
        payload |= await _wait_for_answer(services, person, entry, wait_s)
        payload["ask"]["answer"] = payload["answer"]
    headers = {"Location": f"/chat/{room}/messages/{entry.id}"}
    if appended.is_replay:
        headers["Idempotency-Replayed"] = "true"
    return json_response(payload, status=200 if appended.is_replay else 201, headers=headers)


async def _find_question(services: Services, room: str, entry: Entry) -> Entry | None:
    """With its answer, which a repeated question may have by now."""
    return await services.store.read_entry(room, entry.id)


async def _read_ask_fields(request: Request) -> dict[str, list[Any]]:
    """Every value of each field, in their order."""
    body = await read_body(request)
    kind, params = parse_content_type(request.headers.get("content-type"))
    if kind == "application/json":
        payload = parse_json(body, charset_of(params), example=_EXAMPLE)
        if not isinstance(payload, dict):
            raise Malformed(f"the JSON must be an object, as in {_EXAMPLE}")
        return {
            name: value if isinstance(value, list) else [value]
            for name, value in payload.items()
            if value is not None
        }
    if kind == "multipart/form-data":
        pairs = parse_multipart_pairs(body, params)
    else:
        check_whole(body, ASK_FIELDS)
        pairs = parse_pairs(body, charset_of(params))
    fields: dict[str, list[Any]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def _single(fields: dict[str, list[Any]], name: str) -> str | None:
    values = fields.get(name)
    if values is None:
        return None
    if len(values) != 1 or not isinstance(values[0], (str, int)):
        raise Malformed(f"{name} is one value")
    return str(values[0])


def _text_of(fields: dict[str, list[Any]]) -> str:
    text = _single(fields, "text")
    if text is None:
        raise Malformed("the field text is missing: the question")
    return text


async def _read_ask(services: Services, fields: dict[str, list[Any]]) -> Ask:
    choices = _list_of(fields, "choices", 2, _MAX_CHOICES, _check_choice)
    names = _list_of(fields, "who", 0, _MAX_WHO, check_name)
    until = _single(fields, "until")
    until_s = _DEFAULT_UNTIL_S
    if until is not None:
        until_s = parse_whole("until", until, least=1, most=_MAX_UNTIL_S)
    who = []
    for name in names:
        account = await services.accounts.find_by_name(name)
        is_theirs = account is not None and fold_name(account.name) == fold_name(name)
        who.append(Answerer(name, account.account_id if account and is_theirs else NOBODY))
    return Ask(choices, int(time.time() * 1000) + until_s * 1000, tuple(who))


def _list_of(
    fields: dict[str, list[Any]], name: str, least: int, most: int, check: Callable[[str], str]
) -> tuple[str, ...]:
    """One text with commas, a value for each, or a JSON list."""
    values = fields.get(name, [])
    if len(values) == 1 and (listed := _parse_list(values[0])) is not None:
        values = listed
    if not all(isinstance(value, str) for value in values):
        raise Malformed(f"{name} is a list of texts")
    # One more than allowed is enough to refuse them all before any is looked at.
    parts = values[0].split(",", 4 * most) if len(values) == 1 else values
    if len(parts) > 4 * most:
        raise _no_list(name, least, most)
    found = tuple(check(part.strip()) for part in parts if part.strip() or len(values) > 1)
    if not least <= len(found) <= most or len(set(found)) < len(found):
        raise _no_list(name, least, most)
    return found


def _parse_list(value: object) -> list[Any] | None:
    """Of a form, which has texts alone; None for what is no JSON list."""
    if not isinstance(value, str) or not value.startswith("["):
        return None
    try:
        payload = parse_json(value.encode())
    except ChatError:
        return None
    return payload if isinstance(payload, list) else None


def _no_list(name: str, least: int, most: int) -> Malformed:
    return Malformed(f"{name} is {least} to {most} different texts, as in {name}=yes,no")


def _check_choice(choice: str) -> str:
    if not 1 <= len(choice) <= _MAX_CHOICE_CHARS or "\n" in choice:
        raise Malformed(f"a choice is 1 to {_MAX_CHOICE_CHARS} characters on one line")
    return check_text(choice, 4 * _MAX_CHOICE_CHARS)


async def get_answer(request: Request) -> Response:
    """Answers as soon as there is an answer, the time is over, or `wait` seconds have passed."""
    services, room = services_of(request), room_of(request)
    person = await person_for(request, Action.READ, room)
    wait_s = parse_wait(query_of(request).get("wait")) or 0
    question = await _require_question(request, services, room)
    return json_response(await _wait_for_answer(services, person, question, wait_s))


async def _require_question(request: Request, services: Services, room: str) -> Entry:
    target = target_of(request)
    entry = await services.store.read_entry(room, target)
    if entry is None:
        raise no_entry(room, target)
    if entry.extra.ask is None:
        raise NotFound(f"message {target} is not a question")
    return entry


async def _wait_for_answer(
    services: Services, person: Person, question: Entry, wait_s: float
) -> dict[str, Any]:
    """`state` and `answer`; looks at the store whenever the room has something new."""
    ask, room = question.extra.ask, question.room
    assert ask is not None
    deadline_s = time.monotonic() + wait_s
    entry: Entry | None = question
    newest = question.id
    while True:
        if entry is None:
            raise NotFound(f"the question {question.id} was deleted")
        now_ms = int(time.time() * 1000)
        state = state_of(ask, entry.answer, now_ms)
        left_s = min(deadline_s - time.monotonic(), (ask.until_ms - now_ms) / 1000 + 0.001)
        if state != "open" or left_s <= 0 or services.hub.is_draining.is_set():
            return {"state": state, "answer": entry.answer.as_json() if entry.answer else None}
        with services.authorizer.counted(person):
            await services.hub.wait_beyond(room, newest, left_s)
        newest = services.hub.channel(room).window.head
        await services.authorizer.require_still(person, Action.READ, room)
        entry = await services.store.read_entry(room, question.id)
        if entry is not None and entry.answer is None:
            await asyncio.sleep(min(_LOOK_AGAIN_S, max(left_s, 0)))


async def post_answer(request: Request) -> Response:
    """201 with the entry of the first answer, which counts; an empty choice takes it back."""
    services, room = services_of(request), room_of(request)
    person, fields = await person_and_fields(request, Action.POST, room)
    key = check_key(request.headers.get("idempotency-key"))
    choice = fields.get("choice")
    if not isinstance(choice, str):
        raise Malformed("the field choice is missing; an empty one withdraws the question")
    question = await _require_question(request, services, room)
    assert question.extra.ask is not None
    if choice:
        await _require_entitled(services, person, question.extra.ask)
        if choice not in question.extra.ask.choices:
            offered = ", ".join(question.extra.ask.choices)
            raise BadText(f"{choice[:40]!r} is not offered; the choices are {offered}")
    await charge_change(request, person)
    draft = Draft(room, person.author, choice, key, kind="answer", target=question.id)
    accepted = await services.questions.answer(draft, is_own=not choice)
    services.presence.mark(room, person.author)
    if accepts_html(request.headers.get("accept", "")):
        return see_other(f"/chat/{room}")
    headers = {"Location": f"/chat/{room}/messages/{accepted.entry.id}"}
    if accepted.is_replay:
        headers["Idempotency-Replayed"] = "true"
    status = 200 if accepted.is_replay else 201
    return json_response(accepted.entry.as_json(), status=status, headers=headers)


async def _require_entitled(services: Services, person: Person, ask: Ask) -> None:
    if not ask.who:
        return
    name = fold_name(person.author.name)
    for each in ask.who:
        if each.author_id == person.author.author_id:
            return
        # A name that was no account's then; whoever speaks under it now may answer.
        if not each.author_id and person.is_named and fold_name(each.name) == name:
            return
    raise Forbidden(f"only {', '.join(each.name for each in ask.who)} may answer this question")
