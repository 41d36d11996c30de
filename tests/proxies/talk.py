"""Somebody who says things past the proxy, and knows when."""

import time

import httpx

from tests.proxies.origin import Origin
from tests.proxies.route import Route
from tests.proxies.watched import WatchedPage

_PAUSE_S = 0.7


class Talk:
    def __init__(self, route: Route, room: str, page: WatchedPage) -> None:
        self._route = route
        self.room = room
        self._page = page
        self._said_s: dict[str, float] = {}
        self.last_id = "0"

    @property
    def texts(self) -> list[str]:
        return list(self._said_s)

    def say(self, text: str) -> str:
        self.last_id, self._said_s[text] = self._route.origin.say(self.room, text)
        return text

    def say_now_and_then(self) -> None:
        if time.time() - max(self._said_s.values(), default=0) > _PAUSE_S:
            self.say(f"number {len(self._said_s)}")

    def delay_s(self, text: str) -> float:
        """From the post to the page; waits until it is there."""
        return self._page.wait_seen(text) - self._said_s[text]


def texts_of(origin: Origin, room: str) -> list[str]:
    """All that was said, as the server keeps it."""
    url = f"{origin.url}/chat/{room}/messages"
    page = httpx.get(url, params={"limit": 500}, verify=False, trust_env=False).json()
    return [entry["text"] for entry in page["events"]]
