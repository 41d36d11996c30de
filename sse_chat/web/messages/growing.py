"""PUT of a room with `grow=1`: the body is one message, which readers see while it grows."""

import asyncio
import contextlib
import secrets
import time
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.charsets import ToUtf8, charset_of
from sse_chat.errors import BadText, ChatError, Draining, Malformed, TooLarge, TooMany
from sse_chat.events import EphemeralEvent
from sse_chat.inbound import Posted, check_text, parse_content_type
from sse_chat.people.roles import Action, Person
from sse_chat.request_bodies import BufferedBytes
from sse_chat.visible import is_visible
from sse_chat.web.http.authentication import charge_sign, person_for
from sse_chat.web.http.requests import key_of, room_of, services_of
from sse_chat.web.http.responses import json_response
from sse_chat.web.messages.pipe import chunks_of, wait_unless_draining
from sse_chat.web.messages.post import make_draft, note_post
from sse_chat.web.messages.proofs import proof_of

_EVERY_S = 0.2
_RECHECK_S = 1.0
# A message that never ends is stored as it is by then.
_MAX_S = 3600
_MAX_WAIT_S = 5
# What is told may be held up by nobody.
_TELL_S = 1.0


async def put_growing(request: Request) -> Response:
    """201 with the entry. A sender that goes away, or takes an hour, leaves it unfinished."""
    services, room = services_of(request), room_of(request)
    charset = charset_of(parse_content_type(request.headers.get("content-type"))[1])
    key = key_of(request) or secrets.token_urlsafe(12)
    person = await person_for(request, Action.POST, room)
    await charge_sign(request, person)
    growing = _Growing(request, room, person, key, charset)
    try:
        # It may take an hour, as a pipe may, and in a slow room one more until it is stored.
        with services.authorizer.counted(person):
            is_unfinished = await _take(request, growing)
            return await growing.store(is_unfinished=is_unfinished)
    except Exception:
        await growing.give_up()
        raise
    finally:
        await growing.cancel_later()


async def _take(request: Request, growing: "_Growing") -> bool:
    """True when the sender or the server went away, or it took too long."""
    services = services_of(request)
    held = BufferedBytes(services.bodies)
    try:
        async with asyncio.timeout(_MAX_S):
            async for chunk in chunks_of(request, services.hub.is_draining):
                await growing.add(chunk)
                held.set(len(growing.raw))
        return False
    except BadText:
        raise
    except (Malformed, Draining, TimeoutError):
        # What is no text is found when it is stored.
        return True
    finally:
        held.set(0)


