"""Those who read through a path: the page, `sse-chat tail` and a loop of curl. What each showed,
and when, in seconds since 1970."""

import asyncio
import contextlib
import json
import secrets
import sys
import time
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from tests.support.client import environment

_WATCH = Path(__file__).with_name("watch.js")
_WAIT_S = 20
_ROWS = """() => [...document.querySelectorAll("[data-log] .message")].map((row) => ({
    id: row.dataset.id ?? null,
    text: row.querySelector("[data-part=body]").textContent.trim(),
}))"""

Shown = list[tuple[str, float]]
"""Text and time, in the order in which the reader has them."""


class PageReader:
    def __init__(self, browser: Browser, url: str, room: str) -> None:
        self._browser = browser
        self._url = url
        self._room = room
        self.problems: list[str] = []

    async def open(self) -> None:
        self.context = await self._browser.new_context(ignore_https_errors=True)
        await self.context.add_init_script(path=_WATCH)
        self.context.set_default_timeout(90_000)
        signed_in = await self.context.request.post(f"{self._url}/session", form={"name": "ann"})
        assert signed_in.ok, await signed_in.text()
        self.page = await self.context.new_page()
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        await self.page.goto(f"{self._url}/chat/{self._room}")
        await self.page.wait_for_function("() => document.body.dataset.ready === ''")

    async def type(self, text: str) -> float:
        """When it was sent off."""
        field = self.page.locator("[data-text]")
        await field.fill(text)
        await field.press("Enter")
        return time.time()

    async def states(self) -> list[dict[str, Any]]:
        states: list[dict[str, Any]] = await self.page.evaluate("window.states")
        return states

    async def shown(self) -> Shown:
        seen = {each["text"]: each["at"] for each in await self.page.evaluate("window.seen")}
        rows = await self.page.evaluate(_ROWS)
        return [(row["text"], seen.get(row["text"], 0.0)) for row in rows if row["id"]]

    async def unsent(self) -> list[str]:
        return [row["text"] for row in await self.page.evaluate(_ROWS) if not row["id"]]

    async def close(self) -> None:
        await self.context.close()


class TailReader:
    """With `beside` it reads more rooms on the same feed, and shows the first alone."""

    def __init__(self, room_url: str, *beside: str) -> None:
        self._room_urls = (room_url, *beside)
        self._shown: Shown = []
        self.notices: list[str] = []

    async def open(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "sse_chat", "tail", *self._room_urls),
            *("--format", "ndjson", "--after", "0"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment(),
        )
        assert self._process.stdout
        assert self._process.stderr
        self._tasks = [
            asyncio.create_task(self._read(self._process.stdout)),
            asyncio.create_task(self._read_notices(self._process.stderr)),
        ]
        while not self._shown:
            assert self._process.returncode is None, self.notices
            await asyncio.sleep(0.05)

    async def _read(self, pipe: asyncio.StreamReader) -> None:
        async for line in pipe:
            entry = json.loads(line)
            if not self._room_urls[0].endswith(f"/{entry.get('room', '')}"):
                continue
            if entry["kind"] in ("message", "gap"):
                self._shown.append((entry.get("text", "gap"), time.time()))

    async def _read_notices(self, pipe: asyncio.StreamReader) -> None:
        async for line in pipe:
            self.notices.append(f"{time.time():.1f} {line.decode().rstrip()}")

    async def shown(self) -> Shown:
        return list(self._shown)

    async def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class CurlReader:
    """A long-poll in a loop. What is no answer of ours is asked for again after a second."""

    def __init__(self, room_url: str) -> None:
        self._url = f"{room_url}/messages"
        self._shown: Shown = []
        self._cursor = "0"
        self._process: asyncio.subprocess.Process | None = None

    async def open(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            if not await self._ask():
                await asyncio.sleep(1)

    async def _ask(self) -> bool:
        query = f"after={self._cursor}&wait={_WAIT_S}&limit=50&nonce={secrets.token_hex(4)}"
        self._process = await asyncio.create_subprocess_exec(
            *("curl", "-sS", "--max-time", "30", "-u", "cy:", f"{self._url}?{query}"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        out, _ = await self._process.communicate()
        try:
            page = json.loads(out)
            events, self._cursor = page["events"], page["cursor"]
        except (ValueError, KeyError, TypeError):
            return False
        self._shown += [(each["text"], time.time()) for each in events]
        return True

    async def shown(self) -> Shown:
        return list(self._shown)

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
