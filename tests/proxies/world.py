"""One room, read and written through one path while its habits change."""

import asyncio
import contextlib
import random
import secrets
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from playwright.async_api import Browser

from tests.proxies.habits import Plan
from tests.proxies.readers_of_paths import CurlReader, PageReader, Shown, TailReader
from tests.proxies.relay import Relay
from tests.proxies.reverse import nghttpx
from tests.support.programs import free_port, start, stop

_SAY_EVERY_S = 0.7
_TYPE_EVERY_S = 4.0


@dataclass
class Record:
    """What happened; times in seconds since 1970."""

    plan: Plan
    said_s: dict[str, float] = field(default_factory=dict)
    typed_s: dict[str, float] = field(default_factory=dict)
    phases_s: list[float] = field(default_factory=list)
    ended_s: float = 0
    kept: list[str] = field(default_factory=list)
    """By the server, in order."""
    shown: dict[str, Shown] = field(default_factory=dict)
    unsent: list[str] = field(default_factory=list)
    states: list[dict[str, object]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


class World:
    """`opening` lets a few worlds at a time open their pages, which is heavy work."""

    def __init__(
        self, plan: Plan, origin_url: str, browser: Browser, opening: asyncio.Semaphore
    ) -> None:
        self.record = Record(plan)
        self._plan = plan
        self._origin = origin_url
        self._browser = browser
        self._opening = opening
        self._is_over = False
        # They go one after the other: no faster than the path carries them.
        slowest_s = max(phase.habits.answer_s for phase in plan.phases)
        self._type_every_s = max(_TYPE_EVERY_S, 1.5 * slowest_s)
        self._room = f"g{plan.seed}-{secrets.token_hex(4)}"
        # In some worlds `tail` reads two rooms on one feed.
        self._beside = f"{self._room}-beside" if plan.seed % 4 == 1 else ""
        port = int(origin_url.rpartition(":")[2])
        self._relay = Relay(port, random.Random(plan.seed))
        self._client = httpx.AsyncClient(base_url=origin_url, auth=("bo", ""), trust_env=False)

    async def run(self) -> Record:
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self._client.aclose)
            stack.push_async_callback(self._relay.close)
            await self._say("hello")
            await self._say_beside()
            readers = await self._open(stack)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._talk())
                tasks.create_task(self._type())
                await self._pass_phases()
                self._is_over = True
            self.record.ended_s = time.time()
            self.record.kept = await self._read_kept()
            await self._wait_shown(readers)
            self.record.kept = await self._read_kept()
            for name, reader in readers.items():
                self.record.shown[name] = await reader.shown()
            self.record.unsent = await self._page.unsent()
            self.record.states = await self._page.states()
            self.record.problems = self._page.problems
            self.record.notices = self._tail.notices
        return self.record

    async def _open(
        self, stack: contextlib.AsyncExitStack
    ) -> dict[str, PageReader | TailReader | CurlReader]:
        ports = [await self._relay.listen() for _ in range(3)]
        front = f"http://127.0.0.1:{ports[0]}"
        if self._plan.is_http2:
            front = await asyncio.to_thread(_start_nghttpx, front, stack, self._plan.max_requests)
        self._page = PageReader(self._browser, front, self._room)
        rooms = [self._room, *filter(None, [self._beside])]
        self._tail = TailReader(*(f"http://127.0.0.1:{ports[1]}/chat/{room}" for room in rooms))
        curl = CurlReader(f"http://127.0.0.1:{ports[2]}/chat/{self._room}")
        readers = {"page": self._page, "tail": self._tail, "curl": curl}
        for reader in readers.values():
            stack.push_async_callback(reader.close)
        async with self._opening:
            await asyncio.gather(*(reader.open() for reader in readers.values()))
        return readers

    async def _pass_phases(self) -> None:
        for phase in self._plan.phases:
            self._relay.change(phase.habits, cuts_open=phase.cuts_open)
            self.record.phases_s.append(time.time())
            await asyncio.sleep(phase.lasts_s)

    async def _say(self, text: str) -> None:
        self.record.said_s[text] = time.time()
        answer = await self._client.post(f"/chat/{self._room}", data={"text": text})
        assert answer.status_code == 201, answer.text

    async def _say_beside(self) -> None:
        if self._beside:
            answer = await self._client.post(f"/chat/{self._beside}", data={"text": "beside"})
            assert answer.status_code == 201, answer.text

    async def _talk(self) -> None:
        number = 0
        while not self._is_over:
            await self._say(f"said {number}")
            await self._say_beside()
            number += 1
            await asyncio.sleep(_SAY_EVERY_S)

    async def _type(self) -> None:
        number = 0
        while not self._is_over:
            text = f"typed {number}"
            self.record.typed_s[text] = await self._page.type(text)
            number += 1
            await asyncio.sleep(self._type_every_s)

    async def _read_kept(self) -> list[str]:
        query = {"limit": "500"}
        answer = await self._client.get(f"/chat/{self._room}/messages", params=query)
        return [each["text"] for each in answer.json()["events"]]

    async def _wait_shown(self, readers: dict[str, PageReader | TailReader | CurlReader]) -> None:
        """Until all have all, or for so long that it is too late anyway."""
        wanted = len(self.record.said_s) + len(self.record.typed_s)
        until_s = time.time() + 6 + self._plan.phases[-1].habits.slowest_s
        while time.time() < until_s:
            shown = [await reader.shown() for reader in readers.values()]
            if all(len(each) >= wanted for each in shown):
                return
            await asyncio.sleep(0.2)


def _start_nghttpx(origin: str, stack: contextlib.AsyncExitStack, max_requests: int) -> str:
    folder = Path(tempfile.mkdtemp())
    port = free_port()
    process = start(nghttpx(folder, port, origin, max_requests=max_requests), port, folder)
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    stack.callback(stop, process)
    return f"https://127.0.0.1:{port}"
