"""The main stories in Firefox, all in one browser; Chromium is told the rest."""

import base64
import contextlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.browser.firefox import Firefox, Tab, open_firefox
from tests.support.programs import Through, lighttpd, need
from tests.support.servers import Launcher, ServerProcess, curl
from tests.support.waiting import wait_equal, wait_until

pytestmark = pytest.mark.long

_SHOWN = """[...document.querySelectorAll("[data-log] .message[data-id] .body")]
    .map((body) => body.textContent)"""
_STATE = "document.body.dataset.state"
_WIDTHS = """[document.documentElement, document.querySelector("[data-scroll]")]
    .every((each) => each.scrollWidth <= each.clientWidth)"""

# So it says that the server was away for a file.
_NO_NETWORK = "that rejected with \u2018TypeError: NetworkError when attempting to fetch resource"


class Site:
    """A server that can be away for a while."""

    def __init__(self, folder: Path) -> None:
        self._launch = Launcher(folder)
        self._server: ServerProcess = self._launch("--limits", "off")
        self.url = self._server.url

    def stop(self) -> None:
        self._server.stop()

    def start(self) -> None:
        server = self._server
        port = httpx.URL(self.url).port
        self._server = self._launch("--limits", "off", port=port, data=server.data)

    def close(self) -> None:
        self._launch.stop()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.close()


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    with open_firefox(need("firefox-esr"), tmp_path_factory.mktemp("firefox")) as firefox:
        yield firefox


@dataclass
class Person:
    """A profile of their own; "" is nobody yet."""

    firefox: Firefox
    profile: str

    def enter(self, room: str) -> Tab:
        tab = self.firefox.open_tab(self.profile, room)
        tab.wait_for("document.body.dataset.ready", "")
        return tab


Meet = Callable[..., Person]


@pytest.fixture
def meet(firefox: Firefox, site: Site) -> Iterator[Meet]:
    def meet(name: str = "", url: str = site.url) -> Person:
        person = Person(firefox, firefox.open_profile())
        if name:
            tab = firefox.open_tab(person.profile, f"{url}/help")
            assert tab.evaluate(_sign_in(name))
            tab.close()
        return person

    yield meet
    firefox.close_all()
    assert [each for each in firefox.take_errors() if _NO_NETWORK not in each] == []


def _sign_in(name: str) -> str:
    return f"""fetch("/session", {{ method: "POST", body: new URLSearchParams(
        {{ name: {json.dumps(name)} }}) }}).then(({{ ok }}) => ok)"""


@pytest.fixture
def room(site: Site) -> str:
    return f"{site.url}/chat/t{secrets.token_hex(5)}"


def _post(room: str, text: str) -> None:
    curl("--retry", "60", "--retry-all-errors", "--retry-delay", "1", *("-u", "bo:"),
         *("-H", f"Idempotency-Key: {secrets.token_hex(8)}"), "-d", text, room)  # fmt: skip


def _kept(room: str) -> list[str]:
    return [each["text"] for each in httpx.get(f"{room}/messages?limit=200").json()["events"]]


def _say(tab: Tab, text: str) -> None:
    tab.click("[data-text]")
    tab.type(text)
    tab.press("Enter")


@contextlib.contextmanager
def _posting(room: str, texts: list[str]) -> Iterator[None]:
    thread = threading.Thread(target=lambda: [_post(room, text) for text in texts])
    thread.start()
    try:
        yield
    finally:
        thread.join()


def test_a_first_visit_takes_a_name_and_talks_with_a_terminal(meet: Meet, room: str) -> None:
    tab = meet().enter(room)
    tab.click("[data-first-name] input")
    tab.type("gus")
    _say(tab, "hello from Firefox")
    tab.wait_for(_SHOWN, ["hello from Firefox"])
    assert "] gus: hello from Firefox" in curl(f"{room}?follow=0")
    tab.wait_for(_STATE, "live")
    _post(room, "hello from curl")
    tab.wait_for(_SHOWN, ["hello from Firefox", "hello from curl"])
    assert tab.evaluate("document.body.dataset.step") == "1"


def test_a_reload_and_a_restart_lose_and_repeat_nothing(meet: Meet, room: str, site: Site) -> None:
    texts = [f"number {each};" for each in range(50)]
    tab = meet("ann").enter(room)
    with _posting(room, texts):
        tab.wait_for(f"{_SHOWN}.includes('number 5;')")
        tab.reload()
        tab.wait_for(f"{_SHOWN}.includes('number 15;')")
        site.stop()
        site.start()
    tab.wait_for(_SHOWN, texts)
    tab.wait_for(_STATE, "live")


