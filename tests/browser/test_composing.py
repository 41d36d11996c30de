"""Help while writing: names, emoji, commands."""

import re

from playwright.sync_api import expect

from tests.browser.axe import findings
from tests.browser.person import Meet
from tests.support.servers import curl


def test_names_and_emoji_are_completed(meet: Meet, room: str) -> None:
    curl("-u", "Björn:", "-d", "hello", room)
    ann = meet("ann").enter(room).wait_ready()
    ann.field.press_sequentially("hi @bj")
    expect(ann.page.get_by_role("option")).to_have_text("Björn")
    ann.field.press("Enter")
    expect(ann.field).to_have_value("hi @Björn ")
    ann.field.press("Control+z")
    expect(ann.field).to_have_value("hi @bj")
    ann.field.press("Control+Shift+z")
    expect(ann.field).to_have_value("hi @Björn ")
    ann.field.press_sequentially(":tad")
    expect(ann.page.get_by_role("option")).to_have_text("🎉 :tada:")
    ann.field.press("Tab")
    ann.field.press_sequentially("and :rocket: at 10:30:00")
    ann.field.press("Enter")
    ann.sees("hi @Björn 🎉 and 🚀 at 10:30:00")
    # All there are, by their usual names; and by the mouse, where the cursor is.
    ann.field.press_sequentially(":hedgeho")
    expect(ann.page.get_by_role("option")).to_have_text("🦔 :hedgehog:")
    ann.field.press("Tab")
    ann.field.press("Home")
    ann.page.get_by_role("button", name="Emoji", exact=True).click()
    ann.page.get_by_label("Emoji, or its name").fill("owl")
    ann.page.get_by_role("button", name="owl", exact=True).click()
    expect(ann.field).to_have_value("🦉🦔 ")
    expect(ann.field).to_be_focused()


