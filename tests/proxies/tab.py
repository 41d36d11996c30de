"""A page with a connection alone, whose time limits the test chooses."""

from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.proxies.watched import wait_until
from tests.support.servers import curl

_OPEN = """async ({ room, timing, name }) => {
  const module = name === "Connection" ? "connection" : "shared";
  const { [name]: Connection } = await import(`/static/any/js/connection/${module}.js`);
  window.connection = new Connection({ root: "", room, cursor: "0-0", timing });
  if (name === "Connection") window.connection.add(room, "0-0");
  window.texts = [];
  window.states = [];
  window.connection.addEventListener("entry", ({ detail }) => window.texts.push(detail.text));
  window.connection.addEventListener("state", ({ detail }) => window.states.push(detail));
  window.connection.start();
}"""


class Tab:
    """A page with a connection alone, whose time limits the test chooses."""

    def __init__(self, context: BrowserContext, room_url: str, name: str = "Connection") -> None:
        self._room_url = room_url
        self._name = name
        self.page: Page = context.new_page()
        self.page.goto(room_url.rpartition("/chat/")[0] + "/help")

    def open(self, **timing: int) -> "Tab":
        room = self._room_url.rpartition("/")[2]
        self.page.evaluate(_OPEN, {"room": room, "timing": timing, "name": self._name})
        return self

    @property
    def texts(self) -> list[str]:
        texts: list[str] = self.page.evaluate("window.texts")
        return texts

    @property
    def states(self) -> list[dict[str, Any]]:
        states: list[dict[str, Any]] = self.page.evaluate("window.states")
        return states

    def wait_texts(self, *texts: str) -> None:
        wait_until(self.page, lambda: self.texts == list(texts), lambda: self.texts)

    def wait_state(self, **wanted: object) -> None:
        def is_there() -> bool:
            return any(wanted.items() <= state.items() for state in self.states[-1:])

        wait_until(self.page, is_there, lambda: self.states)


def say(room: str, text: str) -> None:
    curl("-d", text, room)