def test_two_tabs_share_one_feed_and_one_reads_on_alone(meet: Meet, room: str, site: Site) -> None:
    ann = meet("ann")
    _post(f"{room}-third", "old")
    third = ann.enter(f"{room}-third")
    third.wait_for("""fetch("/unread").then((each) => each.json()).then(({ rooms }) =>
        rooms.some(({ room, read }) => room.endsWith("-third") && read !== "0-0"))""")
    third.close()
    leader = ann.enter(room)
    leader.wait_for(_STATE, "live")
    other = ann.enter(f"{room}-other")
    for tab in (leader, other):
        tab.wait_for(_STATE, "live")
    leading = """navigator.locks.query().then(({ held }) => held.filter(
        ({ name, mode }) => name.startsWith("sse-chat:feed:") && mode === "exclusive").length)"""
    other.wait_for(leading, 1)
    _post(f"{room}-third", "news")
    badge = """document.querySelector('[data-room$="-third"] [data-badge]').textContent"""
    for tab in (leader, other):
        tab.wait_for(badge, "1")
    leader.close()
    _post(f"{room}-other", "still there?")
    other.wait_for(_SHOWN, ["still there?"])
    other.wait_for(leading, 1)


def test_what_is_written_while_the_server_is_away_goes_out_once(
    meet: Meet, room: str, site: Site
) -> None:
    ann = meet("ann")
    tab = ann.enter(room)
    site.stop()
    _say(tab, "written on the train")
    tab.wait_for("""document.querySelector(".failed").textContent.includes("Not sent yet")""")
    site.start()
    tab.wait_for(_SHOWN, ["written on the train"])
    site.stop()
    _say(tab, "before the tab was closed")
    tab.wait_for("""document.querySelectorAll(".failed").length""", 1)
    tab.close()
    site.start()
    elsewhere = ann.enter(f"{room}-other")
    wait_equal(lambda: _kept(room), ["written on the train", "before the tab was closed"])
    elsewhere.go_to(room)
    elsewhere.wait_for(_SHOWN, ["written on the train", "before the tab was closed"])


def test_a_part_that_the_server_was_away_for_opens_once_it_is_back(
    firefox: Firefox, meet: Meet, room: str, site: Site
) -> None:
    tab = meet("ann").enter(room)
    tab.wait_for("document.body.dataset.offline", "ready")
    site.stop()
    tab.click("[data-open-formatting]")
    wait_until(lambda: any("formatting.js" in each for each in firefox.take_errors()))
    site.start()
    tab.wait_for("""document.querySelector("[aria-labelledby=formatting-title]").open""")


def test_a_message_is_edited_reacted_to_and_deleted(meet: Meet, room: str) -> None:
    ann, bo = meet("ann").enter(room), meet("bo").enter(room)
    for text in ("helo", "goes"):
        _say(ann, text)
    bo.wait_for(_SHOWN, ["helo", "goes"])
    ann.wait_for(_SHOWN, ["helo", "goes"])
    ann.hover(".message:last-child")
    ann.click(".message:last-child [data-part=more]")
    ann.click("[data-act=delete]")
    ann.click("[data-act=delete]")
    bo.wait_for(_SHOWN, ["helo"])
    ann.click("[data-text]")
    ann.press("ArrowUp")
    ann.wait_for("""document.querySelector("[data-text]").value""", "helo")
    ann.type(" again")
    ann.press("Enter")
    bo.wait_for(_SHOWN, ["helo again"])
    bo.hover(".message")
    bo.click(".message [data-part=more]")
    bo.click("[data-react='👍']")
    for tab in (ann, bo):
        tab.wait_for("""document.querySelector(".reaction").textContent""", "👍 1")


def test_behind_a_proxy_that_holds_answers_back_it_polls(
    meet: Meet, room: str, site: Site, through: Through
) -> None:
    url = through(lighttpd, site.url)
    tab = meet("ann", url).enter(room.replace(site.url, url))
    _post(room, "while it looks for a way")
    tab.wait_for(_SHOWN, ["while it looks for a way"])
    tab.wait_for(_STATE, "polling")
    _post(room, "by a poll")
    tab.wait_for(_SHOWN, ["while it looks for a way", "by a poll"])
    _say(tab, "and back")
    wait_equal(lambda: _kept(room)[-1], "and back")


def test_who_is_banned_is_told_on_the_open_page(meet: Meet, room: str, site: Site) -> None:
    name = room.rpartition("/")[2]
    with httpx.Client(base_url=site.url) as owner:
        form = {"name": f"boss {name}", "password": secrets.token_hex(8)}
        owner.post("/account", json=form).raise_for_status()
        owner.post("/rooms", json={"room": name, "visibility": "public"}).raise_for_status()
        tab = meet("ann").enter(room)
        tab.wait_for(_STATE, "live")
        who = tab.evaluate("document.body.dataset.authorId")
        act = {"act": "ban", "who": who, "reason": "no boats here"}
        owner.post(f"/chat/{name}/moderation", json=act).raise_for_status()
    strip = """document.querySelector("[data-strip-text]").textContent"""
    tab.wait_for(f"{strip}.includes('banned') && {strip}.includes('no boats here')")


def test_nothing_is_wider_than_the_screen(meet: Meet, room: str) -> None:
    for text in ("w" * 3000, "مرحبا " * 60, "```\n" + "x" * 300 + "\n```"):
        _post(room, text)
    tab = meet("ann").enter(room)
    for width in (360, 1280):
        tab.resize(width, 740)
        tab.wait_for(f"innerWidth === {width} && {_WIDTHS}")
    assert base64.b64decode(tab.take_screenshot()).startswith(b"\x89PNG")