class _Growing:
    def __init__(self, request: Request, room: str, person: Person, key: str, charset: str) -> None:
        self.raw = b""
        self._request = request
        self._services = services_of(request)
        self._room = room
        self._person = person
        self._key = key
        self._to_utf8 = ToUtf8(charset)
        self._next_at_s = self._rechecked_at_s = 0.0
        self._has_told = False
        self._told_bytes = 0
        self._later: asyncio.Task[None] | None = None

    async def add(self, chunk: bytes, *, is_last: bool = False) -> None:
        """Raises BadText and TooLarge, which end the message with nothing stored."""
        part, problem = self._to_utf8.feed(chunk, is_last=is_last)
        self.raw += part
        max_bytes = self._services.settings.max_text
        if problem:
            raise BadText(f"the text is {problem}")
        if len(self.raw) > max_bytes + 2:
            raise TooLarge(f"text is over {max_bytes:,} bytes")
        if is_last:
            return
        if time.monotonic() >= self._next_at_s:
            await self._tell()
        if self._told_bytes == len(self.raw):
            return
        if self._later is None or self._later.done():
            self._later = asyncio.create_task(self._tell_later(), name="tell what grows")

    async def _tell_later(self) -> None:
        """What came too soon after the last, where a pause follows it."""
        # Who may post no longer learns of it by the next chunk.
        with contextlib.suppress(ChatError):
            # The next chunk may come first, and puts it off.
            while self._told_bytes < len(self.raw):
                wait_s = self._next_at_s - time.monotonic()
                if wait_s > 0:
                    await asyncio.sleep(wait_s)
                else:
                    await self._tell()

    async def cancel_later(self) -> None:
        if self._later is not None:
            self._later.cancel()
            await asyncio.gather(self._later, return_exceptions=True)

    async def give_up(self) -> None:
        """Nothing is stored: whoever has seen some of it is told an empty text."""
        await self.cancel_later()
        if self._has_told:
            await self._tell_text("")

    async def _tell(self) -> None:
        """What is there, unless a limit is used up; `_next_at_s` says when the next may be told."""
        now_s, size = time.monotonic(), len(self.raw)
        self._next_at_s = now_s + _EVERY_S
        if now_s - self._rechecked_at_s >= _RECHECK_S:
            self._rechecked_at_s = now_s
            authorizer = self._services.authorizer
            self._person = await authorizer.require_still(self._person, Action.POST, self._room)
        text = self._text(errors="ignore")
        if not is_visible(text):
            self._told_bytes = size
            return
        try:
            await self._pay()
        except TooMany as exc:
            self._services.limit_log.note(exc, self._person, self._person.address)
            self._next_at_s = now_s + (exc.retry_after_s or 1)
            return
        self._has_told = True
        self._told_bytes = size
        await self._tell_text(text)

    async def _pay(self) -> None:
        """For each piece that is told; the first was paid for with the request."""
        if self._has_told:
            await charge_sign(self._request, self._person)

    async def _tell_text(self, text: str) -> None:
        services, room, author = self._services, self._room, self._person.author
        payload = {
            "key": self._key,
            "author": author.name,
            "author_id": author.author_id,
            "text": text,
        }
        # What passes may be missed; the message itself may not.
        with contextlib.suppress(ChatError, TimeoutError):
            async with asyncio.timeout(_TELL_S):
                await services.directory.tell(EphemeralEvent(room, "growing", payload))

    def _text(self, errors: str = "strict") -> str:
        text = self.raw.decode(errors=errors)
        return text.removesuffix("\n").removesuffix("\r")

    async def store(self, *, is_unfinished: bool) -> Response:
        await self.cancel_later()
        await self.add(b"", is_last=True)
        try:
            text = self._text("ignore" if is_unfinished else "strict")
        except UnicodeDecodeError as exc:
            raise BadText(f"text is not valid UTF-8 (byte {exc.start})") from exc
        services, room = self._services, self._room
        text = check_text(text, services.settings.max_text)
        posted = Posted(text, self._key)
        while True:
            try:
                async with services.posting.paid(self._person) as spent:
                    draft = await make_draft(services, room, self._person, posted)
                    extra = replace(draft.extra, unfinished=is_unfinished)
                    draft = replace(draft, extra=extra)
                    appended = await services.posting.append(draft, self._person, spent)
                break
            except TooMany as exc:
                services.limit_log.note(exc, self._person, self._person.address)
                # As with a pipe: what was read is not thrown away.
                wait_s = min(exc.retry_after_s or 1, _MAX_WAIT_S)
                await wait_unless_draining(services.hub.is_draining, wait_s)
                self._person = await services.authorizer.require_still(
                    self._person, Action.POST, room
                )
        note_post(services, room, self._person)
        entry = appended.entry
        if not appended.is_replay:
            await services.mentionable.note(room, entry.id, draft.extra.mentions)
        headers = {"Location": f"/chat/{room}/messages/{entry.id}"}
        if appended.is_replay:
            headers["Idempotency-Replayed"] = "true"
        is_new = not appended.is_replay
        proof = proof_of(self._request, self._person, entry, is_new=is_new)
        return json_response(
            entry.as_json() | proof, status=200 if appended.is_replay else 201, headers=headers
        )
