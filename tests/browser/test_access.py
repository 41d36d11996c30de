"""For everyone: the keyboard alone, a screen reader, any width, both themes."""

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.axe import findings
from tests.browser.person import Meet
from tests.support.servers import ServerProcess, curl


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_finding_of_axe_in_any_state(
    meet: Meet, room: str, server: ServerProcess, theme: str
) -> None:
    for name in ("bo", "cy", "dee", "ed", "fay", "gus", "hal"):
        curl("-u", f"{name}:", "-d", f"hello from {name}", room)
    ann = meet("ann", color_scheme=theme, reduced_motion="reduce").enter(room).wait_ready()
    ann.say("```python\nclass A(B):\n    @c\n    def f(self): return 'x' + 1  # no\n```")
    expect(ann.messages.locator("code [data-hue]").first).to_be_visible()
    ann.say("hello everyone")
    ann.sees("hello everyone")
    assert findings(ann) == []
    ann.message("hello everyone").hover()
    ann.message("hello everyone").get_by_role("button", name="Actions").click()
    assert findings(ann) == []
    ann.page.get_by_role("button", name="React with another emoji").click()
    assert findings(ann) == []
    ann.page.keyboard.press("Escape")
    ann.page.get_by_role("button", name="Settings").click()
    assert findings(ann) == []
    ann.page.goto(server.url)
    assert findings(ann) == []


def test_no_serious_finding_of_axe_on_a_phone(meet: Meet, room: str, server: ServerProcess) -> None:
    phone = {"width": 360, "height": 720}
    ann = meet("ann", viewport=phone, has_touch=True, is_mobile=True, color_scheme="dark")
    for path in ("", "/account", "/help/settings", "/help/curl"):
        ann.page.goto(f"{server.url}{path}")
        assert findings(ann) == []
    ann.enter(room).wait_ready().say(f"hi @ann, `code` and\n```\n{'wide ' * 40}\n```")
    ann.sees("wide")
    assert findings(ann) == []
    # The buttons of code do not lie over it.
    code = ann.messages.locator("pre > code").bounding_box()
    button = ann.messages.get_by_role("button", name="Wrap").bounding_box()
    assert code
    assert button
    assert button["y"] + button["height"] <= code["y"]
    ann.page.get_by_role("button", name="Rooms and people").tap()
    assert findings(ann) == []
    for _ in range(40):
        ann.page.keyboard.press("Tab")
        assert not ann.page.locator("[data-main]").evaluate("main => main.matches(':focus-within')")
    ann.page.keyboard.press("Escape")
    expect(ann.page.get_by_role("button", name="Rooms and people")).to_be_focused()


def test_the_theme_of_the_system_can_be_overridden(meet: Meet, room: str) -> None:
    ann = meet("ann", color_scheme="light").enter(room).wait_ready()
    ground = "getComputedStyle(document.body).backgroundColor"
    light = ann.page.evaluate(ground)
    ann.page.get_by_role("button", name="Settings").click()
    ann.page.get_by_label("Theme").select_option("dark")
    ann.page.get_by_role("button", name="Done").click()
    dark = ann.page.evaluate(ground)
    assert dark != light
    ann.page.reload()
    expect(ann.page.locator("html")).to_have_attribute("data-theme", "dark")
    assert ann.page.evaluate(ground) == dark


def test_the_log_tells_a_screen_reader_only_what_is_new(meet: Meet, room: str) -> None:
    curl("-u", "bo:", "-d", "said before", room)
    ann = meet("ann").enter(room).wait_ready()
    spoken = ann.page.locator("[data-announcer]")
    expect(spoken).to_be_empty()
    curl("-u", "bo:", "-d", "said now", room)
    expect(spoken).to_have_text("bo: said now")
    ann.say("mine")
    ann.sees("mine")
    expect(spoken).to_have_text("bo: said now")
    expect(ann.page.get_by_role("log")).to_match_aria_snapshot(
        """
        - list:
          - listitem:
            - time: Today
          - listitem:
            - text: bo guest
            - link
            - text: said before
            - button "Actions"
          - listitem:
            - text: bo guest
            - link
            - text: said now
            - button "Actions"
          - listitem:
            - text: ann guest
            - link
            - text: mine
            - button "Actions"
        """
    )


