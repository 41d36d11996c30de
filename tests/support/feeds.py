"""How the tests read feeds: a parser of event streams by the specification, and open feeds."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.waiting import WAIT_S


@dataclass(frozen=True)
class SseEvent:
    """One dispatched event; `last_id` is the last event id at that moment."""

    type: str
    data: str
    last_id: str
    retry: int | None = None


def parse_sse(lines: Iterator[str]) -> Iterator[SseEvent]:
    """Lines without their ends into events.

    Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
    """
    kind, data, last_id, retry = "", [], "", None
    for line in lines:
        if line == "":
            if data:
                yield SseEvent(kind or "message", "\n".join(data), last_id, retry)
            kind, data, retry = "", [], None
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            kind = value
        elif name == "data":
            data.append(value)
        elif name == "id" and "\0" not in value:
            last_id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            retry = int(value)


def split_lines(body: str) -> list[str]:
    """By the three line ends of an event stream, and no others."""
    return body.replace("\r\n", "\n").replace("\r", "\n").split("\n")


@contextlib.contextmanager
def open_lines(url: str, *, verify: bool = True, **options: Any) -> Iterator[Iterator[str]]:
    """The lines of a feed as they come, by GET."""
    with (
        httpx.Client(timeout=httpx.Timeout(WAIT_S), verify=verify) as client,
        client.stream("GET", url, **options) as response,
    ):
        assert response.status_code == 200, response.read()
        yield _lines(response)


def _lines(response: httpx.Response) -> Iterator[str]:
    rest = ""
    for part in response.iter_text():
        *whole, rest = (rest + part).split("\n")
        yield from whole


@contextlib.contextmanager
def open_ndjson(url: str, **options: Any) -> Iterator[Iterator[dict[str, Any]]]:
    """The objects of an ndjson feed, from `hello` on."""
    with open_lines(url, **options) as lines:
        events = (json.loads(line) for line in lines)
        assert next(events)["kind"] == "prelude"
        yield events


def next_of(events: Iterator[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next(event for event in events if event["kind"] == kind)
