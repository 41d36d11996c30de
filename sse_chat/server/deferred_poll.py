"""DeferredPoll: a long-poll on a connection, for which there is no task while it waits."""

import logging

from starlette.responses import Response
from starlette.types import Scope

from sse_chat.server.exchange import Exchange
from sse_chat.web.fast_path import FastPath
from sse_chat.web.http.access_log import ACCESS
from sse_chat.web.messages.long_poll import LongPoll

_log = logging.getLogger("sse_chat.server")


class DeferredPoll:
    """Mostly it is answered by a few calls, from the window; a task is started where more must be
    asked, or the client takes nothing."""

    __slots__ = ("_exchange", "_fast_path", "_poll")

    def __init__(self, fast_path: FastPath, poll: LongPoll, exchange: Exchange) -> None:
        self._fast_path = fast_path
        self._poll = poll
        self._exchange = exchange

    def begin(self) -> None:
        exchange = self._exchange
        if exchange.is_gone:
            # While it was being found out whether it may wait.
            self._leave()
            return
        self._poll.begin(self._answer)
        exchange.defer(self._leave)
        if exchange.repeated is not None:
            exchange.repeated.remember(self._again)

    def _again(self, exchange: Exchange) -> bool:
        """Of the same connection and headers, after the answer."""
        head = exchange.head
        if head.raw_path != self._exchange.head.raw_path:
            return False
        try:
            is_again = self._fast_path.ask_again(self._poll, head.query)
        except Exception:
            _log.exception("%r is looked at anew", exchange)
            return False
        if is_again:
            self._exchange = exchange
            self.begin()
        return is_again

    def _leave(self) -> None:
        """The client has gone."""
        self._poll.end()
        scope = self._poll.request.scope
        if ACCESS in scope:
            scope[ACCESS].end()

    def _answer(self) -> None:
        try:
            response = self._find()
        except Exception:
            _log.exception("%r: its window cannot be read", self._exchange)
            response = None
        if response is None or self._exchange.is_write_paused:
            self._exchange.go_on(self._answer_in_task(response))
        else:
            self._exchange.respond_now(*_parts_of(response))
            end_access(self._poll.request.scope, response)

    def _find(self) -> Response | None:
        found = self._poll.find()
        return found and self._fast_path.finish(self._poll.request.scope, found)

    async def _answer_in_task(self, response: Response | None) -> None:
        scope = self._poll.request.scope
        if response is None:
            response = await self._fast_path.read(self._poll)
        await respond(self._exchange, scope, response)


async def respond(exchange: Exchange, scope: Scope, response: Response) -> None:
    await exchange.respond(*_parts_of(response))
    end_access(scope, response)


def _parts_of(response: Response) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    return response.status_code, response.raw_headers, bytes(response.body)


def end_access(scope: Scope, response: Response) -> None:
    if ACCESS in scope:
        scope[ACCESS].add(len(response.body))
        scope[ACCESS].end()
