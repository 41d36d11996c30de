"""Many tabs, one feed: what each of them shows, whatever becomes of the one that reads."""

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Error, Page, Request, expect

from tests.browser.person import Meet, Person, new_room
from tests.support.servers import ServerProcess, curl

_WAIT_MS = 60_000
_TEXTS = """() => [...document.querySelectorAll("[data-log] .message .body")]
    .map((body) => body.textContent)"""


class Browser:
    """The tabs of one person, and which of them reads."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self.tabs: list[Person] = []
        self.open_feeds: dict[Request, Page] = {}
        context = person.context
        context.on("request", self._begin)
        for end in ("requestfinished", "requestfailed"):
            context.on(end, lambda request: self.open_feeds.pop(request, None))

    def _begin(self, request: Request) -> None:
        if "/feed?" in request.url:
            self.open_feeds[request] = request.frame.page

    def open(self, room: str) -> Person:
        self.tabs.append(self._person.open_tab(room).wait_live())
        return self.tabs[-1]

    @property
    def leader(self) -> Person:
        self.wait_one_feed()
        (page,) = self.open_feeds.values()
        return next(tab for tab in self.tabs if tab.page is page)

    def wait_one_feed(self) -> None:
        for _ in range(_WAIT_MS // 50):
            if len(self.open_feeds) == 1:
                return
            self._person.page.wait_for_timeout(50)
        raise AssertionError(list(self.open_feeds))


class Speaker:
    """Says one number after another in some rooms, and remembers them."""

    def __init__(self, *rooms: str) -> None:
        self.said: dict[str, list[str]] = {room: [] for room in rooms}

    def say(self) -> None:
        for room, texts in self.said.items():
            text = f"number {len(texts)};"
            httpx.post(room, content=text, auth=("bo", "")).raise_for_status()
            texts.append(text)

    @contextlib.contextmanager
    def saying(self) -> Iterator[None]:
        stop = threading.Event()

        def run() -> None:
            while not stop.wait(0.05):
                self.say()

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def _shows_first(tab: Person, text: str) -> None:
    expect(tab.message(text).first).to_be_visible(timeout=_WAIT_MS)


def _shows(tab: Person, texts: list[str]) -> None:
    """All of them, each once and in order."""
    _shows_first(tab, texts[-1])
    assert tab.page.evaluate(_TEXTS) == texts


def _close(page: Page) -> None:
    page.close()


def _kill(page: Page) -> None:
    with contextlib.suppress(Error):
        page.goto("chrome://crash")


def _pause(page: Page) -> Callable[[], object]:
    """Nothing runs in it any more, and nobody was told; what ends that."""
    session = page.context.new_cdp_session(page)
    session.send("Debugger.enable")
    session.send("Debugger.pause")
    return lambda: session.send("Debugger.resume")


def _freeze(page: Page) -> Callable[[], object]:
    """As the browser says it before it stops a page, which no headless one does."""
    page.evaluate("document.dispatchEvent(new Event('freeze'))")
    return lambda: page.evaluate("document.dispatchEvent(new Event('resume'))")


def test_tabs_of_many_rooms_are_live_and_can_be_written_in(
    meet: Meet, server: ServerProcess
) -> None:
    # Over HTTP/1.1 a browser opens six connections to a host.
    browser = Browser(meet("ann"))
    tabs = [browser.open(new_room(server.url)) for _ in range(8)]
    for number, tab in enumerate(tabs):
        tab.say(f"from tab {number}")
    for number, tab in enumerate(tabs):
        tab.sees(f"from tab {number}")
    browser.wait_one_feed()


@pytest.mark.parametrize("end", [_close, _kill])
def test_another_tab_reads_on_when_the_one_that_reads_is_gone(
    meet: Meet, room: str, end: Callable[[Page], object]
) -> None:
    other = f"{room}-other"
    browser = Browser(meet("ann"))
    for each in (room, room, other):
        browser.open(each)
    speaker = Speaker(room, other)
    speaker.say()
    gone = browser.leader
    with speaker.saying():
        _shows_first(gone, "number 1;")
        end(gone.page)
        browser.tabs.remove(gone)
        after = len(speaker.said[room]) + 2
        for tab in browser.tabs:
            _shows_first(tab, f"number {after};")
    for tab in browser.tabs:
        _shows(tab, speaker.said[tab.page.url])


@pytest.mark.parametrize("stop", [_freeze, _pause])
def test_a_tab_that_stood_still_catches_up(
    meet: Meet, room: str, stop: Callable[[Page], Callable[[], object]]
) -> None:
    browser = Browser(meet("ann"))
    for each in (room, f"{room}-other"):
        browser.open(each)
    still = browser.leader
    go_on = stop(still.page)
    speaker = Speaker(room, f"{room}-other")
    for _ in range(3):
        speaker.say()
    awake = next(tab for tab in browser.tabs if tab is not still)
    _shows(awake, speaker.said[awake.page.url])
    go_on()
    speaker.say()
    for tab in browser.tabs:
        _shows(tab, speaker.said[tab.page.url])
    browser.wait_one_feed()


def test_a_tab_of_another_room_is_opened_while_messages_flow(meet: Meet, room: str) -> None:
    other = f"{room}-other"
    browser = Browser(meet("ann"))
    browser.open(room)
    speaker = Speaker(room, other)
    with speaker.saying():
        for each in (other, room, other):
            browser.open(each)
    speaker.say()
    for tab in browser.tabs:
        _shows_first(tab, speaker.said[room][-1])
        assert _ordered(tab.page.evaluate(_TEXTS)), tab.page.url
    browser.wait_one_feed()


def _ordered(texts: list[str]) -> bool:
    """Without a hole: a page begins with the newest fifty."""
    numbers = [int(text.split()[1].rstrip(";")) for text in texts]
    return numbers == list(range(numbers[0], numbers[-1] + 1))


def test_a_room_that_may_no_longer_be_read_keeps_no_other_tab_waiting(
    meet: Meet, room: str, server: ServerProcess
) -> None:
    name = f"o{secrets.token_hex(5)}"
    with httpx.Client(base_url=server.url) as owner:
        owner.post("/account", json={"name": name, "password": secrets.token_hex(8)})
        owner.post("/rooms", json={"room": name}).raise_for_status()
        browser = Browser(meet("ann"))
        refused, other = browser.open(f"{server.url}/chat/{name}"), browser.open(room)
        rules = f"/chat/{name}/rules"
        owner.post(rules, json={"visibility": "members"}).raise_for_status()
        strip = refused.page.locator("[data-strip-text]")
        expect(strip).to_contain_text("You can no longer read this room.", timeout=_WAIT_MS)
        expect(strip).to_contain_text("You don\u2019t have access", timeout=_WAIT_MS)
        other.say("we go on")
        other.sees("we go on")
        other.wait_live()
        owner.post(rules, json={"visibility": "public"}).raise_for_status()
        owner.post(f"/chat/{name}", content="welcome back").raise_for_status()
        _shows_first(refused, "welcome back")
        expect(refused.page.locator("body")).to_have_attribute("data-state", "live")
    browser.wait_one_feed()
    curl("-u", "bo:", "-d", "for all", room)
    other.sees("for all")
