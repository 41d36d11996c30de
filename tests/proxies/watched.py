"""The chat page in Chromium, with a record of what it showed and when."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tests.proxies.route import Route
from tests.support.waiting import WAIT_S

_WATCH = Path(__file__).with_name("watch.js")


class WatchedPage:
    def __init__(self, chromium: Browser, route: Route, room: str) -> None:
        proxy: Any = {"server": route.proxy} if route.proxy else None
        self.context = chromium.new_context(proxy=proxy, ignore_https_errors=True)
        self.context.add_init_script(path=_WATCH)
        self.context.set_default_timeout(1000 * WAIT_S)
        self.problems: list[str] = []
        answer = self.context.request.post(f"{route.url}/session", form={"name": "ann"})
        assert answer.ok, answer.text()
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.began_s = time.time()
        self.page.goto(f"{route.url}/chat/{room}")

    def close(self) -> None:
        self.context.close()

    def say(self, text: str) -> None:
        field = self.page.locator("[data-text]")
        field.fill(text)
        field.press("Enter")

    @property
    def states(self) -> list[dict[str, Any]]:
        """{state, step, at} in turn."""
        states: list[dict[str, Any]] = self.page.evaluate("window.states")
        return states

    @property
    def seen(self) -> list[tuple[str, float]]:
        """The texts in the order in which they appeared, and when."""
        return [(each["text"], each["at"]) for each in self.page.evaluate("window.seen")]

    def wait_settled(self, limit_s: float, meanwhile: Callable[[], None]) -> tuple[int, float]:
        """The step, and the seconds from opening the page."""
        while True:
            last = self.states[-1]
            if last["state"] in ("live", "polling"):
                return last["step"], last["at"] - self.began_s
            assert time.time() - self.began_s < limit_s, self.states
            meanwhile()
            self.pause(0.05)

    def wait_state(self, state: str) -> None:
        wait_until(self.page, lambda: self.states[-1]["state"] == state, lambda: self.states)

    def wait_seen(self, text: str, limit_s: float = WAIT_S) -> float:
        """When the page showed it."""
        wait_until(
            self.page,
            lambda: any(each == text for each, _ in self.seen),
            lambda: (text, self.seen, self.states),
            limit_s,
        )
        return next(at for each, at in self.seen if each == text)

    def pause(self, seconds: float = 0.05) -> None:
        self.page.wait_for_timeout(seconds * 1000)


def wait_until(
    page: Page, condition: Callable[[], bool], found: Callable[[], object], limit_s: float = WAIT_S
) -> None:
    deadline_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline_s, found()
        page.wait_for_timeout(30)


OpenPage = Callable[[Route, str], WatchedPage]
