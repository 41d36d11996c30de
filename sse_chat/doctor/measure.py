"""Measuring a path from the command line, all at once: it takes as long as its slowest part."""

import asyncio
import time
import urllib.request
from typing import Any
from urllib.parse import urlsplit

import httpx

from sse_chat.client.access import Access
from sse_chat.client.problems import Problem, json_of, problem_of_answer, problem_of_failure
from sse_chat.doctor.measure_feeds import FEED_LIMIT_S, FeedProbe
from sse_chat.doctor.measured import METHODS, Measured
from sse_chat.doctor.probe import SENT_HEADERS

_TIMEOUT_S = 12.0
# More than 100 KB: some filters block such a body, and a pipe may be as large.
_BODY_BYTES = 120_000
_TOGETHER_S = 1
_TELLING = ("via", "server", "x-cache", "x-served-by", "proxy-agent")


class Measurer:
    def __init__(self, client: httpx.AsyncClient, access: Access) -> None:
        self._client = client
        self._access = access
        self._url = f"{access.target.base}/doctor"
        self._feeds = FeedProbe(client, f"{self._url}/probe")

    async def measure(self, *, wait_s: int, idle_s: int) -> Measured:
        began_s = time.monotonic()
        try:
            answer, echo = await self._echo("GET", headers=SENT_HEADERS)
        except Problem as problem:
            base = self._access.target.base
            return Measured(url=base, problem=problem.detail, problem_code=problem.code)
        reached_ms = (time.monotonic() - began_s) * 1000
        serves_one = await self._serves_one()
        feeds, methods, poll, body_problem, is_cached, cut_s = await asyncio.gather(
            self._feeds.read_all(),
            self._try_methods(),
            self._poll(wait_s),
            self._post_body(),
            self._is_cached(),
            self._idle(idle_s),
        )
        return Measured(
            url=self._access.target.base,
            reached_ms=reached_ms,
            client=str(echo.get("client", "")),
            scheme=str(echo.get("scheme", "")),
            http_version=str(echo.get("http_version", "")),
            proxy=self._proxy(),
            certificate=_issuer(answer),
            on_the_way=_on_the_way(answer, echo),
            has_untrusted_proxy=bool(echo.get("has_untrusted_proxy")),
            feeds=feeds,
            methods=methods,
            lost_headers=_lost(echo),
            poll_s=poll[0],
            poll_problem=poll[1],
            body_sent=_BODY_BYTES,
            body_problem=body_problem,
            is_cached=is_cached,
            answers_as=answer.http_version,
            serves_one=serves_one,
            idle_s=idle_s,
            idle_cut_s=cut_s,
        )

    async def _echo(self, method: str, **options: Any) -> tuple[httpx.Response, dict[str, Any]]:
        """The answer and its payload; raises Problem when it is not our echo of this method."""
        options.setdefault("timeout", _TIMEOUT_S)
        try:
            answer = await self._client.request(method, f"{self._url}/echo", **options)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as exc:
            raise problem_of_failure(exc) from exc
        payload = json_of(answer, answer.content)
        if (
            answer.status_code == 200
            and isinstance(payload, dict)
            and payload.get("method") == method
        ):
            return answer, payload
        raise problem_of_answer(answer, answer.content)

    async def _try_methods(self) -> dict[str, str]:
        return dict(
            zip(METHODS, await asyncio.gather(*map(self._try_method, METHODS)), strict=True)
        )

    async def _try_method(self, method: str) -> str:
        try:
            await self._echo(method)
        except Problem as problem:
            return problem.detail
        return ""

    async def _poll(self, wait_s: int) -> tuple[float, str]:
        began_s = time.monotonic()
        problem = ""
        try:
            await self._echo("GET", params={"wait": str(wait_s)}, timeout=wait_s + _TIMEOUT_S)
        except Problem as exc:
            problem = exc.detail
        return time.monotonic() - began_s, problem

    async def _post_body(self) -> str:
        headers = {"Content-Type": "text/plain"}
        try:
            _, echo = await self._echo("POST", content=b"x" * _BODY_BYTES, headers=headers)
        except Problem as problem:
            return problem.detail
        arrived = echo.get("body_bytes")
        return "" if arrived == _BODY_BYTES else f"{arrived} of {_BODY_BYTES} bytes arrived"

    async def _is_cached(self) -> bool:
        try:
            shapes = [(await self._echo("GET", params={"cache": "1"}))[1] for _ in range(2)]
        except Problem:
            return False
        return shapes[0].get("nonce") == shapes[1].get("nonce")

    async def _serves_one(self) -> bool:
        """Whether two answers that wait together take the time of one after the other."""
        began_s = time.monotonic()
        params = {"wait": str(_TOGETHER_S)}
        try:
            await self._echo("GET")
            round_trip_s = time.monotonic() - began_s
            began_s = time.monotonic()
            await asyncio.gather(*(self._echo("GET", params=params) for _ in range(2)))
        except Problem:
            return False
        return time.monotonic() - began_s > 1.7 * _TOGETHER_S + round_trip_s

    async def _idle(self, idle_s: int) -> float | None:
        """After how many seconds of silence a feed was cut; None when it was not."""
        if not idle_s:
            return None
        began_s = time.monotonic()
        limit_s = idle_s + FEED_LIMIT_S
        reading = await self._feeds.read("post", idle_s=idle_s, events=1, limit_s=limit_s)
        return None if reading.end == "whole" else time.monotonic() - began_s

    def _proxy(self) -> str:
        parts = urlsplit(self._access.target.base)
        found = self._access.options.get("proxy")
        if not found and not urllib.request.proxy_bypass(parts.hostname or ""):
            proxies = urllib.request.getproxies()
            found = proxies.get(parts.scheme) or proxies.get("all")
        return str(found).rpartition("@")[2].removeprefix("http://") if found else ""


def _lost(echo: dict[str, Any]) -> tuple[str, ...]:
    arrived = echo.get("headers")
    arrived = arrived if isinstance(arrived, dict) else {}
    return tuple(name for name, sent in SENT_HEADERS.items() if arrived.get(name.lower()) != sent)


def _on_the_way(answer: httpx.Response, echo: dict[str, Any]) -> tuple[str, ...]:
    found = [f"{name}: {answer.headers[name][:120]}" for name in _TELLING if name in answer.headers]
    headers = echo.get("headers")
    if isinstance(headers, dict) and "via" in headers:
        found.append(f"via, as the server was told: {headers['via']}")
    return tuple(found)


def _issuer(answer: httpx.Response) -> str:
    stream = answer.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream is not None else None
    certificate = tls.getpeercert() if tls is not None else None
    names = dict(pair[0] for pair in (certificate or {}).get("issuer", ()))
    return str(names.get("organizationName") or names.get("commonName") or "")
