"""What happens in the room while a page of history is on its way: nothing of it is missed."""

import json
import re
from collections.abc import Callable

import httpx
from playwright.sync_api import Route, expect

from tests.browser.person import Meet, Person
from tests.support.servers import curl

_EARLIER = re.compile(r"/messages\?before=")
_LATER = re.compile(r"/messages\?after=[^&]*&limit=50")
_NEWEST = re.compile(r"/messages\?limit=")
_FEED = re.compile(r"/feed|/messages\?nonce=")
_POST = re.compile(r"/chat/[^/?]+$")
_TEXTS = """() => [...document.querySelectorAll("[data-log] .message .body")]
    .map((body) => body.textContent)"""


class Held:
    """The answers to some requests of a page, read by the server at once, and shown on `let_go`."""

    def __init__(self, person: Person, wanted: re.Pattern[str], times: int = 1) -> None:
        self._waiting: list[Callable[[], None]] = []
        self._person = person
        person.page.route(wanted, self._hold, times=times)

    def _hold(self, route: Route) -> None:
        answer = route.fetch()
        self._waiting.append(lambda: route.fulfill(response=answer))

    def wait(self, count: int = 1) -> None:
        self._person.page_until(lambda: len(self._waiting) >= count)

    def scroll(self, where: str) -> None:
        """Until such a request is held. A page that came unasked, as around a message, and was
        still on its way, makes the log longer at that end."""

        def try_once() -> bool:
            _scroll(self._person, where)
            return bool(self._waiting)

        self._person.page_until(try_once)

    def let_go(self) -> None:
        self.wait()
        self._waiting.pop(0)()


def _say(room: str, text: str) -> str:
    """With its own words as the key, by which it may be changed."""
    key = f"Idempotency-Key: {text}"
    posted: str = json.loads(curl("-u", "bo:", "-H", key, "-d", text, room))["id"]
    return posted


def _change(room: str, entry_id: str, what: str, said: str, **fields: str) -> None:
    answer = httpx.post(
        f"{room}/messages/{entry_id}/{what}",
        json=fields,
        auth=("bo", ""),
        headers={"Idempotency-Key": said},
    )
    answer.raise_for_status()


def _fill(room: str, count: int, start: int = 0) -> list[str]:
    """The ids."""
    return [_say(room, f"number {each};") for each in range(start, start + count)]


def _pipe(room: str, count: int, start: int = 0) -> None:
    lines = "".join(f"number {each};\n" for each in range(start, start + count))
    curl("-u", "bo:", "-T", "-", room, data=lines.encode())


def _numbers(person: Person) -> list[int]:
    return [int(each.split()[1].rstrip(";")) for each in person.page.evaluate(_TEXTS)]


def _scroll(person: Person, where: str) -> None:
    person.page.locator("[data-scroll]").evaluate(f"box => {{ box.scrollTop = {where}; }}")


def _detach(person: Person, room: str, wanted: str) -> None:
    """Opens the room around a message that is far from the newest."""
    person.enter(f"{room}?at={wanted}").wait_ready()
    expect(person.page.get_by_role("button", name="Newest")).to_be_visible()


def test_changes_while_an_earlier_page_is_on_its_way_are_made_to_it(meet: Meet, room: str) -> None:
    ids = _fill(room, 60)
    ann = meet("ann").enter(room).wait_live()
    held = Held(ann, _EARLIER)
    held.scroll("0")
    _change(room, ids[3], "edit", "number 3;", text="mended")
    _change(room, ids[4], "delete", "number 4;")
    httpx.post(f"{room}/messages/{ids[5]}/reactions", json={"emoji": "👍"}, auth=("bo", ""))
    _say(room, "number 60;")
    ann.sees("number 60;")
    held.let_go()
    ann.sees("number 0;")
    expect(ann.message("number 3;")).to_have_count(0)
    expect(ann.message("mended").locator("[data-part=edited]")).to_be_visible()
    expect(ann.message("number 4;")).to_have_count(0)
    expect(ann.message("number 5;").locator(".reaction")).to_have_text(re.compile("👍 1"))


