"""What a client without a page sees of a feed: when its hello comes, and how late each entry is."""

import json
import threading
import time
from collections.abc import Iterator

import httpx

from tests.proxies.origin import Origin
from tests.proxies.route import Route
from tests.support.feeds import parse_sse


class Reader(threading.Thread):
    """Reads one feed until it has seen so many entries, or has waited too long.

    The text of each entry is the time when it was posted.
    """

    def __init__(
        self, route: Route | Origin, room: str, fmt: str, entries: int, limit_s: float
    ) -> None:
        super().__init__(daemon=True)
        self._route = route
        self._room = room
        self._fmt = fmt
        self._entries = entries
        self._limit_s = limit_s
        self.hello_s: float | None = None
        self.delays_s: list[float] = []
        self.start()

    @property
    def is_held(self) -> bool:
        return self.hello_s is None

    def run(self) -> None:
        began_s = time.monotonic()
        # A read time-out is not enough: a path may let a byte through now and then.
        with self._route.client(timeout=self._limit_s) as client:
            try:
                for kind, data in self._events(client):
                    if kind == "hello":
                        self.hello_s = time.monotonic() - began_s
                    elif kind == "message":
                        self.delays_s.append(time.time() - float(data["text"]))
                    is_over = time.monotonic() - began_s > self._limit_s
                    if is_over or len(self.delays_s) == self._entries:
                        return
            except httpx.TransportError:
                return

    def _events(self, client: httpx.Client) -> Iterator[tuple[str, dict[str, str]]]:
        url, query = f"/chat/{self._room}/feed", {"after": "0", "format": self._fmt}
        method = "GET" if self._fmt == "sse" else "POST"
        with client.stream(method, url, **{"params" if method == "GET" else "data": query}) as it:
            lines = it.iter_lines()
            if self._fmt == "sse":
                for event in parse_sse(lines):
                    yield event.type, json.loads(event.data)
            else:
                for line in filter(None, lines):
                    yield json.loads(line)["kind"], json.loads(line)