def test_the_keyboard_alone_does_everything(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    keys = ann.page.keyboard
    expect(ann.field).to_be_focused()
    keys.type("typed without a mouse")
    keys.press("Enter")
    ann.sees("typed without a mouse")
    keys.press("Escape")
    keys.press("?")
    expect(ann.page.get_by_role("heading", name="Keys")).to_be_visible()
    keys.press("Escape")
    keys.press("Alt+Shift+ArrowUp")
    more = ann.message("typed without").get_by_role("button", name="Actions")
    expect(more).to_be_focused()
    expect(more).to_have_accessible_description("ann: typed without a mouse")
    keys.press("Enter")
    keys.press("ArrowRight")
    expect(ann.page.locator("[data-actions] button:visible").nth(1)).to_be_focused()
    keys.press("Escape")
    keys.press("Alt+Shift+ArrowDown")
    expect(ann.field).to_be_focused()
    keys.type("/he")
    expect(ann.page.get_by_role("option")).to_have_count(1)
    keys.press("Tab")
    keys.press("Enter")
    expect(ann.page.get_by_role("heading", name="Keys")).to_be_visible()


@pytest.mark.parametrize("width", [320, 800, 1920])
def test_nothing_is_wider_than_the_screen(meet: Meet, room: str, width: int) -> None:
    curl("-u", "bo:", "-d", "w" * 3000, room)
    curl("-u", "bo:", "-d", "مرحبا " * 60, room)
    ann = meet("ann", viewport={"width": width, "height": 640}).enter(room).wait_ready()
    expect(ann.messages).to_have_count(2)
    assert ann.page.evaluate("document.documentElement.scrollWidth") <= width
    box = ann.page.locator("[data-scroll]")
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
    send = ann.page.get_by_role("button", name="Send").bounding_box()
    assert send
    assert send["width"] >= 44
    assert send["height"] >= 44
    assert send["x"] + send["width"] <= width


def test_forced_colours_show_what_is_chosen(meet: Meet, room: str) -> None:
    ann = meet("ann", forced_colors="active").enter(room).wait_ready()
    ann.say("hello")
    ann.sees("hello")
    chosen = ann.page.locator(".rooms [aria-current=page]")
    expect(chosen).to_have_css("outline-style", "solid")
    ann.page.keyboard.press("Control+k")
    ann.page.get_by_role("combobox").fill(room.rpartition("/")[2])
    expect(ann.page.get_by_role("option", selected=True)).to_have_css("outline-style", "solid")
    ann.page.keyboard.press("Escape")
    assert findings(ann) == []


@pytest.mark.parametrize("width", [360, 1280])
def test_people_are_invited_by_one_click(meet: Meet, room: str, width: int) -> None:
    ann = meet("ann", viewport={"width": width, "height": 720}).enter(room).wait_ready()
    ann.page.get_by_role("button", name="Invite people").click()
    expect(ann.page.get_by_role("dialog")).to_contain_text(room)
    expect(ann.page.get_by_role("dialog").get_by_role("button", name="Copy")).to_be_visible()
    code = ann.page.get_by_role("img", name="QR code of this link")
    ann.page_until(lambda: code.evaluate("image => image.complete && image.naturalWidth > 0"))
    ann.page.keyboard.press("Escape")


def test_a_quote_has_the_direction_of_its_own_words(meet: Meet, room: str) -> None:
    httpx.post(room, content="> مرحبا بالعالم\nthat is, hello", auth=("bo", ""))
    ann = meet("ann").enter(room).wait_ready()
    quote = ann.page.locator(".body blockquote")
    expect(quote).to_have_css("direction", "rtl")
    expect(quote).to_have_css("border-right-width", "3px")
    expect(ann.page.locator(".body > p")).to_have_css("direction", "ltr")


def test_on_a_wide_screen_the_actions_are_beside_the_text(meet: Meet, room: str) -> None:
    httpx.post(room, content="short", auth=("bo", ""))
    ann = meet("ann", viewport={"width": 2560, "height": 1200}).enter(room).wait_ready()
    ann.message("short").hover()
    text = ann.message("short").locator(".body").bounding_box()
    more = ann.message("short").get_by_role("button", name="Actions").bounding_box()
    assert text
    assert more
    assert text["x"] + 300 < more["x"] < text["x"] + 1000
