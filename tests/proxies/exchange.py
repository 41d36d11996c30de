"""One request and its answer, with the habits of a path."""

import asyncio
import contextlib
import random
import socket
import struct
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import h11

from tests.proxies.bodies import held, once, single, whole
from tests.proxies.habits import Cut, Habits, Hold, Instead
from tests.proxies.messages import (
    Answer,
    Asked,
    Headers,
    answer_instead,
    find,
    html,
    in_scope,
    strip,
)

_LARGE_BYTES = 100_000
_CACHED_S = 60
_JOIN_S = 0.2
_LOST_ATTEMPTS = 2
# More of a share in a row is no share any more: what then comes late is the draw's doing.
_INSTEAD_IN_A_ROW = 2
_OWN = (b"connection", b"transfer-encoding", b"content-length", b"expect", b"keep-alive")


class Gone(Exception):
    """The connection is to be ended."""


@dataclass
class Memory:
    """What a path remembers from one request to the next."""

    rng: random.Random
    origin_port: int
    source: str = "127.0.0.1"
    """Our own address, as the server sees it."""
    cache: dict[bytes, tuple[float, Answer, bytes]] = field(default_factory=dict)
    lost: dict[bytes, int] = field(default_factory=lambda: defaultdict(int))
    instead: dict[bytes, int] = field(default_factory=lambda: defaultdict(int))
    """How many of one kind of request in a row were answered in the server's place."""


class Exchange:
    def __init__(self, memory: Memory, habits: Habits, asked: Asked, sender: "Sender") -> None:
        self._memory = memory
        self._habits = habits
        self._asked = asked
        self._sender = sender
        self._began_s = time.monotonic()

    async def run(self) -> bool:
        """Whether the connection goes on; raises Gone."""
        habits, asked = self._habits, self._asked
        if habits.delay_s:
            await asyncio.sleep(habits.delay_s)
        if self._is_blocked(asked.media_type):
            return await self._pass(html(403))
        if habits.instead and self._is_answered_instead(habits.instead):
            return await self._pass(answer_instead(habits.instead.kind))
        if (cached := self._cached()) is not None:
            return await self._pass(cached)
        headers = strip(asked.headers, habits.strips)
        async with contextlib.AsyncExitStack() as stack:
            if asked.method == b"POST" and habits.posts_twice:
                first = await stack.enter_async_context(self._ask(headers))
                if not first.is_chunked:
                    await whole(first.body)
            try:
                async with asyncio.timeout(self._limit_s()):
                    answer = await stack.enter_async_context(self._ask(headers))
            except TimeoutError:
                return await self._give_up()
            if self._is_blocked(answer.media_type):
                return await self._pass(html(403))
            if self._is_to_be_lost(answer):
                await whole(answer.body)
                return await self._pass(html(504))
            answer.headers = strip(answer.headers, habits.strips)
            return await self._pass_with_habits(answer)

    def _is_blocked(self, media_type: bytes) -> bool:
        blocks, asked = self._habits.blocks, self._asked
        return (
            ("PUT" in blocks and asked.method == b"PUT")
            or ("large" in blocks and len(asked.body) > _LARGE_BYTES)
            or ("ndjson" in blocks and media_type.startswith(b"application/x-ndjson"))
        )

    def _is_answered_instead(self, instead: Instead) -> bool:
        path = self._asked.method + self._asked.target.partition(b"?")[0]
        is_due = instead.share == 1 or self._memory.instead[path] < _INSTEAD_IN_A_ROW
        is_instead = is_due and self._memory.rng.random() < instead.share
        self._memory.instead[path] = self._memory.instead[path] + 1 if is_instead else 0
        return is_instead

    def _is_to_be_lost(self, answer: Answer) -> bool:
        if not self._habits.loses_answers or self._asked.method != b"POST" or answer.is_chunked:
            return False
        what = self._asked.target + self._asked.body
        self._memory.lost[what] += 1
        return self._memory.lost[what] <= _LOST_ATTEMPTS

    def _cached(self) -> Answer | None:
        if not self._habits.caches or self._asked.method != b"GET":
            return None
        at_s, answer, body = self._memory.cache.get(self._asked.target, (0.0, html(504), b""))
        is_fresh = at_s and time.monotonic() - at_s < _CACHED_S
        return Answer(answer.status, answer.headers, once(body)) if is_fresh else None

    def _limit_s(self) -> float | None:
        """Until the head of an answer must be there."""
        cut = self._habits.cut
        if cut is None or (cut.scope == "GET" and self._asked.method != b"GET"):
            return None
        if cut.scope in ("sse", "chunked"):
            return None
        return limit_s(cut, self._began_s)

    async def _give_up(self) -> bool:
        cut = self._habits.cut
        assert cut is not None
        if cut.end == "whole":
            return await self._pass(html(504))
        self._sender.end(cut.end)
        raise Gone

    @contextlib.asynccontextmanager
    async def _ask(self, headers: Headers) -> AsyncIterator[Answer]:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self._memory.origin_port, local_addr=(self._memory.source, 0)
        )
        try:
            parser = h11.Connection(h11.CLIENT)
            kept = [pair for pair in headers if pair[0] not in _OWN]
            body = self._asked.body
            if body or self._asked.method in (b"POST", b"PUT"):
                kept.append((b"content-length", str(len(body)).encode()))
            kept.append((b"connection", b"close"))
            asked = h11.Request(method=self._asked.method, target=self._asked.target, headers=kept)
            writer.write(parser.send(asked) or b"")
            if body:
                writer.write(parser.send(h11.Data(data=body)) or b"")
            writer.write(parser.send(h11.EndOfMessage()) or b"")
            head = await _next(parser, reader)
            while isinstance(head, h11.InformationalResponse):
                head = await _next(parser, reader)
            if not isinstance(head, h11.Response):
                raise Gone
            found = list(head.headers)
            is_chunked = (b"transfer-encoding", b"chunked") in found
            yield Answer(head.status_code, found, _body(parser, reader), is_chunked=is_chunked)
        finally:
            writer.transport.abort()

    async def _pass(self, answer: Answer) -> bool:
        return await self._sender.send(answer, self._asked, is_http10=self._habits.is_http10)

    async def _pass_with_habits(self, answer: Answer) -> bool:
        habits, asked = self._habits, self._asked
        hold = habits.hold if habits.hold and in_scope(habits.hold.scope, asked, answer) else None
        cut = habits.cut if habits.cut and in_scope(habits.cut.scope, asked, answer) else None
        if hold:
            answer.body = held(answer.body, hold)
        if habits.chunks == "bytes":
            answer.body = single(answer.body)
        elif habits.chunks:
            answer.body = held(answer.body, Hold("all", every_s=_JOIN_S))
        kept = bytearray()
        goes_on = await self._sender.send(
            answer,
            asked,
            is_http10=habits.is_http10,
            holds_head=hold is not None,
            cut=cut,
            began_s=self._began_s,
            kept=kept if habits.caches else None,
        )
        if habits.caches and asked.method == b"GET":
            self._memory.cache[asked.target] = (time.monotonic(), answer, bytes(kept))
        return goes_on


