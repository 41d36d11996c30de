"""On a phone: what is in reach of a finger, and in view on a small screen."""

import re

import httpx
from playwright.sync_api import CDPSession, Route, expect

from tests.browser.person import Meet, Person
from tests.support.servers import curl


def test_long_names_leave_nothing_off_the_smallest_screen(meet: Meet, room: str) -> None:
    room += "x" * (64 - len(room.rpartition("/")[2]))
    httpx.post(room, content="hi", auth=("W" * 32, ""))
    ann = meet("ann", viewport={"width": 320, "height": 568}).enter(room).wait_ready()
    for each in (
        ann.message("hi").locator("time"),
        ann.page.locator("[data-beginning] h2"),
        ann.page.locator("[data-beginning] pre").first,
    ):
        box = each.bounding_box()
        assert box
        assert box["x"] + box["width"] <= 320


def test_a_room_opens_at_its_end_though_what_stands_at_its_beginning_grows(
    meet: Meet, room: str
) -> None:
    for number in range(12):
        httpx.post(room, content="message", auth=(f"person {number}", ""))
    visitor = meet(viewport={"width": 360, "height": 640}).enter(room).wait_live()
    box = visitor.page.locator("[data-scroll]")
    below = "box => box.scrollHeight - box.clientHeight - box.scrollTop"
    visitor.page_until(lambda: box.evaluate(below) <= 1)


def test_on_the_smallest_phone_all_that_a_message_offers_is_in_reach(meet: Meet, room: str) -> None:
    phone = {"width": 320, "height": 568}
    ann = meet("ann", viewport=phone, has_touch=True, is_mobile=True).enter(room).wait_ready()
    for number in range(12):
        ann.say(f"mine {number:02}")
        ann.sees(f"mine {number:02}")
    ann.message("mine 08").get_by_role("button", name="Actions").tap()
    for button in ann.page.locator("[data-actions] button:visible").all():
        expect(button).to_be_in_viewport(ratio=1)
    expect(ann.page.get_by_role("button", name="Delete")).to_be_visible()
    # Of the first message in view, too.
    ann.page.keyboard.press("Escape")
    ann.page.locator("[data-scroll]").evaluate(
        """(box, row) => {
            box.scrollTop += row.getBoundingClientRect().top - box.getBoundingClientRect().top;
        }""",
        ann.message("mine 03").element_handle(),
    )
    ann.message("mine 03").get_by_role("button", name="Actions").tap()
    expect(ann.page.locator("[data-actions] button:visible").first).to_be_in_viewport(ratio=1)
    ann.page.locator("[data-scroll]").evaluate("box => { box.scrollTop = box.scrollHeight; }")
    # By a long press as well; what that needs comes with the first touch.
    ann.page.wait_for_function(
        "performance.getEntriesByType('resource').some(({ name }) => /long-press/.test(name))"
    )
    session = _touch(ann, "mine 10")
    expect(ann.message("mine 10").locator("[data-actions]")).to_be_visible()
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(ann.message("mine 10").get_by_role("button", name="Reply")).to_be_in_viewport()


def test_the_first_touch_of_all_may_be_a_long_press(meet: Meet, room: str) -> None:
    httpx.post(room, content="pressed", auth=("bo", ""))
    phone = {"width": 360, "height": 720}
    ann = meet("ann", viewport=phone, has_touch=True, is_mobile=True)
    # As on systems that have no such event.
    ann.page.add_init_script("addEventListener('contextmenu', e => e.stopPropagation(), true)")
    ann.enter(room).wait_ready()
    session = _touch(ann, "pressed")
    expect(ann.message("pressed").locator("[data-actions]")).to_be_visible()
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(ann.message("pressed").locator("[data-actions]")).to_be_visible()


def test_a_first_touch_that_becomes_a_scroll_is_no_long_press(meet: Meet, room: str) -> None:
    httpx.post(room, content="passed by", auth=("bo", ""))
    # What a worker asks for cannot be kept back by a test.
    phone = {"width": 360, "height": 720}
    ann = meet("ann", viewport=phone, has_touch=True, is_mobile=True, service_workers="block")
    ann.page.clock.install()
    held: list[Route] = []
    ann.page.route("**/room-long-press.js", lambda route: held.append(route))
    ann.enter(room).wait_ready()
    session = _touch(ann, "passed by")
    ann.page_until(lambda: held)
    session.send("Input.dispatchTouchEvent", {"type": "touchCancel", "touchPoints": []})
    held[0].continue_()
    # Behind the page's own import of it.
    ann.page.evaluate("url => import(url).then(() => null)", held[0].request.url)
    ann.page.clock.fast_forward(1000)
    assert ann.message("passed by").locator("[data-actions]").count() == 0


