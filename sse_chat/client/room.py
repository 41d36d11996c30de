"""Room: what a Python program does in a room, over any path that the command line takes.

    async with Room("https://chat.example/chat/lobby", user="ci:SECRET") as room:
        await room.say("build 7 is done")
        async for entry in room.follow(last=10):
            print(entry["author"], entry["text"])

All calls try again while the server or the path is away, and raise Problem when that has no use.
Entries are dicts as the server's JSON has them.
"""

import argparse
import asyncio
import os
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Self

import httpx

from sse_chat.client.access import Access, read_access
from sse_chat.client.backoff import Backoff
from sse_chat.client.bodies import MAX_RECEIPT_BYTES, fetch
from sse_chat.client.exits import Exit
from sse_chat.client.follow import Follower
from sse_chat.client.history import History, cursor_of
from sse_chat.client.ladder import Ladder
from sse_chat.client.position import Position
from sse_chat.client.problems import Problem, json_of, problem_of_answer
from sse_chat.ids import ZERO, parse_id

Entry = dict[str, Any]
_WAIT_S = 25
_TIMEOUT_S = 20.0
# What a consumer that is slower than the room may have waiting; then the feed is closed, and
# opened again where it was.
_MAX_WAITING = 1000


class Room:
    """`room`: a URL, or a name on `server`. `user`: NAME for a guest, NAME:PASSWORD.

    Proxies, ~/.netrc and SSE_CHAT_SERVER are read as by `sse-chat`. `give_up_s`: how long a call
    tries again. Raises SettingsError for what cannot be an address.
    """

    def __init__(
        self,
        room: str,
        *,
        server: str | None = None,
        user: str | None = None,
        token: str = "",
        proxy: str | None = None,
        cacert: str | None = None,
        give_up_s: float = 60,
    ) -> None:
        environ = {**os.environ, "SSE_CHAT_TOKEN": token} if token else os.environ
        flags = argparse.Namespace(
            target=room, server=server, user=user, token=bool(token), proxy=proxy, cacert=cacert,
            insecure=False,
        )  # fmt: skip
        self._begin(read_access(flags, environ), give_up_s)

    @classmethod
    def of_access(cls, access: Access, *, give_up_s: float) -> Self:
        """For the commands, which have read their flags already."""
        room = cls.__new__(cls)
        room._begin(access, give_up_s)
        return room

    def _begin(self, access: Access, give_up_s: float) -> None:
        self._access = access
        self._give_up_s = give_up_s
        self._client: httpx.AsyncClient | None = None
        self._history: History | None = None

    async def __aenter__(self) -> Self:
        self._client = self._access.make_async_client()
        self._history = History(self._client, self._access)
        return self

    async def __aexit__(self, *failure: object) -> None:
        if self._client is not None:
            await self._client.aclose()
        self._client = self._history = None

    @property
    def name(self) -> str:
        """The room's; "" for the default room until a call was answered."""
        return self._reader.target.room

    @property
    def _reader(self) -> History:
        if self._history is None:
            raise RuntimeError("use it inside of `async with Room(…) as room`")
        return self._history

    async def say(
        self,
        text: str,
        *,
        key: str | None = None,
        update_key: str | None = None,
        reply_to: str | None = None,
    ) -> Entry:
        """The entry. `update_key`: gives one's message of that key this text."""
        shape: dict[str, Any] = {"text": text}
        if reply_to is not None:
            shape["reply_to"] = reply_to
        headers = {"Idempotency-Key": key or secrets.token_urlsafe(18)}
        if update_key is not None:
            headers["Update-Key"] = update_key
        return await self._request("POST", "", json=shape, headers=headers)

    async def ask(
        self,
        text: str,
        choices: Sequence[str],
        *,
        who: Sequence[str] = (),
        timeout_s: int = 3600,
        key: str | None = None,
    ) -> str | None:
        """The choice; None when nobody answered in time, or the question was taken back.

        With a `key` of its own a program that was started again asks the same question.
        """
        await self._find_name()
        shape = {"text": text, "choices": list(choices), "who": list(who), "until": timeout_s}
        headers = {"Idempotency-Key": key or secrets.token_urlsafe(18)}
        question = await self._request("POST", "/ask", json=shape, headers=headers)
        path = f"/messages/{question['id']}/answer"
        until_s = time.monotonic() + timeout_s + self._give_up_s
        while time.monotonic() < until_s:
            found = await self._request("GET", path, params={"wait": str(_WAIT_S)})
            if found["state"] != "open":
                answer = found["answer"]
                return str(answer["choice"]) if answer else None
        return None

    async def wait(
        self, *, after: str | None = None, timeout_s: float | None = None, **filters: str
    ) -> Entry | None:
        """The next entry that matches `contains`, `author`, `mentions`, `reply_to` and `kind`; None
        when the time is over. `after`: an id; by default what comes from now on counts."""
        if after is None:
            after = str(cursor_of(await self._find_name()))
        until_s = time.monotonic() + (float("inf") if timeout_s is None else timeout_s)
        while (left_s := until_s - time.monotonic()) > 0:
            params = {
                **filters,
                "after": after,
                "limit": "1",
                "wait": str(int(min(left_s, _WAIT_S))),
            }
            page = await self._request("GET", "/messages", params=params)
            if page["events"]:
                entry: Entry = page["events"][0]
                return entry
            after = page["cursor"]
        return None

    async def follow(
        self, *, after: str | None = None, last: int = 0, gaps: bool = False, **filters: str
    ) -> AsyncIterator[Entry]:
        """Every entry once, in order, over reconnections, until the loop over it is left.

        After the id, or with the newest `last` first. With `gaps`, entries that are missing are
        told as `{"kind": "gap", …}`. Filters as of `wait`.
        """
        history = self._reader
        position = Position(is_filtered=bool(filters))
        if after is None:
            page = await self._find_name(last, filters)
            for entry in page["events"]:
                yield entry
            position.cursor = cursor_of(page)
        else:
            await self._find_name()
            position.cursor = ZERO if after == "0" else parse_id(after)
        assert self._client is not None
        while True:
            waiting = _Waiting(tells_gaps=gaps)
            follower = Follower(
                self._client, history, position, waiting, _Silent(), ladder=Ladder(),
                give_up_s=self._give_up_s, filters=filters,
            )  # fmt: skip
            async for entry in waiting.while_running(follower):
                yield entry

    async def _find_name(
        self, last: int = 0, filters: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """A page that also tells the name of the default room."""
        backoff, until_s = Backoff(), time.monotonic() + self._give_up_s
        while True:
            try:
                return await self._reader.contact(last=last, filters=filters)
            except Problem as problem:
                await self._pause(problem, backoff, until_s)

    async def _request(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        backoff, until_s = Backoff(), time.monotonic() + self._give_up_s
        while True:
            try:
                return await self._try(method, path, options)
            except Problem as problem:
                await self._pause(problem, backoff, until_s)

    async def _pause(self, problem: Problem, backoff: Backoff, until_s: float) -> None:
        left_s = until_s - time.monotonic()
        if not problem.is_passing or left_s <= 0:
            raise problem
        await asyncio.sleep(min(backoff.next_s(problem.retry_after_s), left_s))

    async def _try(self, method: str, path: str, options: Mapping[str, Any]) -> dict[str, Any]:
        assert self._client is not None
        reader = self._reader
        headers = {"Accept": "application/json", **options.get("headers", {})}
        wait_s = float(options.get("params", {}).get("wait", 0))
        answer, body = await fetch(
            self._client,
            method,
            f"{reader.target.room_url}{path}",
            timeout_s=_TIMEOUT_S + wait_s,
            limit=MAX_RECEIPT_BYTES,
            **{**options, "headers": headers},
        )
        if moved := reader.target.moved(answer):
            reader.target = moved
            return await self._try(method, path, options)
        shape = json_of(answer, body)
        if answer.status_code in (200, 201) and isinstance(shape, dict):
            return shape
        raise problem_of_answer(answer, body)


class _Full(Exception):
    """More is waiting than the consumer has taken."""


class _Waiting:
    """Entries that a follower has read and the consumer has not taken yet."""

    def __init__(self, *, tells_gaps: bool) -> None:
        self._tells_gaps = tells_gaps
        self._entries: deque[Entry] = deque()
        self._has_news = asyncio.Event()

    def entry(self, shape: Entry) -> None:
        self._entries.append(shape)
        self._has_news.set()
        if len(self._entries) >= _MAX_WAITING:
            raise _Full

    def gap(self, shape: Entry) -> None:
        if self._tells_gaps:
            self.entry({"kind": "gap", **shape})

    def left(self, shape: Entry) -> None:
        if self._tells_gaps:
            self.entry({"kind": "left", **shape})

    async def while_running(self, follower: Follower) -> AsyncIterator[Entry]:
        """Ends when the consumer was too slow; raises what the follower raises."""
        task = asyncio.create_task(follower.run())
        task.add_done_callback(lambda _: self._has_news.set())
        try:
            while True:
                while self._entries:
                    yield self._entries.popleft()
                if task.done():
                    break
                self._has_news.clear()
                await self._has_news.wait()
        finally:
            task.cancel()
            [failure] = await asyncio.gather(task, return_exceptions=True)
        if not isinstance(failure, _Full):
            raise failure or Problem(Exit.FAILED, "the feed ended")


class _Silent:
    """Takes the place of notices on stderr."""

    is_away = False

    def say(self, notice: str) -> None:
        """Nobody is told."""
