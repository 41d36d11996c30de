"""Reading probe feeds from the command line: when each event left, and when it came."""

import asyncio
import time

import httpx

from sse_chat.client.frames import Frames, NdjsonFrames, NotAFeed, SseFrames
from sse_chat.client.problems import Problem, problem_of_answer, problem_of_failure
from sse_chat.doctor.measured import FeedReading

FEED_LIMIT_S = 12.0
_EVENTS, _INTERVAL_MS = 5, 500
_WAYS: dict[str, tuple[str, str, type[SseFrames] | type[NdjsonFrames]]] = {
    "sse": ("GET", "sse", SseFrames),
    "ndjson": ("GET", "ndjson", NdjsonFrames),
    "post": ("POST", "ndjson", NdjsonFrames),
}
_TYPES = {"sse": "text/event-stream", "ndjson": "application/x-ndjson"}


class FeedProbe:
    """`url` is the probe's."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url

    async def read_all(self) -> dict[str, FeedReading]:
        readings = await asyncio.gather(*(self.read(name) for name in _WAYS))
        return dict(zip(_WAYS, readings, strict=True))

    async def read(
        self,
        name: str,
        *,
        idle_s: int = 0,
        events: int = _EVENTS,
        limit_s: float = FEED_LIMIT_S,
    ) -> FeedReading:
        method, fmt, frames = _WAYS[name]
        params = {
            "format": fmt,
            "events": str(events),
            "interval_ms": str(_INTERVAL_MS),
            "idle": str(idle_s),
        }
        reading = _Reading(frames())
        fields = {"data": params} if method == "POST" else {"params": params}
        try:
            async with (
                asyncio.timeout(limit_s),
                self._client.stream(
                    method,
                    self._url,
                    headers={"Accept": _TYPES[fmt], "Accept-Encoding": "gzip"},
                    timeout=None,
                    **fields,  # type: ignore[arg-type]
                ) as answer,
            ):
                await reading.read(answer, _TYPES[fmt])
        except TimeoutError:
            reading.end = "silent"
        except Problem as problem:
            reading.detail = problem.detail
        except (httpx.HTTPError, NotAFeed, OSError) as exc:
            reading.end = "cut" if reading.head_ms else "refused"
            reading.detail = problem_of_failure(exc).detail
        return reading.freeze()


class _Reading:
    """A feed while it is read."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._began_s = time.monotonic()
        self._events: list[tuple[float, float]] = []
        self._encoding = ""
        self.head_ms: float | None = None
        self.end = "refused"
        self.detail = ""

    async def read(self, answer: httpx.Response, media_type: str) -> None:
        self.head_ms = self._now_ms()
        kind = answer.headers.get("content-type", "").split(";")[0].strip()
        if answer.status_code != 200 or kind != media_type:
            raise problem_of_answer(answer, await answer.aread())
        self._encoding = answer.headers.get("content-encoding", "")
        self.end = "cut"
        async for chunk in answer.aiter_bytes():
            for event, payload, _ in self._frames.feed(chunk):
                if event == "probe":
                    self._events.append((float(payload["sent_ms"]), self._now_ms()))
                elif event == "end":
                    self.end = "whole"

    def _now_ms(self) -> float:
        return (time.monotonic() - self._began_s) * 1000

    def freeze(self) -> FeedReading:
        return FeedReading(tuple(self._events), self.end, self.head_ms, self._encoding, self.detail)
