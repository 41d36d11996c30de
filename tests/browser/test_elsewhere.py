"""Who looks elsewhere for a while: what the page tells them, and how."""

import json
import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.person import Meet, Person
from tests.support.servers import curl

# A headless page always has the focus.
_ELSEWHERE = """
    window.isAway = true;
    document.hasFocus = () => !window.isAway;
    window.tones = 0;
    window.AudioContext = class extends AudioContext {
        constructor() { super(); window.tones += 1; }
    };
    const show = ServiceWorkerRegistration.prototype.showNotification;
    ServiceWorkerRegistration.prototype.showNotification = async function (title, options) {
        await show.call(this, title, options);
        localStorage.told = `${localStorage.told}; ${title}: ${options.body}`;
    };
"""
# Chromium forgets a notice that it is about to show while it is asked which ones it shows.
_NOTICES = """async (wanted) => {
    const worker = await navigator.serviceWorker.ready;
    const isTold = () => wanted.every((notice) => localStorage.told?.includes(notice));
    let told = null;
    for (let tries = 0; tries < 1200 && String(told) !== String(wanted); tries++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (!isTold()) continue;
        const notices = await worker.getNotifications();
        told = notices.map(({ title, body }) => `${title}: ${body}`);
    }
    return told;
}"""
# Polled in the page itself: its policy forbids the evaluation by which Playwright would wait.
_WATCHED_IS = """async (wanted) => {
    for (let tries = 0; tries < 1200; tries++) {
        const { held } = await navigator.locks.query();
        if (held.some(({ name }) => name.includes(":watched:")) === wanted) return true;
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return false;
}"""
# What a browser lets only a real click do is noted down instead.
_CLICK = """async () => {
    const went = [];
    WindowClient.prototype.focus = async function () { went.push(["focus", this.url]); };
    self.clients.openWindow = async (url) => { went.push(["open", url]); };
    const [notification] = await self.registration.getNotifications();
    const event = new NotificationEvent("notificationclick", { notification });
    let done;
    event.waitUntil = (work) => { done = work; };
    self.dispatchEvent(event);
    await done;
    return went;
}"""


@pytest.fixture
def chromium(whole_chromium: Browser) -> Browser:
    return whole_chromium


def _look_elsewhere(person: Person, room: str) -> None:
    person.context.grant_permissions(["notifications"], origin=room.split("/chat/")[0])
    person.context.add_init_script(_ELSEWHERE)
    person.enter(room).wait_ready()
    # Until it runs, a page shows its notices by itself.
    person.page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def _set(person: Person, *labels: str) -> None:
    person.page.get_by_role("button", name="Settings").click()
    for label in labels:
        person.page.get_by_label(label).check()
    person.page.get_by_role("button", name="Done").click()


def _set_away(person: Person, *, is_away: bool) -> None:
    event = "blur" if is_away else "focus"
    person.page.evaluate(f"isAway = {json.dumps(is_away)}; dispatchEvent(new Event('{event}'))")
    assert person.page.evaluate(_WATCHED_IS, not is_away)


def _sees_notices(person: Person, *wanted: str) -> None:
    assert person.page.evaluate(_NOTICES, list(wanted)) == list(wanted)


def _hears_tones(wanted: int, *tabs: Person) -> None:
    """From all tabs together: as many as this, and none that comes a little later."""

    def count() -> int:
        return sum(tab.page.evaluate("tones") for tab in tabs)

    tabs[0].page_until(lambda: count() >= wanted)
    tabs[0].page.wait_for_timeout(300)
    assert count() == wanted


def _name(room: str) -> str:
    return room.rsplit("/", 1)[1]


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
    ann.say("hello")
    ann.sees("hello")
    for text in ("nobody asked", "@ann, nor for this"):
        curl("-u", "bo:", "--data-raw", text, room)
        ann.sees(text)
    _sees_notices(ann)
    _set(ann, "when I\u2019m mentioned")
    curl("-u", "bo:", "-d", "not for ann", room)
    curl("-u", "bo:", "--data-raw", "@ann, this is", room)
    _sees_notices(ann, f"bo in #{_name(room)}: @ann, this is")
    _set(ann, "every message")
    curl("-u", "bo:", "-d", "for everyone", room)
    ann.sees("for everyone")
    # A room's later notice stands in place of its earlier one.
    _sees_notices(ann, f"bo in #{_name(room)}: for everyone")
    assert ann.page.evaluate("tones") == 0


def test_a_notice_makes_a_sound_only_where_that_was_wanted(meet: Meet, room: str) -> None:
    ann = meet("ann")
    _look_elsewhere(ann, room)
    _set(ann, "every message", "Play a sound")
    curl("-u", "bo:", "-d", "ding", room)
    _hears_tones(1, ann)
    ann.page.evaluate("isAway = false")
    curl("-u", "bo:", "-d", "seen at once", room)
    ann.sees("seen at once")
    assert ann.page.evaluate("tones") == 1


