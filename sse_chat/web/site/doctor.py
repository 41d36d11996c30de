"""The doctor's side of the server: a probe feed, an echo, the page, and the report for it.

None of it touches a room or the store.
"""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from sse_chat.doctor.fixes import read_fixes
from sse_chat.doctor.measured import read_measured
from sse_chat.doctor.probe import Plan, prelude, probe_event, shown_headers
from sse_chat.doctor.report import write_report
from sse_chat.errors import Busy
from sse_chat.formats import FORMATS
from sse_chat.inbound import parse_json
from sse_chat.web.http.negotiation import accepts_html
from sse_chat.web.http.proxied import base_url, client_address, is_behind_untrusted
from sse_chat.web.http.requests import choice, number, read_body, services_of
from sse_chat.web.http.responses import NO_STORE, json_response
from sse_chat.web.http.templating import render_page
from sse_chat.web.messages.feeds import feed_headers, read_fields

# The doctor sends more than 100 KB, to see whether that is blocked.
_MAX_ECHO_BYTES = 200_000
_MAX_PROBES = 200
_MAX_PROBES_OF_ONE = 16
_SHORT_PLAN = Plan("text", events=8, interval_ms=500)


class ProbeSlots:
    """How many probes of one worker go on at a time, in all and for one address."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def check(self, address: str) -> None:
        if self._open.total() >= _MAX_PROBES or self._open[address] >= _MAX_PROBES_OF_ONE:
            raise Busy("too many probes at once; try again in a moment")

    @contextmanager
    def take(self, address: str) -> Iterator[None]:
        """Raises Busy."""
        self.check(address)
        self._open[address] += 1
        try:
            yield
        finally:
            self._open[address] -= 1
            self._open += Counter()


async def doctor(request: Request) -> Response:
    """A browser gets the page, all others a short probe as text."""
    if accepts_html(request.headers.get("accept", "")):
        url = base_url(request, services_of(request).settings.public_url)
        return render_page(request, "doctor.html", headers={"Vary": "Accept"}, url=url)
    return _feed(request, _SHORT_PLAN, _head_lines(request), _tail_lines(request))


def _head_lines(request: Request) -> bytes:
    via = request.headers.get("via", "no proxy")[:100]
    return (
        f"* sse-chat doctor, short version: nine lines, one every half second\n"
        f"* you are seen as {client_address(request)} over {request.url.scheme}, "
        f"HTTP/{request.scope['http_version']}, via {via}\n"
        f"{_untrusted_line(request)}"
    ).encode()


def _untrusted_line(request: Request) -> str:
    if not is_behind_untrusted(request):
        return ""
    return (
        "* A proxy speaks for you and the server does not trust it, so everyone behind it shares "
        "one address: --trusted-proxies\n"
    )


def _tail_lines(request: Request) -> bytes:
    url = base_url(request, services_of(request).settings.public_url)
    return (
        "* If the lines came one by one, this path lets feeds through.\n"
        "* If they came all at once, something on it holds responses back until their end.\n"
        f"* The full diagnosis: {url}/doctor in a browser, or: sse-chat doctor {url}\n"
    ).encode()


async def probe(request: Request) -> Response:
    params: Mapping[str, str] = request.query_params
    if request.method == "POST":
        params = {**params, **await read_fields(request)}
    plan = Plan(
        choice(params, "format", ("sse", "ndjson"), "sse"),
        events=number(params, "events", least=1, most=20, default=5) or 5,
        interval_ms=number(params, "interval_ms", least=50, most=2000, default=500) or 500,
        idle_s=number(params, "idle", least=0, most=600, default=0) or 0,
    )
    return _feed(request, plan, prelude(plan), b"")


def _feed(request: Request, plan: Plan, before: bytes, after: bytes) -> Response:
    settings = services_of(request).settings
    headers = feed_headers(is_identity=settings.identity_encoding)
    headers["Content-Type"] = FORMATS[plan.format].content_type
    headers["Vary"] = "Accept"
    if request.method == "HEAD":
        return Response(headers=headers)
    slots: ProbeSlots = request.app.state.probes
    slots.check(client_address(request))
    is_draining = services_of(request).hub.is_draining

    async def write() -> AsyncIterator[bytes]:
        began_s = time.monotonic()
        with slots.take(client_address(request)):
            yield before
            for count, due_s in enumerate(plan.steps()):
                if await _is_over(is_draining, began_s + due_s - time.monotonic()):
                    return
                yield probe_event(plan, count, round((time.monotonic() - began_s) * 1000))
            yield after

    return StreamingResponse(write(), headers=headers)


async def _is_over(is_draining: asyncio.Event, wait_s: float) -> bool:
    """Waits; True as soon as the server stops."""
    try:
        async with asyncio.timeout(max(wait_s, 0)):
            await is_draining.wait()
    except TimeoutError:
        return False
    return True


async def echo(request: Request) -> Response:
    """What arrived, after `wait` seconds."""
    wait_s = number(request.query_params, "wait", least=0, most=60, default=0) or 0
    body = await read_body(request, max_bytes=_MAX_ECHO_BYTES)
    slots: ProbeSlots = request.app.state.probes
    with slots.take(client_address(request)):
        await _is_over(services_of(request).hub.is_draining, wait_s)
    return json_response(
        {
            "method": request.method,
            "headers": shown_headers(request.headers),
            "client": client_address(request),
            "scheme": request.url.scheme,
            "http_version": request.scope["http_version"],
            "has_untrusted_proxy": is_behind_untrusted(request),
            "body_bytes": len(body),
            "nonce": secrets.token_hex(8),
        }
    )


async def report(request: Request) -> Response:
    """The page's measurements in words: there is one judge, and it is here."""
    measured = read_measured(parse_json(await read_body(request)))
    return PlainTextResponse(write_report(measured, read_fixes()), headers=NO_STORE)
