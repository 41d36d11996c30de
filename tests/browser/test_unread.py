"""What is unread: marked so on purpose, heard of before the first count, and before the feed."""

import re

from playwright.sync_api import Route, expect

from tests.browser.person import Meet, Person
from tests.browser.test_accounts import PASSWORD
from tests.support.servers import ServerProcess, curl

_COUNT_ACTIVITY = """
    window.heard = 0;
    const listen = EventSource.prototype.addEventListener;
    EventSource.prototype.addEventListener = function (name, hear, ...rest) {
        const count = (event) => {
            if (name === "activity") window.heard += 1;
            hear(event);
        };
        return listen.call(this, name, count, ...rest);
    };
"""


def _read(person: Person, room: str) -> None:
    with person.page.expect_response(re.compile("/read$")):
        person.enter(room)


def _badge_of(person: Person, room: str) -> str:
    return f'[data-room="{room.rpartition("/")[2]}"] [data-badge]'


def test_a_room_is_marked_unread_from_a_message_on(meet: Meet, room: str) -> None:
    for text in ("one", "two", "three"):
        curl("-u", "bo:", "-d", text, room)
    ann = meet("ann")
    _read(ann, room)
    ann.wait_ready().message("two").hover()
    ann.message("two").get_by_role("button", name="Actions").click()
    ann.page.get_by_role("button", name="Mark unread from here").click()
    expect(ann.page.locator("[data-block]")).to_contain_text("Marked unread")
    expect(ann.page.locator(".unread + .message")).to_contain_text("two")
    ann.enter(f"{room}-other").wait_ready()
    expect(ann.page.locator(_badge_of(ann, room))).to_have_text("2")


def test_what_is_heard_of_before_the_first_count_is_not_lost(meet: Meet, room: str) -> None:
    other = f"{room}-other"
    curl("-u", "bo:", "-d", "old", other)
    ann = meet("ann")
    _read(ann, other)
    counted: list[Route] = []
    ann.page.route("**/unread", lambda route: counted.append(route), times=1)
    ann.page.add_init_script(_COUNT_ACTIVITY)
    ann.enter(room).wait_live()
    ann.page_until(lambda: counted)
    before = counted[0].fetch()
    curl("-u", "bo:", "-d", "said meanwhile", other)
    ann.page_until(lambda: ann.page.evaluate("heard"))
    counted[0].fulfill(response=before)
    # It asks again by itself after a minute; that is too late.
    expect(ann.page.locator(_badge_of(ann, other))).to_have_text("1", timeout=40_000)


def test_a_room_that_is_new_before_the_feed_begins_is_shown_once_it_does(
    meet: Meet, server: ServerProcess, room: str
) -> None:
    ann, name, other = meet(), room.rpartition("/")[2], f"{room}-other"
    account = {"name": name, "password": PASSWORD}
    assert ann.context.request.post(f"{server.url}/account", data=account).ok
    cut = [True]
    ann.page.route(
        re.compile("/feed|/messages"), lambda route: route.abort() if cut else route.continue_()
    )
    with ann.page.expect_response("**/unread"):
        ann.enter(room)
    curl("-u", "bo:", "--data-raw", f"@{name}, look", other)
    cut.clear()
    # Nobody tells it of that message, and it asks by itself after a minute only.
    expect(ann.page.locator(_badge_of(ann, other))).to_have_text("1", timeout=40_000)