def test_what_is_said_while_the_newest_page_is_on_its_way_is_shown(meet: Meet, room: str) -> None:
    ids = _fill(room, 5)
    _pipe(room, 120, start=5)
    ann = meet("ann")
    _detach(ann, room, ids[0])
    held = Held(ann, _NEWEST)
    ann.page.get_by_role("button", name="Newest").click()
    held.wait()
    gone = _fill(room, 3, start=125)[1]
    # That the feed has brought them shows only by their count.
    expect(ann.page.get_by_role("button", name="3 new")).to_be_visible()
    _change(room, gone, "delete", "number 126;")
    held.let_go()
    ann.sees("number 127;")
    _say(room, "number 128;")
    ann.sees("number 128;")
    # By then the delete has come, too: the feed is in order.
    assert _numbers(ann)[-4:] == [124, 125, 127, 128]


def test_the_newest_page_wins_over_an_earlier_one_on_its_way(meet: Meet, room: str) -> None:
    ids = _fill(room, 3)
    _pipe(room, 300, start=3)
    middle = httpx.get(f"{room}/messages?after={ids[-1]}&limit=150").json()["events"][-1]["id"]
    ann = meet("ann")
    _detach(ann, room, middle)
    held = Held(ann, _EARLIER)
    held.scroll("0")
    ann.page.get_by_role("button", name="Newest").click()
    ann.sees("number 302;")
    held.let_go()
    _say(room, "number 303;")
    ann.sees("number 303;")
    _is_without_holes(ann, 303)


def test_the_newest_page_wins_over_a_later_one_on_its_way(meet: Meet, room: str) -> None:
    ids = _fill(room, 30)
    _pipe(room, 200, start=30)
    ann = meet("ann")
    _detach(ann, room, ids[20])
    held = Held(ann, _LATER)
    held.scroll("box.scrollHeight")
    ann.page.get_by_role("button", name="Newest").click()
    ann.sees("number 229;")
    held.let_go()
    _say(room, "number 230;")
    ann.sees("number 230;")
    _is_without_holes(ann, 230)


def _is_without_holes(person: Person, upto: int) -> None:
    """Also after scrolling up."""
    numbers = _numbers(person)
    assert numbers == list(range(numbers[0], upto + 1))
    _scroll(person, "0")
    expect(person.message(f"number {numbers[0] - 1};")).to_have_count(1)
    numbers = _numbers(person)
    assert numbers == list(range(numbers[0], upto + 1))


def test_a_message_is_there_once_after_a_reload_while_it_is_sent(meet: Meet, room: str) -> None:
    ann = meet("ann")
    cut = [True]

    def send_without_an_answer(route: Route) -> None:
        if cut and route.request.method == "POST":
            route.fetch()
        else:
            route.continue_()

    # The server has it, but neither the answer nor the feed arrives.
    ann.page.route(_FEED, lambda route: route.abort() if cut else route.continue_())
    ann.page.route(_POST, send_without_an_answer)
    ann.enter(room).wait_ready()
    ann.say("once and no more")
    ann.page_until(lambda: "once and no more" in curl(f"{room}/messages"))
    cut.clear()
    ann.page.reload()
    ann.wait_live()
    ann.say("after it")
    ann.sees("after it")
    ann.sees("once and no more")


def test_a_message_that_is_sent_while_scrolled_far_back_is_there_once(
    meet: Meet, room: str
) -> None:
    ids = _fill(room, 5)
    _pipe(room, 200, start=5)
    ann = meet("ann")
    _detach(ann, room, ids[0])
    held = Held(ann, _NEWEST)
    ann.say("number 205;")
    held.wait()
    _say(room, "number 206;")
    held.let_go()
    ann.sees("number 206;")
    ann.sees("number 205;")
    numbers = _numbers(ann)
    assert numbers == list(range(numbers[0], 207))


def test_the_newest_page_is_shown_later_where_it_could_not_be_had(meet: Meet, room: str) -> None:
    ids = _fill(room, 5)
    _pipe(room, 200, start=5)
    ann = meet("ann")
    _detach(ann, room, ids[0])
    ann.go_offline()
    expect(ann.page.locator("body")).to_have_attribute("data-state", "offline")
    with ann.page.expect_event("requestfailed", lambda request: "?limit=" in request.url):
        ann.page.get_by_role("button", name="Newest").click()
    ann.go_offline(is_offline=False)
    ann.sees("number 204;")


def test_what_comes_to_a_page_that_gets_no_frame_is_counted(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_live()
    title = ann.page.title()
    # Of a tab that is hidden between a message and the next frame, that frame never comes.
    ann.page.evaluate("requestAnimationFrame = () => 0; document.hasFocus = () => false")
    _say(room, "while nobody looks")
    expect(ann.page).to_have_title(f"(1) {title}")
