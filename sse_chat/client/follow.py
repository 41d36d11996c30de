"""Following a room over any path: one cursor, and a ladder of ways to read."""

import asyncio
import contextlib
import random
import time
from collections.abc import Mapping
from typing import Any, Protocol

import httpx

from sse_chat.client.backoff import Backoff
from sse_chat.client.exits import Exit
from sse_chat.client.frames import Event
from sse_chat.client.history import History, Page
from sse_chat.client.ladder import Ladder
from sse_chat.client.position import Cursor
from sse_chat.client.problems import Problem
from sse_chat.client.reader import End, FeedReader
from sse_chat.client.tail_check import TailCheck

_WAIT_S = 25
# Nobody waits for the diagnosis: from here on polls show what a feed may be holding.
_FIRST_PEEK_S = 1.5
_PEEK_EVERY_S = 1.5
_SHORT_LIVED_S = 30.0
_RESUME_WITHIN_S = 1.0
# Problems of the way there: they may go away, once there was contact.
_OF_THE_PATH = (Exit.UNREACHABLE, Exit.PROXY, Exit.NOT_SSE_CHAT, Exit.BUSY, Exit.FAILED)
_SLOWLY_S = 8.0
_SLOWLY_AFTER = 3
_MIN_LASTED_S = 1.0


class Printer(Protocol):
    """Where entries go."""

    def entry(self, payload: dict[str, Any]) -> None: ...
    def gap(self, payload: dict[str, Any]) -> None: ...
    def left(self, payload: dict[str, Any]) -> None:
        """One of many rooms may no longer be read."""


class Notices(Protocol):
    """Who is told of the path's changes."""

    is_away: bool

    def say(self, notice: str) -> None: ...


