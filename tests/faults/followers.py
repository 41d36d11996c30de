"""Readers that resume anywhere, in each format and by each step, and note what they see."""

import asyncio
import contextlib
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable
from typing import Any
from urllib.parse import urlencode

from tests.faults.checker import Id, Reader, Seen, Told, parse
from tests.faults.load import Ports
from tests.support.feeds import parse_sse

_SILENCE_S = 8.0
_POLL_S = 15


class Follower:
    """Lines of JSON by HTTP/1.0, whose bodies have no framing that a cut could be mistaken for.

    `pause_s`: how long it dawdles over each entry.
    """

    silence_s = _SILENCE_S
    polls = False

    def __init__(self, name: str, room: str, port: Ports, pause_s: float = 0.0) -> None:
        self.notes = Reader(name, room, dawdles=pause_s > 0, polls=self.polls)
        self.cursor = "0"
        self.connections = 0
        self.seen = 0
        self.last_text = ""
        # What it was asked to wait, by the reason of the goodbye.
        self.byes: dict[str, list[int]] = defaultdict(list)
        # When, and at which node, each of its feeds began.
        self.arrivals: list[tuple[float, str]] = []
        self._wait_s = 0.1
        self._opened_s = 0.0
        self._port, self._pause_s = port, pause_s
        self._writer: asyncio.StreamWriter | None = None

    def hang_up(self, away_s: float = 0.1) -> None:
        if self._writer is not None:
            self._wait_s = away_s
            self._writer.transport.abort()

    def hurry(self) -> None:
        self._pause_s = 0.0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            with contextlib.suppress(
                OSError, TimeoutError, asyncio.IncompleteReadError, json.JSONDecodeError
            ):
                await self._connect()
            await asyncio.sleep(self._wait_s)
            self._wait_s = 0.1

    async def _connect(self) -> None:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port(), limit=2**20)
        self.connections += 1
        try:
            self._writer.write(self._request().encode())
            self._opened_s = time.monotonic()
            head = await self._within(reader.readuntil(b"\r\n\r\n"))
            if b" 200 " in head.partition(b"\r\n")[0]:
                await self._read(reader)
        finally:
            self._writer.close()
            self._writer = None

    async def _within(self, answer: Awaitable[bytes]) -> bytes:
        async with asyncio.timeout(self.silence_s):
            return await answer

    def _request(self) -> str:
        path = f"/chat/{self.notes.room}/feed?format=ndjson&heartbeat=2&after={self.cursor}"
        return f"GET {path} HTTP/1.0\r\nHost: test\r\n\r\n"

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while line := await self._within(reader.readline()):
            if not line.endswith(b"\n"):
                return
            await self._note(json.loads(line))

    async def _note(self, event: dict[str, Any]) -> None:
        kind = event["kind"]
        if kind == "message":
            self.cursor, self.last_text = event["id"], event["text"]
            self.seen += 1
            seen = Seen(parse(event["id"]), event["text"], time.monotonic(), self._opened_s)
            self.notes.events.append(seen)
            if self._pause_s:
                await asyncio.sleep(self._pause_s)
        elif kind == "hello":
            # From here on what is said comes to this reader; before it the worker had to load.
            self._opened_s = time.monotonic()
            self.arrivals.append((time.monotonic(), event["server"]))
        elif kind == "gap":
            oldest = parse(event["oldest"]) if event["oldest"] else None
            after, reason = parse(event["after"]), event["reason"]
            self.notes.events.append(Told(after, oldest, reason, time.monotonic()))
            if event["reason"] == "reset":
                self.cursor = "0"
        elif kind == "bye":
            self.byes[event["reason"]].append(event["retry_ms"])
            self._wait_s = event["retry_ms"] / 1000


class PostFollower(Follower):
    """The same lines as the answer to a POST, for paths that hold a streamed GET."""

    def _request(self) -> str:
        form = urlencode({"format": "ndjson", "heartbeat": 2, "after": self.cursor})
        return (
            f"POST /chat/{self.notes.room}/feed HTTP/1.0\r\nHost: test\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(form)}\r\n\r\n{form}"
        )


class EventFollower(Follower):
    """Server-sent events in chunks, as a browser gets them."""

    def _request(self) -> str:
        resume = "" if self.cursor == "0" else f"Last-Event-ID: {self.cursor}\r\n"
        after = "&after=0" if self.cursor == "0" else ""
        return (
            f"GET /chat/{self.notes.room}?format=sse&heartbeat=2{after} HTTP/1.1\r\n"
            f"Host: test\r\n{resume}\r\n"
        )

    async def _read(self, reader: asyncio.StreamReader) -> None:
        rest = ""
        async for chunk in self._chunks(reader):
            *whole, rest = (rest + chunk.decode()).split("\n\n")
            for part in whole:
                for event in parse_sse(iter([*part.split("\n"), ""])):
                    await self._note({"kind": event.type, **json.loads(event.data)})

    async def _chunks(self, reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
        while size := int(await self._within(reader.readuntil(b"\r\n")), 16):
            yield (await self._within(reader.readexactly(size + 2)))[:-2]


class Poller(Follower):
    """Long polls, for paths that hold every answer until it ends."""

    silence_s = _POLL_S + _SILENCE_S
    polls = True

    def _request(self) -> str:
        path = f"/chat/{self.notes.room}/messages?after={self.cursor}&wait={_POLL_S}&limit=100"
        return f"GET {path} HTTP/1.0\r\nHost: test\r\n\r\n"

    async def _read(self, reader: asyncio.StreamReader) -> None:
        page = json.loads(await self._within(reader.read()))
        if page["gap"]:
            await self._note({**page["gap"], "kind": "gap"})
        for event in page["events"]:
            await self._note(event)
        self._wait_s = 0.0


class TextFollower(Follower):
    """Lines for people. They carry no id: it cannot resume, and gets the ids from the writers."""

    silence_s = 30.0

    def __init__(self, name: str, room: str, port: Ports, pause_s: float = 0.0) -> None:
        super().__init__(name, room, port, pause_s)
        self._texts: list[str] = []

    def _request(self) -> str:
        path = f"/chat/{self.notes.room}?format=text&heartbeat=2&after=0"
        return f"GET {path} HTTP/1.0\r\nHost: test\r\n\r\n"

    async def _read(self, reader: asyncio.StreamReader) -> None:
        self._texts.clear()
        while line := await self._within(reader.readline()):
            if line.startswith(b"["):
                self.seen += 1
                self.last_text = line.decode().rstrip("\n").partition(": ")[2]
                self._texts.append(self.last_text)

    def add_ids(self, ids: dict[str, Id]) -> None:
        """By text; what nobody posted gets one that no entry has."""
        self.notes.events[:] = [Seen(ids.get(text, (0, 0)), text) for text in self._texts]
