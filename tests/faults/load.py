"""Writers that try again under one key, and take notes of what they were told."""

import asyncio
import itertools
import time
from collections.abc import Callable
from random import Random

import httpx

from tests.faults.checker import Post, parse

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

    async def run(
        self, pause_s: float, is_over: asyncio.Event, gate: asyncio.Event | None = None
    ) -> None:
        """Posts while the gate, if there is one, is open."""
        async with httpx.AsyncClient(timeout=_ANSWER_S) as client:
            while not is_over.is_set():
                if gate is not None:
                    await gate.wait()
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
            if post.outcome != "acknowledged":
                post.outcome, post.at_s = "acknowledged", time.monotonic()
            post.ids.add(parse(answer.json()["id"]))
            return True
        if answer.status_code in _REFUSALS and post.outcome == "unknown":
            raise AssertionError(f"refused: {answer.status_code} {answer.text}")
        return False