class Follower:
    """`filters`: query names of the server's, as `contains`. `give_up_s`: how long to go on without
    contact; 0 for ever."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        history: History,
        position: Cursor,
        printer: Printer,
        notices: Notices,
        *,
        ladder: Ladder,
        give_up_s: float = 0,
        filters: Mapping[str, str] | None = None,
    ) -> None:
        self._client = client
        self._history = history
        self._position = position
        self._printer = printer
        self._notices = notices
        self._ladder = ladder
        self._give_up_s = give_up_s
        self._filters = filters or {}
        self._backoff = Backoff()
        self._contact_at_s = time.monotonic()
        self._is_proven = False
        self._wait_s = _WAIT_S
        self._strangers = 0
        self._check: TailCheck | None = None

    async def catch_up(self) -> None:
        """Reads on until nothing more is there; raises Problem."""
        while True:
            after = self._position.after
            page = await self._history.read_after(after, filters=self._filters)
            self._take_page(page)
            if not page["more"]:
                return
            if self._position.after == after:
                raise Problem(Exit.NOT_SSE_CHAT, "this is not sse-chat: its pages do not go on")

    async def run(self) -> None:
        """Until cancelled; raises Problem when going on has no use."""
        while True:
            self._ladder.climb_if_due(time.monotonic())
            try:
                await (self._poll() if self._ladder.step.frames is None else self._follow_feed())
            except Problem as problem:
                left = [] if problem.code in _OF_THE_PATH else await self._history.find_left()
                if not left:
                    raise
                for room in left:
                    self._printer.left({"room": room, "reason": "revoked"})

    async def _poll(self) -> None:
        began_s = time.monotonic()
        try:
            page = await self._history.read_after(
                self._position.after, wait_s=self._wait_s, filters=self._filters
            )
            self._take_page(page)
            self._has_contact("polling")
        except Problem as problem:
            await self._poll_at_once(problem, time.monotonic() - began_s)

    async def _poll_at_once(self, problem: Problem, lasted_s: float) -> None:
        """Some paths cut an answer that does not begin for a few seconds: ask for shorter waits."""
        if lasted_s < _MIN_LASTED_S:
            await self._wait_after(problem)
            return
        self._wait_s = max(1, min(int(lasted_s) - 1, self._wait_s // 2))
        try:
            await self.catch_up()
            self._has_contact("polling")
        except Problem as witness:
            await self._wait_after(witness)

    async def _follow_feed(self) -> None:
        self._is_proven = False
        peeks = asyncio.create_task(self._peek())
        check = self._check = TailCheck(self._look, lambda: reader.give_up())
        reader = FeedReader(
            self._client,
            self._ladder.step,
            round_trip_s=self._history.round_trip_s,
            on_event=lambda event: self._take_event(event, check),
            on_proven=self._mark_proven,
            filters=self._filters,
        )
        try:
            end = await reader.read(self._history.target, self._position.after)
        except Problem as problem:
            if problem.code not in _OF_THE_PATH:
                raise
            end = End(False, 0, problem.detail)
        finally:
            self._check = None
            await check.close()
            peeks.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await peeks
        if end.retry_ms is not None:
            await asyncio.sleep(end.retry_ms / 1000)
        else:
            await self._classify(end)

    async def _classify(self, end: End) -> None:
        """A poll is the witness: where it fails too, the step is not to blame."""
        try:
            await self.catch_up()
        except Problem as problem:
            await self._wait_after(problem)
            return
        self._has_contact("live")
        if end.is_proven and end.lasted_s >= _SHORT_LIVED_S and not end.is_buffered:
            self._ladder.succeed()
        elif self._ladder.fail(time.monotonic(), is_sure=end.is_buffered):
            self._notices.say(f"{end.detail}; now {self._ladder.describe()}")
            return
        await asyncio.sleep(random.uniform(0, _RESUME_WITHIN_S))

    async def _peek(self) -> None:
        """While it is not known that the feed comes through, show what it may be holding."""
        await asyncio.sleep(_FIRST_PEEK_S)
        while not self._is_proven:
            with contextlib.suppress(Problem):
                await self._look()
            await asyncio.sleep(_PEEK_EVERY_S)

    async def _look(self) -> None:
        page = await self._history.read_after(self._position.after, filters=self._filters)
        self._take_page(page)

    def _mark_proven(self) -> None:
        self._is_proven = True
        if self._check is not None:
            self._check.begin()
        self._has_contact("live")

    def _has_contact(self, state: str) -> None:
        if self._notices.is_away:
            self._notices.say(f"back, {state}")
        self._notices.is_away = False
        self._backoff.reset()
        self._strangers = 0
        self._contact_at_s = time.monotonic()

    async def _wait_after(self, problem: Problem) -> None:
        away_s = time.monotonic() - self._contact_at_s
        if problem.code not in _OF_THE_PATH or (self._give_up_s and away_s > self._give_up_s):
            raise problem
        wait_s = self._backoff.next_s(problem.retry_after_s)
        # One answer in the server's place may be chance.
        self._strangers = 0 if problem.is_passing else self._strangers + 1
        if self._strangers >= _SLOWLY_AFTER:
            wait_s = max(wait_s, _SLOWLY_S)
        if self._give_up_s:
            wait_s = min(wait_s, self._give_up_s - away_s + 0.1)
        self._notices.say(f"{problem.detail}; trying again")
        self._notices.is_away = True
        await asyncio.sleep(wait_s)

    def _take_event(self, event: Event, check: TailCheck) -> None:
        kind, payload, cursor = event
        if kind == "gap":
            self._take_gap(payload)
        elif kind == "left":
            self._leave(payload)
        elif "id" in payload:
            self._take_entry(payload)
            check.brought(_key_of(payload))
        if cursor:
            self._position.move(cursor)

    def _take_page(self, page: Page) -> None:
        for gap in page["gaps"]:
            self._take_gap(gap)
        for entry in page["events"]:
            if self._take_entry(entry) and self._check is not None:
                self._check.polled(_key_of(entry))
        for left in page.get("left", ()):
            self._leave(left)
        self._position.move(page["cursor"])

    def _leave(self, left: dict[str, Any]) -> None:
        self._printer.left(left)
        if not self._history.leave(left["room"]):
            raise Problem(Exit.FORBIDDEN, "none of the rooms may be read any longer")

    def _take_gap(self, gap: dict[str, Any]) -> None:
        if self._position.take_gap(gap):
            self._printer.gap(gap)

    def _take_entry(self, entry: dict[str, Any]) -> bool:
        is_new = self._position.take(entry)
        if is_new:
            self._printer.entry(entry)
        return is_new


def _key_of(entry: dict[str, Any]) -> tuple[str, str]:
    return entry.get("room", ""), entry["id"]
