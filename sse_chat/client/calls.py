"""Calls: what Room and Rooms share, which is the connection, trying again, wait and follow."""

import argparse
import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any, Self

import httpx

from sse_chat.client.access import Access, read_access
from sse_chat.client.backoff import Backoff
from sse_chat.client.bodies import MAX_RECEIPT_BYTES, fetch
from sse_chat.client.entry_queue import Entry, EntryQueue, Silent
from sse_chat.client.follow import Follower
from sse_chat.client.following import Following
from sse_chat.client.history import History, Page
from sse_chat.client.ladder import Ladder
from sse_chat.client.position import Cursor
from sse_chat.client.problems import Problem, json_of, problem_of_answer

WAIT_S = 25
_TIMEOUT_S = 20.0


class Calls:
    """`targets`: rooms as a person names them. The rest is described at Room."""

    def __init__(
        self,
        targets: str | Sequence[str],
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
            target=targets, server=server, user=user, token=bool(token), proxy=proxy,
            cacert=cacert, insecure=False,
        )  # fmt: skip
        self._begin(read_access(flags, environ), give_up_s)

    def _begin(self, access: Access, give_up_s: float) -> None:
        self._access = access
        self._give_up_s = give_up_s
        self._client: httpx.AsyncClient | None = None
        self._history: History | None = None

    def _make_history(self, client: httpx.AsyncClient) -> History:
        return History(client, self._access)

    def _read_position(self, after: str | None, *, is_filtered: bool) -> Cursor:
        raise NotImplementedError

    def _connect(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._history = self._make_history(client)

    async def __aenter__(self) -> Self:
        self._connect(self._access.make_async_client())
        return self

    async def __aexit__(self, *failure: object) -> None:
        if self._client is not None:
            await self._client.aclose()
        self._client = self._history = None

    @property
    def _reader(self) -> History:
        if self._history is None:
            raise RuntimeError(f"use it inside of `async with {type(self).__name__}(…)`")
        return self._history

    async def wait(
        self, *, after: str | None = None, timeout_s: float | None = None, **filters: str
    ) -> Entry | None:
        """The next entry that matches `contains`, `author`, `mentions`, `reply_to` and `kind`; None
        when the time is over. `after`: a position; by default what comes from now on counts."""
        if after is None:
            after = str((await self._contact())["cursor"])
        until_s = time.monotonic() + (float("inf") if timeout_s is None else timeout_s)
        while (left_s := until_s - time.monotonic()) > 0:
            params = {
                **filters,
                **self._reader.target.params,
                "after": after,
                "limit": "1",
                "wait": str(int(min(left_s, WAIT_S))),
            }
            page = await self._request("GET", "/messages", params=params)
            if page["events"]:
                entry: Entry = page["events"][0]
                return entry
            after = page["cursor"]
        return None

    def follow(
        self, *, after: str | None = None, last: int = 0, gaps: bool = False, **filters: str
    ) -> Following:
        """Every entry once, over reconnections, until the loop over it is left.

        After the position, or with the newest `last` first. With `gaps`, entries that are missing
        are told as `{"kind": "gap", …}`. Filters as of `wait`.
        """
        cursor = self._read_position(after, is_filtered=bool(filters))
        queue = EntryQueue(cursor, after, tells_gaps=gaps)

        async def contact() -> Page:
            return await self._contact(last if after is None else 0, filters)

        def make_follower() -> Follower:
            assert self._client is not None
            return Follower(
                self._client, self._reader, cursor, queue, Silent(), ladder=Ladder(),
                give_up_s=self._give_up_s, filters=filters,
            )  # fmt: skip

        return Following(queue, contact, make_follower)

    async def _contact(self, last: int = 0, filters: Mapping[str, str] | None = None) -> Page:
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
        payload = json_of(answer, body)
        if answer.status_code in (200, 201) and isinstance(payload, dict):
            return payload
        raise problem_of_answer(answer, body)
