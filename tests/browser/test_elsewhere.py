"""Who looks elsewhere for a while: what the page tells them, and how."""

import re

from playwright.sync_api import expect

from tests.browser.person import Meet, Person
from tests.conftest import curl

# A headless page always has the focus, and may show no notices.
_ELSEWHERE = """
    window.isAway = true;
    document.hasFocus = () => !window.isAway;
    window.notices = [];
    window.Notification = class extends EventTarget {
        static permission = "granted";
        static requestPermission = async () => "granted";
        constructor(title, { body }) { super(); window.notices.push(`${title}: ${body}`); }
    };
"""


def _look_elsewhere(person: Person, room: str) -> None:
    person.context.add_init_script(_ELSEWHERE)
    person.enter(room).wait_ready()


def test_the_title_the_icon_and_a_line_say_what_is_new(meet: Meet, room: str) -> None:
    curl("-u", "bo:", "-d", "seen", room)
    ann = meet("ann")
    _look_elsewhere(ann, room)
    icon = ann.page.locator("link[rel=icon]")
    title = ann.page.title()
    for text in ("one", "two"):
        curl("-u", "bo:", "-d", text, room)
        ann.sees(text)
    expect(ann.page).to_have_title(f"(2) {title}")
    expect(icon).to_have_attribute("href", re.compile(r"icon-dot\.svg$"))
    lines = ann.page.locator("[data-log] > li:not(.day)").all_inner_texts()
    assert [each.split()[-2] if "⋯" in each else each for each in lines] == [
        "seen",
        "New",
        "one",
        "two",
    ]
    ann.page.evaluate("isAway = false; dispatchEvent(new Event('focus'))")
    expect(ann.page).to_have_title(title)
    expect(icon).to_have_attribute("href", re.compile(r"icon\.svg$"))


def test_notices_are_shown_only_to_who_asked_for_them(meet: Meet, room: str) -> None:
    ann = meet("ann")
    _look_elsewhere(ann, room)
    curl("-u", "bo:", "-d", "nobody asked", room)
    ann.sees("nobody asked")
    ann.page.get_by_role("button", name="Settings").click()
    ann.page.get_by_label("every message").check()
    ann.page.get_by_role("button", name="Done").click()
    curl("-u", "bo:", "-d", "now I did", room)
    ann.page.wait_for_function("notices.length > 0")
    name = room.rsplit("/", 1)[1]
    assert ann.page.evaluate("notices") == [f"bo in #{name}: now I did"]
