"""A person at a browser: what they do and what they see."""

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.support.waiting import WAIT_S

WAIT_MS = 1000 * WAIT_S
expect.set_options(timeout=WAIT_MS)


@dataclass
class Person:
    """One browser profile; `page` is the tab in use."""

    name: str
    context: BrowserContext
    page: Page
    problems: list[str] = field(default_factory=list)

    @property
    def field(self) -> Locator:
        return self.page.locator("[data-text]")

    @property
    def messages(self) -> Locator:
        return self.page.locator("[data-log] .message")

    def enter(self, room: str) -> "Person":
        self.page.goto(room)
        return self

    def wait_ready(self) -> "Person":
        """Until every module has set up its part; the feed may still be on trial."""
        expect(self.page.locator("body")).to_have_attribute("data-ready", "")
        return self

    def wait_live(self) -> "Person":
        expect(self.page.locator("body")).to_have_attribute(
            "data-state", re.compile("live|polling")
        )
        return self.wait_ready()

    def say(self, text: str) -> None:
        self.field.fill(text)
        # On a touch screen Enter makes a new line.
        if self.page.evaluate("matchMedia('(hover: none) and (pointer: coarse)').matches"):
            self.page.get_by_role("button", name="Send").tap()
        else:
            self.field.press("Enter")

    def page_until(self, condition: Callable[[], object]) -> None:
        """While the page goes on: its routes and events are handled meanwhile."""
        deadline_s = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < deadline_s
            self.page.wait_for_timeout(20)

    def message(self, text: str) -> Locator:
        return self.messages.filter(has_text=text)

    def sees(self, text: str) -> None:
        """That this message is in the log, once, and has arrived."""
        expect(self.message(text)).to_have_count(1)
        expect(self.message(text)).to_have_attribute("data-id", re.compile(r"\d+-\d+"))

    def go_offline(self, *, is_offline: bool = True) -> None:
        self.context.set_offline(is_offline)

    def open_tab(self, room: str) -> "Person":
        other = Person(self.name, self.context, self.context.new_page(), self.problems)
        other.watch()
        return other.enter(room)

    def watch(self) -> None:
        """Keeps what a page must never say: an exception, or a break of its own policy."""
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on(
            "console",
            lambda said: (
                self.problems.append(said.text) if "Security Policy" in said.text else None
            ),
        )


Meet = Callable[..., Person]


def sign_in(browser: Browser, name: str, url: str, **options: Any) -> Person:
    """A new profile that is signed in as a guest under this name; "" for nobody."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
    context.set_default_timeout(WAIT_MS)
    if name:
        answer = context.request.post(f"{url}/session", form={"name": name})
        assert answer.ok, answer.text()
    person = Person(name, context, context.new_page())
    person.watch()
    return person


def new_room(url: str) -> str:
    return f"{url}/chat/t{secrets.token_hex(5)}"