def test_of_several_tabs_only_one_makes_a_sound(meet: Meet, room: str) -> None:
    ann = meet("ann")
    _look_elsewhere(ann, room)
    _set(ann, "every message", "Play a sound")
    tabs = [ann, ann.open_tab(room).wait_live(), ann.open_tab(room).wait_live()]
    for count in (1, 2):
        curl("-u", "bo:", "-d", f"ding {count}", room)
        for tab in tabs:
            tab.sees(f"ding {count}")
        _hears_tones(count, *tabs)


def test_no_tab_makes_a_sound_for_what_another_shows(meet: Meet, room: str) -> None:
    ann = meet("ann")
    _look_elsewhere(ann, room)
    _set(ann, "every message", "Play a sound")
    front = ann.open_tab(room).wait_live()
    _set_away(front, is_away=False)
    curl("-u", "bo:", "-d", "seen at once", room)
    for tab in (ann, front):
        tab.sees("seen at once")
    _set_away(front, is_away=True)
    curl("-u", "bo:", "-d", "ding", room)
    for tab in (ann, front):
        tab.sees("ding")
    _hears_tones(1, ann, front)


def test_a_click_on_a_notice_leads_to_the_message(meet: Meet, room: str) -> None:
    ann = meet("ann")
    _look_elsewhere(ann, room)
    _set(ann, "every message")
    lines = "".join(f"line {each}\n" for each in range(40))
    curl("-u", "bo:", "-T", "-", room, data=lines.encode())
    entry = json.loads(curl("-u", "bo:", "-d", "come and see", room))
    _sees_notices(ann, f"bo in #{_name(room)}: come and see")
    ann.page.locator("[data-scroll]").evaluate("box => { box.scrollTop = 0; }")
    expect(ann.message("come and see")).not_to_be_in_viewport()
    ann.page_until(lambda: ann.context.service_workers)
    worker = ann.context.service_workers[0]
    assert worker.evaluate(_CLICK) == [["focus", room]]
    expect(ann.message("come and see")).to_be_in_viewport()
    curl("-u", "bo:", "-d", "and this", room)
    _sees_notices(ann, f"bo in #{_name(room)}: and this")
    ann.enter(f"{room}-other").wait_ready()
    [[what, url]] = worker.evaluate(_CLICK)
    assert (what, url.split("?")[0]) == ("open", f"/chat/{_name(room)}")
    assert url != f"/chat/{_name(room)}?at={entry['id']}#m{entry['id']}"
    ann.enter(room.split("/chat/")[0] + url).wait_ready()
    expect(ann.message("and this")).to_be_in_viewport()


def test_a_new_room_shows_in_the_list_of_an_open_page(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_live()
    here = ann.page.locator(f'[data-rooms] a[data-room="{_name(room)}"]')
    expect(here).to_have_count(0)
    curl("-u", "bo:", "-d", "begun", room)
    expect(here).to_have_attribute("aria-current", "page")
    other = f"{_name(room)}-new"
    link = ann.page.locator(f'[data-rooms] a[data-room="{other}"]')
    expect(link).to_have_count(0)
    curl("-u", "bo:", "-d", "opened", f"{room}-new")
    expect(link).to_be_visible()
    names = ann.page.locator("[data-rooms] a").evaluate_all("all => all.map(a => a.dataset.room)")
    assert names == sorted(names)
    link.click()
    ann.sees("opened")


def test_a_mention_in_another_room_is_heard_of_at_once(meet: Meet, room: str) -> None:
    other = f"{room}-other"
    curl("-u", "bo:", "-d", "old", other)
    ann = meet("ann")
    with ann.page.expect_response(re.compile("/read$")):
        ann.enter(other)
    _look_elsewhere(ann, room)
    _set(ann, "when I\u2019m mentioned")
    expect(ann.page.locator("body")).to_have_attribute("data-state", re.compile("live|polling"))
    title = ann.page.title()
    curl("-u", "bo:", "--data-raw", "@ann, over here", other)
    badge = ann.page.locator(f'[data-room="{_name(other)}"] [data-badge]')
    expect(badge).to_have_text("1")
    expect(badge).to_have_attribute("data-mentions", "")
    expect(ann.page).to_have_title(f"(1) {title}")
    _sees_notices(ann, f"You were mentioned in #{_name(other)}: ")


def test_of_a_mention_only_the_tab_of_its_room_tells(meet: Meet, room: str) -> None:
    other = f"{room}-other"
    curl("-u", "bo:", "-d", "old", other)
    ann = meet("ann")
    with ann.page.expect_response(re.compile("/read$")):
        ann.enter(other)
    _look_elsewhere(ann, room)
    _set(ann, "when I\u2019m mentioned", "Play a sound")
    there = ann.open_tab(other).wait_live()
    curl("-u", "bo:", "--data-raw", "@ann, over here", other)
    curl("-u", "bo:", "-d", "said after it", other)
    there.sees("said after it")
    # Only now has the tab in the first room asked what is unread.
    expect(ann.page.locator(f'[data-room="{_name(other)}"] [data-badge]')).to_have_text("2")
    _hears_tones(1, ann, there)
    _sees_notices(ann, f"bo in #{_name(other)}: @ann, over here")
