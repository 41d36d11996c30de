"""PUT of a room: every line of the body is a message, as soon as it arrives."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from sse_chat.charsets import charset_of
from sse_chat.errors import ChatError, Draining, Malformed, TooMany
from sse_chat.events import Draft
from sse_chat.extras import NOTHING_MORE, Extra
from sse_chat.ids import ZERO, EntryId
from sse_chat.inbound import parse_content_type
from sse_chat.people.roles import Action, Person
from sse_chat.pipes import JsonLines, TextLines
from sse_chat.request_bodies import BufferedBytes
from sse_chat.store.rooms import Appended
from sse_chat.turns import Turn
from sse_chat.web.http.authentication import person_for
from sse_chat.web.http.requests import is_ndjson, key_of, room_of, services_of
from sse_chat.web.http.responses import json_response

_RECHECK_S = 1.0
# A slow room asks for an hour at most; by then the rules, or the right, may be others.
_MAX_WAIT_S = 5
_PIECE_BYTES = 16_384


async def put_lines(request: Request) -> Response:
    services = services_of(request)
    key = key_of(request)
    charset = charset_of(parse_content_type(request.headers.get("content-type"))[1])
    room = room_of(request)
    person = await person_for(request, Action.POST, room)
    lines = (JsonLines if is_ndjson(request) else TextLines)(services.settings.max_text, charset)
    draft = Draft(room, person.author, "", key)
    pipe = _Pipe(request, person, draft)
    with services.authorizer.counted(person):
        await _take(request, lines, pipe)
    payload = {"count": pipe.count, "cursor": str(pipe.cursor)}
    if pipe.slowed_s:
        payload |= {"slowed_s": round(pipe.slowed_s, 1), "slowed_by": pipe.slowed_by}
    return json_response(payload, status=201)


async def _take(request: Request, lines: TextLines, pipe: "_Pipe") -> None:
    services = services_of(request)
    held, turn = BufferedBytes(services.bodies), Turn()
    try:
        async for chunk in chunks_of(request, services.hub.is_draining):
            held.set(lines.buffered_bytes + len(chunk))
            for at in range(0, len(chunk), _PIECE_BYTES):
                # Blank lines are skipped without a wait for the store.
                await pipe.append(lines.feed(chunk[at : at + _PIECE_BYTES]))
                await turn.give_way()
            held.set(lines.buffered_bytes)
        await pipe.append(lines.finish())
    except ChatError as exc:
        exc.fields["count"] = pipe.count
        raise
    finally:
        held.set(0)


class _Pipe:
    """Appends one message after the other: only so their order survives a lost reply.

    The reader of the body waits meanwhile, so a slow store slows the sender.
    """

    def __init__(self, request: Request, person: Person, draft: Draft) -> None:
        self.count = 0
        self.slowed_s = 0.0
        self.slowed_by = ""
        self.cursor: EntryId = ZERO
        self._services = services_of(request)
        self._person = person
        self._recheck_at_s = 0.0
        self._draft = draft

    async def append(self, texts: Iterator[str]) -> None:
        for text in texts:
            if not self.count:
                # A pipe without a line, or with a wrong first one, opens no room.
                await self._recheck()
                await self._services.room_creation.open_if_new(self._person, self._draft.room)
            key = self._draft.key and f"{self._draft.key}:{self.count}"
            [mentions] = await self._services.mentionable.find_each(self._draft.room, [text])
            extra = Extra(mentions=mentions) if mentions else NOTHING_MORE
            draft = replace(self._draft, text=text, key=key, extra=extra)
            appended = await self._append_in_time(draft)
            if not appended.is_replay:
                await self._services.mentionable.note(draft.room, appended.entry.id, mentions)
            self._services.presence.mark(draft.room, draft.author)
            self._services.moderation.note_address(self._person)
            self.count += 1
            self.cursor = appended.entry.id

    async def _append_in_time(self, draft: Draft) -> Appended:
        """Waits where one post would be refused: a pipe is slowed, never cut, by a rate limit."""
        while True:
            await self._recheck()
            try:
                async with self._services.posting.paid(self._person) as spent:
                    return await self._services.posting.append(draft, self._person, spent)
            except TooMany as exc:
                self._services.limit_log.note(exc, self._person, self._person.address)
                began_s, self.slowed_by = time.monotonic(), exc.detail
                await wait_unless_draining(
                    self._services.hub.is_draining, min(exc.retry_after_s or 1, _MAX_WAIT_S)
                )
                self.slowed_s += time.monotonic() - began_s

    async def _recheck(self) -> None:
        """A pipe may last for days; the right to it, and the room's rules, need not."""
        if time.monotonic() < self._recheck_at_s:
            return
        self._recheck_at_s = time.monotonic() + _RECHECK_S
        room = self._draft.room
        self._person = await self._services.authorizer.require_still(
            self._person, Action.POST, room
        )


async def wait_unless_draining(is_draining: asyncio.Event, wait_s: float) -> None:
    """Until a limit lets more through; raises Draining when the server stops."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(wait_s):
            await is_draining.wait()
            raise Draining("the server is stopping; send the rest again")


async def chunks_of(request: Request, is_draining: asyncio.Event) -> AsyncIterator[bytes]:
    """The body as it arrives; raises Draining when the server stops before its end."""
    stream = request.stream()
    drain = asyncio.create_task(is_draining.wait())
    read: asyncio.Future[bytes | None] | None = None
    try:
        while True:
            read = asyncio.ensure_future(anext(stream, None))
            await asyncio.wait({read, drain}, return_when=asyncio.FIRST_COMPLETED)
            if not read.done():
                raise Draining("the server is stopping; send the rest again")
            chunk = read.result()
            if chunk is None:
                return
            yield chunk
    except ClientDisconnect as exc:
        # The last line is not whole: a retry under the same key sends it again.
        raise Malformed("the client went away in the middle of the body") from exc
    finally:
        drain.cancel()
        # Also where the time of the one who reads is over.
        if read is not None:
            read.cancel()
