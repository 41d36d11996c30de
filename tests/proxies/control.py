"""A room on a path without habits: how late messages are there is what the machine adds."""

import asyncio
import random
import secrets
import time
from collections.abc import Callable

import httpx
from playwright.async_api import Browser

from tests.proxies.readers_of_paths import CurlReader, PageReader, TailReader
from tests.proxies.relay import Relay

_EVERY_S = 0.5
# Before and after a time, messages of this time as well tell how late all are.
_AROUND_S = 5.0
_CATCH_UP_S = 30.0


class Control:
    """It goes through a relay as well: a relay that is out of breath is part of the machine."""

    def __init__(self, url: str, browser: Browser) -> None:
        self._browser = browser
        self._relay = Relay(int(url.rpartition(":")[2]), random.Random(0))
        self._room = f"control-{secrets.token_hex(4)}"
        self._client = httpx.AsyncClient(base_url=url, auth=("bo", ""), trust_env=False)
        self._said_s: dict[str, float] = {}

    async def open(self) -> None:
        await self._say("hello")
        url = f"http://127.0.0.1:{await self._relay.listen()}"
        self._page = PageReader(self._browser, url, self._room)
        self._tail = TailReader(f"{url}/chat/{self._room}")
        self._curl = CurlReader(f"{url}/chat/{self._room}")
        await asyncio.gather(self._page.open(), self._tail.open(), self._curl.open())
        self._talking = asyncio.create_task(self._talk())

    async def _talk(self) -> None:
        for number in range(1_000_000):
            await self._say(f"control {number}")
            await asyncio.sleep(_EVERY_S)

    async def _say(self, text: str) -> None:
        began_s = time.time()
        await self._client.post(f"/chat/{self._room}", data={"text": text})
        self._said_s[text] = began_s

    async def _seen(self) -> list[dict[str, float]]:
        """Of each reader: when it had each text."""
        seen: list[dict[str, object]] = await self._page.page.evaluate("window.seen")
        page = {str(each["text"]): float(str(each["at"])) for each in seen}
        return [page, dict(await self._tail.shown()), dict(await self._curl.shown())]

    async def catch_up(self) -> None:
        """Until its readers have shown what was said so far, or the machine is hopeless."""
        said = set(self._said_s)
        until_s = time.time() + _CATCH_UP_S
        while time.time() < until_s:
            if all(said <= each.keys() for each in await self._seen()):
                return
            await asyncio.sleep(_EVERY_S)

    async def noise(self) -> Callable[[float, float], float]:
        """The most that was late between two times, in seconds."""
        readers = await self._seen()
        now_s = time.time()
        late = [
            (said_s, max(each.get(text, now_s) for each in readers) - said_s)
            for text, said_s in self._said_s.items()
        ]

        def noise(from_s: float, to_s: float) -> float:
            near = [
                late_s for said_s, late_s in late if from_s - _AROUND_S < said_s < to_s + _AROUND_S
            ]
            return max(near, default=0)

        return noise

    async def close(self) -> None:
        self._talking.cancel()
        await asyncio.gather(self._talking, return_exceptions=True)
        await self._page.close()
        await self._tail.close()
        await self._curl.close()
        await self._relay.close()
        await self._client.aclose()
