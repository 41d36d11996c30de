"""One feed, from its request to its end: what came, and whether the path lets it through."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from sse_chat.client.frames import Event, Frames, NotAFeed
from sse_chat.client.history import request_options
from sse_chat.client.ladder import Step
from sse_chat.client.problems import Problem, problem_of_answer, problem_of_failure
from sse_chat.client.target import Target
from sse_chat.errors import ChatError

HELLO_S = 4.0
_PING_S = 4.0
_PING_AT_LEAST_S = 0.5
_SILENCE_S = 40.0
_MAX_RETRY_MS = 60_000
_BODY_OF_A_PROBLEM_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class End:
    """How a feed ended. `is_proven`: it brought hello, and later a ping, each in its time."""

    is_proven: bool
    lasted_s: float
    detail: str
    retry_ms: int | None = None
    """From bye; None when the feed was cut."""
    is_buffered: bool = False
    """The path answered nothing in time, or only the first bytes."""


class FeedReader:
    """`on_event` is given each event; `on_proven` is called once the path lets a feed through."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        step: Step,
        *,
        round_trip_s: float,
        on_event: Callable[[Event], None],
        on_proven: Callable[[], None],
        filters: Mapping[str, str] | None = None,
    ) -> None:
        self._client = client
        self._step = step
        self._on_event = on_event
        self._on_proven = on_proven
        self._filters = filters or {}
        self._hello_s = max(HELLO_S, 4 * round_trip_s)
        self._began_s = self._deadline_s = 0.0
        self._hello_at_s: float | None = None
        self._is_proven = False
        self._retry_ms: int | None = None
        self._is_tail_buffered = False

    def give_up(self) -> None:
        """It was found that the path keeps the end of what is said."""
        self._is_tail_buffered = True
        self._deadline_s = 0
        self._move_deadline()

    async def read(self, target: Target, after: str) -> End:
        """Raises Problem for an answer that is no feed."""
        self._began_s = time.monotonic()
        self._deadline_s = self._began_s + self._hello_s
        detail, is_buffered = "the feed was cut", False
        try:
            async with asyncio.timeout(None) as limit:
                self._limit = limit
                self._move_deadline()
                await self._read(target, after)
        except TimeoutError:
            is_buffered = self._is_tail_buffered or not self._is_proven
            detail = self._describe_silence()
        except (httpx.HTTPError, OSError) as exc:
            detail = problem_of_failure(exc).detail
        except (NotAFeed, ChatError, KeyError, TypeError) as exc:
            detail = f"this is not a feed of sse-chat: {exc}"
        lasted_s = time.monotonic() - self._began_s
        return End(self._is_proven, lasted_s, detail, self._retry_ms, is_buffered)

    async def _read(self, target: Target, after: str) -> None:
        assert self._step.frames is not None
        frames = self._step.frames()
        params = {"format": self._step.name, "after": after, **self._filters, **target.params}
        method, options = request_options(self._step.method, params)
        request = self._client.build_request(
            method,
            f"{target.room_url}/feed",
            headers={"Accept": self._step.media_type},
            timeout=httpx.Timeout(None),
            **options,
        )
        answer = await self._client.send(request, stream=True)
        try:
            kind = answer.headers.get("content-type", "").split(";")[0].strip()
            if answer.status_code != 200 or kind != self._step.media_type:
                raise problem_of_answer(answer, await _read_some(answer))
            await self._take_all(answer, frames)
        finally:
            await answer.aclose()

    async def _take_all(self, answer: httpx.Response, frames: Frames) -> None:
        async for chunk in answer.aiter_raw():
            for event in frames.feed(chunk):
                self._take(event)
                if event.kind == "bye":
                    return

    def _take(self, event: Event) -> None:
        kind, now_s = event.kind, time.monotonic()
        if kind == "hello" and self._hello_at_s is None:
            self._hello_at_s = now_s
            self._deadline_s = now_s + _PING_S
        elif kind == "ping" and self._is_proof(now_s):
            self._is_proven = True
            self._on_proven()
        if kind == "bye":
            self._retry_ms = _retry_ms(event.payload)
        if self._is_proven:
            self._deadline_s = now_s + _SILENCE_S
        self._move_deadline()
        self._on_event(event)

    def _is_proof(self, now_s: float) -> bool:
        """A ping some time after hello: the path did not bring both at once."""
        return (
            not self._is_proven
            and self._hello_at_s is not None
            and now_s - self._hello_at_s >= _PING_AT_LEAST_S
        )

    def _move_deadline(self) -> None:
        loop = asyncio.get_running_loop()
        self._limit.reschedule(loop.time() + self._deadline_s - time.monotonic())

    def _describe_silence(self) -> str:
        if self._is_tail_buffered:
            return "the path keeps the end of what is said until more is said"
        if self._hello_at_s is None:
            return f"the path holds the feed: nothing within {self._hello_s:.0f} s"
        if not self._is_proven:
            return "the path lets the first bytes through and holds the rest"
        return f"the feed was silent for {_SILENCE_S:.0f} s"


def _retry_ms(bye: dict[str, Any]) -> int:
    asked = bye.get("retry_ms")
    return min(max(asked, 0), _MAX_RETRY_MS) if isinstance(asked, int) else 1000


async def _read_some(answer: httpx.Response) -> bytes:
    body = b""
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > _BODY_OF_A_PROBLEM_BYTES:
            break
    return body


__all__ = ["HELLO_S", "End", "FeedReader", "Problem"]
