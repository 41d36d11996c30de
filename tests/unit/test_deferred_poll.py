"""A long-poll on a connection: answered by calls, in a task where it must be, and asked again."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.applications import Starlette
from starlette.responses import Response

from sse_chat.server.deferred_poll import DeferredPoll
from sse_chat.server.exchange import Exchange
from sse_chat.web.fast_path import FastPath
from sse_chat.web.http.edge import Edge
from sse_chat.web.http.request_ids import request_id
from sse_chat.web.http.responses import json_response
from sse_chat.web.messages.long_poll import LongPoll
from tests.support.connections import Served, get, in_loop, take_turns

POLL = get(b"/chat/lobby/messages?wait=25&after=1-0")


class _Poll:
    """Of a handler: waits until it is told of the end."""

    def __init__(self) -> None:
        self.request = self
        self.scope: dict[str, Any] = {}
        self.on_end: Callable[[], None] | None = None
        self.found: Response | None = json_response({"found": True})

    def begin(self, on_end: Callable[[], None]) -> None:
        self.on_end = on_end

    def end(self) -> None:
        self.on_end = None

    def tell(self) -> None:
        on_end, self.on_end = self.on_end, None
        assert on_end is not None
        on_end()

    def find(self) -> Response | None:
        return self.found


class _Asked:
    """A server that answers by that poll, and its fast path."""

    def __init__(self) -> None:
        self.poll = _Poll()
        self.answers = 0
        self.queries: list[bytes] = []
        self.may_repeat = True
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.server = Served(self.answer)

    async def answer(self, exchange: Exchange) -> None:
        await self.may_answer.wait()
        self.answers += 1
        fast_path, poll = cast(FastPath, self), cast(LongPoll, self.poll)
        DeferredPoll(fast_path, poll, exchange).begin()

    def finish(self, scope: dict[str, Any], response: Response) -> Response:
        return response

    async def read(self, poll: LongPoll) -> Response:
        return json_response({"read": True})

    def ask_again(self, poll: LongPoll, query: bytes) -> bool:
        self.queries.append(query)
        return self.may_repeat

    async def poll_once(self, request: bytes = POLL) -> bytes:
        """What is answered to one poll."""
        self.server.transport.written.clear()
        assert await self.server.read(request) == b""
        assert not self.server.tasks
        self.poll.tell()
        return self.server.transport.out


@in_loop
async def test_it_waits_without_a_task_and_is_answered_in_one_write() -> None:
    asked = _Asked()
    assert b'{"found":true}' in await asked.poll_once()
    assert len(asked.server.transport.written) == 1
    assert not asked.server.transport.is_closed


@in_loop
async def test_what_only_the_store_knows_is_answered_in_a_task() -> None:
    asked = _Asked()
    asked.poll.found = None
    assert await asked.poll_once() == b""
    await take_turns()
    assert b'{"read":true}' in asked.server.transport.out


@in_loop
async def test_a_client_that_takes_nothing_is_waited_for() -> None:
    asked = _Asked()
    asked.server.connection.pause_writing()
    assert await asked.poll_once() == b""
    await take_turns()
    assert asked.server.transport.out == b""
    asked.server.connection.resume_writing()
    await take_turns()
    assert b'{"found":true}' in asked.server.transport.out


@in_loop
async def test_a_client_that_goes_ends_it() -> None:
    asked = _Asked()
    await asked.server.read(POLL)
    assert asked.poll.on_end is not None
    asked.server.connection.connection_lost(None)
    assert asked.poll.on_end is None


@in_loop
async def test_it_is_not_begun_for_a_client_that_has_gone() -> None:
    asked = _Asked()
    asked.may_answer.clear()
    await asked.server.read(POLL)
    asked.server.connection.connection_lost(None)
    asked.may_answer.set()
    await take_turns()
    assert asked.answers == 1
    assert asked.poll.on_end is None


@in_loop
async def test_an_answer_that_cannot_be_written_ends_the_connection() -> None:
    asked = _Asked()
    asked.poll.found = Response(b"{}", headers={"content-length": "3"})
    with pytest.raises(RuntimeError):
        await asked.poll_once()
    assert asked.server.transport.is_closed


@in_loop
async def test_a_poll_that_cannot_begin_ends_the_connection() -> None:
    class Failing(_Poll):
        def begin(self, on_end: Callable[[], None]) -> None:
            raise RuntimeError

    asked = _Asked()
    asked.poll = Failing()
    await asked.server.read(POLL)
    assert asked.server.transport.is_closed


@in_loop
async def test_a_request_behind_it_waits() -> None:
    asked = _Asked()
    await asked.server.read(POLL, POLL)
    assert asked.answers == 1
    assert asked.server.transport.is_paused
    asked.poll.tell()
    await take_turns()
    assert asked.answers == 2
    assert not asked.server.transport.is_paused


@in_loop
async def test_it_is_the_last_of_a_server_that_stops() -> None:
    asked = _Asked()
    await asked.server.read(POLL)
    asked.server.connection.shutdown()
    asked.poll.tell()
    assert b"connection: close" in asked.server.transport.out
    assert asked.server.transport.is_closed


@in_loop
async def test_the_same_headers_are_not_looked_at_anew() -> None:
    asked = _Asked()
    # The first of a connection is not kept.
    answers = [await asked.poll_once() for _ in range(4)]
    assert answers == answers[:1] * 4
    assert asked.answers == 2
    assert asked.queries == [b"wait=25&after=1-0"] * 2


@pytest.mark.parametrize(
    "other",
    [
        get(b"/chat/lobby/messages?wait=25&after=1-0", more=b"authorization: Basic YW5uOg==\r\n"),
        get(b"/chat/other/messages?wait=25&after=1-0"),
    ],
    ids=["headers", "path"],
)
@in_loop
async def test_another_request_is_looked_at(other: bytes) -> None:
    asked = _Asked()
    for _ in range(3):
        await asked.poll_once()
    await asked.poll_once(other)
    assert (asked.answers, len(asked.queries)) == (3, 1)
    # From now on it is that one that is known.
    await asked.poll_once(other)
    assert asked.answers == 3
    await asked.poll_once(POLL)
    assert asked.answers == 4


@in_loop
async def test_a_refused_repetition_is_looked_at_anew() -> None:
    asked = _Asked()
    asked.may_repeat = False
    for _ in range(4):
        assert b'{"found":true}' in await asked.poll_once()
    assert asked.answers == 4


@in_loop
async def test_what_is_logged_while_it_is_read_has_its_own_name() -> None:
    class Reading(_Poll):
        async def read(self) -> Response:
            self.name = request_id.get()
            return json_response({})

    poll = Reading()
    edge = SimpleNamespace(on_response=lambda scope, name, headers: headers)
    fast_path = FastPath(
        cast(Starlette, None), cast(Edge, edge), root="", has_feeds=True, logs_access=False
    )
    fast_path._name(poll.scope, b"own")
    # As of the request whose post, or whose end, woke it.
    request_id.set("another")
    await fast_path.read(cast(LongPoll, poll))
    assert poll.name == "own"