def test_on_a_phone_the_rooms_are_in_a_drawer(meet: Meet, room: str) -> None:
    phone = {"width": 360, "height": 720}
    curl("-u", "bo:", "-d", "hi", f"{room}-two")
    ann = meet("ann", viewport=phone, has_touch=True, is_mobile=True).enter(room).wait_ready()
    other = ann.page.locator(f'[data-rooms] a[href$="{room.rsplit("/")[-1]}-two"]')
    expect(other).not_to_be_in_viewport()
    expect(ann.page.locator("[data-here]")).to_have_text("1 here")
    ann.page.get_by_role("button", name="Rooms and people").tap()
    # Other stories' rooms are in the list too.
    other.scroll_into_view_if_needed()
    expect(other).to_be_in_viewport()
    ann.page.get_by_role("button", name="Close").tap()
    expect(other).not_to_be_in_viewport()
    ann.page.get_by_role("button", name="Rooms and people").tap()
    other.tap()
    ann.sees("hi")


def test_on_a_phone_the_topic_and_what_is_unread_elsewhere_are_seen_without_the_drawer(
    meet: Meet, room: str
) -> None:
    phone = {"width": 320, "height": 568}
    ann = meet("ann", viewport=phone, has_touch=True, is_mobile=True).enter(f"{room}-two")
    with ann.page.expect_response(re.compile("/read$")):
        ann.wait_ready().say("/topic what is to be done")
    expect(ann.page.locator("[data-topic]")).to_have_text("what is to be done")
    expect(ann.page.locator("[data-topic]")).to_be_in_viewport()
    ann.enter(room).wait_live().say("hello")
    ann.sees("hello")
    expect(ann.page.get_by_role("button", name="some unread")).to_have_count(0)
    curl("-u", "bo:", "-d", "more", f"{room}-two")
    expect(ann.page.get_by_role("button", name="Rooms and people, some unread")).to_be_visible()


def test_a_long_topic_is_read_in_full_and_its_links_work(meet: Meet, room: str) -> None:
    topic = "The plan for the boats, the oars and all that floats: see https://e.org/plan."
    httpx.post(f"{room}/topic", json={"text": topic}, auth=("bo", ""))
    ann = meet("ann", viewport={"width": 360, "height": 720}, has_touch=True, is_mobile=True)
    ann.enter(room).wait_ready()
    ann.page.locator("[data-topic]").tap()
    expect(ann.page.get_by_role("dialog")).to_contain_text(topic)
    expect(ann.page.get_by_role("dialog").get_by_role("link")).to_have_attribute(
        "href", "https://e.org/plan"
    )


def test_on_a_phone_every_message_has_its_time_and_the_field_is_one_line(
    meet: Meet, room: str
) -> None:
    room += "x" * (60 - len(room.rpartition("/")[2]))
    for number in range(3):
        httpx.post(room, content=f"message {number}", auth=("bo", ""))
    ann = meet("ann", viewport={"width": 360, "height": 720}, has_touch=True, is_mobile=True)
    ann.enter(room).wait_ready()
    times = ann.messages.locator("time")
    expect(times).to_have_count(3)
    assert all(each.is_visible() for each in times.all())
    box = ann.field.bounding_box()
    assert box
    assert box["height"] < 50


def test_the_field_stays_above_a_keyboard_that_covers_the_page(meet: Meet, room: str) -> None:
    ann = meet("ann", viewport={"width": 360, "height": 720}, has_touch=True, is_mobile=True)
    ann.enter(room).wait_ready()
    set_height = """height => {
        Object.defineProperty(visualViewport, "height", { value: height, configurable: true });
        visualViewport.dispatchEvent(new Event("resize")); }"""
    for height in (400, 720):
        ann.page.evaluate(set_height, height)
        box = ann.field.bounding_box()
        assert box
        assert height - 80 < box["y"] + box["height"] <= height


def _touch(person: Person, text: str) -> CDPSession:
    """A finger on the words of this message, which stays there until the session lifts it."""
    words = person.message(text).locator(".body").bounding_box()
    assert words
    session = person.page.context.new_cdp_session(person.page)
    finger = {"x": words["x"] + 20, "y": words["y"] + words["height"] / 2}
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [finger]})
    return session