class Sender:
    """Writes answers to one client, and ends the connection as a habit says."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._head = b""
        self._is_chunked = False

    async def send(
        self,
        answer: Answer,
        asked: Asked,
        *,
        is_http10: bool,
        holds_head: bool = False,
        cut: Cut | None = None,
        began_s: float = 0,
        kept: bytearray | None = None,
    ) -> bool:
        """Whether the connection goes on; raises Gone."""
        has_body = asked.method != b"HEAD" and answer.status not in (204, 304)
        length = find(answer.headers, b"content-length")
        self._is_chunked = has_body and not is_http10 and (not length or cut is not None)
        self._head = self._frame(answer, is_http10=is_http10)
        if not holds_head:
            await self._write(b"")
        if has_body:
            await self._write_all(answer.body, cut, began_s, kept)
        await self._write(b"")
        if self._is_chunked:
            self._writer.write(b"0\r\n\r\n")
            await self._writer.drain()
        return not is_http10 and (self._is_chunked or bool(length) or not has_body)

    def _frame(self, answer: Answer, *, is_http10: bool) -> bytes:
        lines = [b"HTTP/%b %d Status" % (b"1.0" if is_http10 else b"1.1", answer.status)]
        own = {*_OWN} - ({b"content-length"} if not self._is_chunked else set())
        lines += [b"%b: %b" % pair for pair in answer.headers if pair[0] not in own]
        if self._is_chunked:
            lines.append(b"transfer-encoding: chunked")
        if is_http10:
            lines.append(b"connection: close")
        return b"\r\n".join(lines) + b"\r\n\r\n"

    async def _write_all(
        self, body: AsyncIterator[bytes], cut: Cut | None, began_s: float, kept: bytearray | None
    ) -> None:
        sent = 0
        while True:
            try:
                async with asyncio.timeout(limit_s(cut, began_s)):
                    part = await anext(body, None)
            except TimeoutError:
                return self._cut(cut)
            if part is None:
                return None
            if cut and cut.after_bytes is not None:
                part = part[: cut.after_bytes - sent]
            sent += len(part)
            if kept is not None:
                kept += part
            await self._write(part)
            if cut and cut.after_bytes is not None and sent >= cut.after_bytes:
                return self._cut(cut)

    def _cut(self, cut: Cut | None) -> None:
        assert cut is not None
        if cut.end == "whole" and self._is_chunked:
            return
        self.end(cut.end)
        raise Gone

    async def _write(self, part: bytes) -> None:
        if part and self._is_chunked:
            part = b"%x\r\n%b\r\n" % (len(part), part)
        self._writer.write(self._head + part)
        self._head = b""
        await self._writer.drain()

    def end(self, how: str) -> None:
        if how == "rst":
            sock = self._writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._writer.transport.abort()
        else:
            self._writer.close()


def limit_s(cut: Cut | None, began_s: float) -> float | None:
    """How long the next part of an answer may take."""
    if cut is None:
        return None
    left_s = None if cut.after_s is None else began_s + cut.after_s - time.monotonic()
    known = [each for each in (left_s, cut.idle_s) if each is not None]
    return max(0, min(known)) if known else None


async def _next(parser: h11.Connection, reader: asyncio.StreamReader) -> object:
    while (event := parser.next_event()) is h11.NEED_DATA:
        parser.receive_data(await reader.read(65_536))
    return event


async def _body(parser: h11.Connection, reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while isinstance(event := await _next(parser, reader), h11.Data):
        yield bytes(event.data)
