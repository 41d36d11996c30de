"""Writers that try again under one key, and readers that resume anywhere; both take notes."""

import asyncio
import contextlib
import itertools
import json
from collections import defaultdict
from collections.abc import Callable
from random import Random
from typing import Any

import httpx

from tests.faults.checker import Post, Reader, Seen, Told, parse

_SILENCE_S = 8.0
_ANSWER_S = 20.0
# Any other answer leaves it open whether the store has the post.
_REFUSALS = {400, 401, 403, 404, 413, 415, 422, 429}

Ports = Callable[[], int]


class Writer:
    """One post after the other, each tried again until it is known what became of it."""

    def __init__(self, name: str, rooms: list[str], port: Ports, random: Random) -> None:
        self.posts: list[Post] = []
        self._name, self._rooms, self._port, self._random = name, rooms, port, random
        self._numbers = itertools.count()

    async def run(self, pause_s: float, is_over: asyncio.Event) -> None:
        async with httpx.AsyncClient(timeout=_ANSWER_S) as client:
            while not is_over.is_set():
                await self.post(client, self._random.choice(self._rooms), until=is_over)
                await asyncio.sleep(self._random.expovariate(1 / pause_s))

    async def post(self, client: httpx.AsyncClient, room: str, until: asyncio.Event) -> None:
        """At least once; then again until it is settled or the run is over."""
        post = Post(room, f"{self._name}-{next(self._numbers)}")
        self.posts.append(post)
        while not await self._try(client, post) and not until.is_set():  # noqa: ASYNC110
            await asyncio.sleep(self._random.uniform(0.05, 0.5))

    async def _try(self, client: httpx.AsyncClient, post: Post) -> bool:
        url = f"http://127.0.0.1:{self._port()}/chat/{post.room}"
        headers = {"Idempotency-Key": post.text}
        try:
            answer = await client.post(
                url, content=post.text, headers=headers, auth=(self._name, "")
            )
        except httpx.TransportError:
            return False
        if answer.status_code in (200, 201):
            post.outcome = "acknowledged"
            post.ids.add(parse(answer.json()["id"]))
            return True
        if answer.status_code in _REFUSALS and post.outcome == "unknown":
            raise AssertionError(f"refused: {answer.status_code} {answer.text}")
        return False


class Follower:
    """Reads by HTTP/1.0, whose bodies have no framing that a cut could be mistaken for.

    `pause_s`: how long it dawdles over each entry.
    """

    def __init__(self, name: str, room: str, port: Ports, pause_s: float = 0.0) -> None:
        self.notes = Reader(name, room)
        self.cursor = "0"
        self.connections = 0
        self.seen = 0
        self.last_text = ""
        # What it was asked to wait, by the reason of the goodbye.
        self.byes: dict[str, list[int]] = defaultdict(list)
        self._wait_s = 0.1
        self._port, self._pause_s = port, pause_s
        self._writer: asyncio.StreamWriter | None = None

    def hang_up(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()

    def hurry(self) -> None:
        self._pause_s = 0.0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                await self._connect()
            await asyncio.sleep(self._wait_s)
            self._wait_s = 0.1

    async def _connect(self) -> None:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port(), limit=2**20)
        self.connections += 1
        path = f"/chat/{self.notes.room}/feed?format=ndjson&heartbeat=2&after={self.cursor}"
        try:
            self._writer.write(f"GET {path} HTTP/1.0\r\nHost: test\r\n\r\n".encode())
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _SILENCE_S)
            if b" 200 " not in head.partition(b"\r\n")[0]:
                return
            while line := await asyncio.wait_for(reader.readline(), _SILENCE_S):
                if not line.endswith(b"\n"):
                    return
                await self._note(json.loads(line))
        finally:
            self._writer.close()
            self._writer = None

    async def _note(self, event: dict[str, Any]) -> None:
        kind = event["kind"]
        if kind == "message":
            self.cursor, self.last_text = event["id"], event["text"]
            self.seen += 1
            self.notes.events.append(Seen(parse(event["id"]), event["text"]))
            if self._pause_s:
                await asyncio.sleep(self._pause_s)
        elif kind == "gap":
            oldest = parse(event["oldest"]) if event["oldest"] else None
            self.notes.events.append(Told(parse(event["after"]), oldest, event["reason"]))
            if event["reason"] == "reset":
                self.cursor = "0"
        elif kind == "bye":
            self.byes[event["reason"]].append(event["retry_ms"])
            self._wait_s = event["retry_ms"] / 1000