def test_who_is_muted_is_not_shown_until_unmuted(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    ann.say("/ignore Bo")
    expect(ann.page.locator("[data-block]")).to_contain_text("won\u2019t see Bo\u2019s messages")
    curl("-u", "bo:", "-d", "never mind me", room)
    curl("-u", "cy:", "-d", "heard", room)
    ann.sees("heard")
    expect(ann.message("never mind me")).to_be_hidden()
    expect(ann.page.locator("[data-announcer]")).to_have_text("cy: heard")
    ann.page.reload()
    ann.wait_ready()
    expect(ann.message("never mind me")).to_be_hidden()
    ann.say("/unignore bo")
    expect(ann.message("never mind me")).to_be_visible()


def test_an_action_is_written_as_one_and_an_unknown_command_is_none(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    ann.say("/me waves")
    expect(ann.messages.locator(".body")).to_have_text("ann waves")
    ann.say("/etc/hosts is a file")
    ann.sees("/etc/hosts is a file")
    ann.say("/nosuch thing")
    expect(ann.page.locator("[data-block]")).to_contain_text("Unknown command /nosuch")
    expect(ann.field).to_have_value("/nosuch thing")
    ann.say("//nosuch thing")
    ann.sees("/nosuch thing")
    # A message stays one when it is edited, whatever it begins with.
    ann.field.press("ArrowUp")
    ann.say("/topic of today")
    expect(ann.message("/topic of today").locator("[data-part=edited]")).to_be_visible()
    expect(ann.messages).to_have_count(3)
    expect(ann.page.locator("[data-topic]")).to_have_text("")


def test_an_address_is_a_link_that_opens_safely(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    ann.say("see https://example.org/a?b=1 (or http://example.com/x), not javascript:alert(1).")
    ann.sees("not javascript:alert(1).")
    for _ in ("by the feed", "by the server"):
        links = ann.messages.locator(".body a")
        expect(links).to_have_count(2)
        assert [each.get_attribute("href") for each in links.all()] == [
            "https://example.org/a?b=1",
            "http://example.com/x",
        ]
        expect(links.first).to_have_attribute("rel", re.compile("noopener"))
        ann.page.reload()
        ann.wait_ready()


def test_text_from_right_to_left_and_markup_stay_what_they_are(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    curl("-u", "bo:", "-H", "Content-Type: text/plain", "--data-binary", "مرحبا بالعالم", room)
    curl("-u", "bo:", "-d", "<img src=x onerror=alert(1)>", room)
    ann.sees("<img src=x onerror=alert(1)>")
    assert ann.message("مرحبا").locator(".body").evaluate(
        "body => getComputedStyle(body).direction"
    ) == ("rtl")
    assert ann.page.locator(".body img").count() == 0


def test_commands_are_completed_and_set_the_topic_tell_who_and_show_the_keys(
    meet: Meet, room: str
) -> None:
    curl("-u", "bo:", "-d", "hello", room)
    ann = meet("ann").enter(room).wait_live()
    block = ann.page.locator("[data-block]")
    ann.field.press_sequentially("/to")
    expect(ann.page.get_by_role("option")).to_contain_text("set the topic")
    ann.field.press("Enter")
    ann.field.press_sequentially("Boats and oars")
    ann.field.press("Enter")
    expect(ann.page.locator("[data-topic]")).to_have_text("Boats and oars")
    expect(ann.page.locator("[data-people-list]")).to_contain_text("bo")
    ann.say("/who")
    expect(block).to_contain_text("Here now: ")
    expect(block).to_contain_text("bo")
    ann.say("/help")
    expect(ann.page.get_by_role("dialog")).to_contain_text("edit your last message")


def test_enter_sends_what_nobody_chose_to_complete(meet: Meet, room: str) -> None:
    curl("-u", "bo:", "-d", "hello", room)
    ann = meet("ann").enter(room).wait_live()
    expect(ann.page.locator("[data-people-list]")).to_contain_text("bo")
    options = ann.page.get_by_role("option")
    for typed in ("ping @", "rendez-vous :10", "who is @b"):
        ann.field.press_sequentially(typed)
        expect(options.first).to_be_visible()
        ann.field.press("Enter")
        ann.sees(typed)
    ann.field.press_sequentially("@")
    expect(options.first).to_be_visible()
    ann.field.press("ArrowDown")
    ann.field.press("Enter")
    expect(ann.field).not_to_have_value("@")


def test_the_enter_that_ends_a_composition_chooses_nothing(meet: Meet, room: str) -> None:
    for name in ("田中", "田村"):
        curl("-u", f"{name}:", "-d", "hello", room)
    ann = meet("ann").enter(room).wait_ready()
    ann.field.focus()
    ann.page.keyboard.insert_text("@田")
    expect(ann.page.get_by_role("option")).to_have_count(2)
    ann.field.press("ArrowDown")
    ann.field.evaluate(
        "field => field.dispatchEvent(new KeyboardEvent('keydown', "
        "{key: 'Enter', keyCode: 229, bubbles: true, cancelable: true}))"
    )
    expect(ann.field).to_have_value("@田")


def test_a_bare_topic_shows_the_topic(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    ann.say("/topic Boats")
    expect(ann.page.locator("[data-topic]")).to_have_text("Boats")
    ann.say("/topic")
    expect(ann.page.locator("[data-block]")).to_have_text("Topic: Boats")


def test_enter_breaks_the_line_on_a_touch_screen(meet: Meet, room: str) -> None:
    ann = meet("ann", has_touch=True, is_mobile=True, viewport={"width": 360, "height": 720})
    ann.enter(room).wait_ready()
    ann.field.fill("one")
    ann.field.press("Enter")
    ann.field.press_sequentially("two")
    expect(ann.field).to_have_value("one\ntwo")
    ann.page.get_by_role("button", name="Send").tap()
    ann.sees("one")


def test_examples_of_formatting_and_a_preview_of_what_is_typed(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    ann.field.press("Tab")
    ann.page.keyboard.press("Enter")
    dialog = ann.page.get_by_role("dialog", name="Formatting")
    expect(dialog.get_by_role("heading")).to_be_focused()
    expect(dialog.locator("dd strong")).to_have_text("bold")
    assert findings(ann) == []
    # Down to its end on a phone, where it scrolls.
    ann.page.set_viewport_size({"width": 360, "height": 640})
    assert dialog.evaluate("dialog => dialog.getBoundingClientRect().bottom <= innerHeight")
    ann.page.set_viewport_size({"width": 1280, "height": 800})
    dialog.get_by_label("Preview while typing").check()
    ann.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    preview = ann.page.get_by_role("region", name="Preview")
    ann.page.reload()
    ann.wait_ready().field.fill("| a | b |\n|---|---|\n| **1** | :tada: |")
    expect(preview.locator("td")).to_have_text(["1", "🎉"])
    expect(preview.locator("td strong")).to_have_text("1")
    ann.field.press("Enter")
    expect(preview).to_be_hidden()
    expect(ann.messages.locator("td strong")).to_have_text("1")
