"""What goes on beside the messages: reactions, replies, names, typing, reading, searching."""

import json
import re
import secrets

import httpx
from playwright.sync_api import expect

from tests.browser.person import Meet, Person
from tests.support.servers import curl


def _open_actions(person: Person, text: str) -> None:
    row = person.message(text)
    row.hover()
    row.get_by_role("button", name="Actions").click()


def test_a_reaction_is_counted_for_everyone_and_taken_back(meet: Meet, room: str) -> None:
    curl("-u", "cy:", "-d", "cake at four", room)
    ann, bo = meet("ann").enter(room).wait_ready(), meet("bo").enter(room).wait_ready()
    ann.message("cake at four").hover()
    # From the row itself, by one click, and from the toolbar.
    ann.page.get_by_role("button", name="React with 👍").click()
    _open_actions(bo, "cake at four")
    bo.page.get_by_role("button", name="React with 👍").click()
    for person in (ann, bo):
        expect(person.page.locator(".reaction")).to_have_text(re.compile("👍 2"))
        expect(person.page.locator(".reaction")).to_have_attribute("aria-pressed", "true")
    ann.page.locator(".reaction").click()
    for person in (ann, bo):
        expect(person.page.locator(".reaction")).to_have_text(re.compile("👍 1"))
    bo.page.reload()
    expect(bo.page.locator(".reaction")).to_have_text(re.compile("👍 1"))


def test_a_reaction_may_be_any_emoji_by_name_or_typed(meet: Meet, room: str) -> None:
    curl("-u", "cy:", "-d", "cake at four", room)
    ann, bo = meet("ann").enter(room).wait_ready(), meet("bo").enter(room).wait_ready()
    dialog = ann.page.get_by_role("dialog")
    for typed in ("cake", "🪁"):
        _open_actions(ann, "cake at four")
        ann.page.get_by_role("button", name="React with another emoji").click()
        dialog.get_by_role("textbox").fill(typed)
        dialog.get_by_role("textbox").press("Enter")
        expect(dialog).to_be_hidden()
    for person in (ann, bo):
        expect(person.page.locator(".reaction")).to_have_text([re.compile("🎂"), re.compile("🪁")])
    _open_actions(ann, "cake at four")
    ann.page.get_by_role("button", name="React with another emoji").click()
    dialog.get_by_role("button", name="coffee").click()
    expect(bo.page.locator(".reaction")).to_have_count(3)


def test_any_emoji_is_found_by_its_name_and_those_used_last_come_first(
    meet: Meet, room: str
) -> None:
    curl("-u", "cy:", "-d", "the wind is good", room)
    ann = meet("ann").enter(room).wait_ready()
    dialog = ann.page.get_by_role("dialog")
    _open_actions(ann, "the wind is good")
    ann.page.get_by_role("button", name="React with another emoji").click()
    dialog.get_by_role("textbox").fill("Parachute")
    dialog.get_by_role("button", name="parachute").click()
    expect(ann.page.locator(".reaction")).to_have_text(re.compile("🪂"))
    _open_actions(ann, "the wind is good")
    ann.page.get_by_role("button", name="React with another emoji").click()
    expect(ann.page.locator("[data-emoji-choices] button").first).to_have_text("🪂")
    ann.page.reload()
    ann.wait_ready().message("the wind is good").hover()
    expect(ann.page.locator(".quick button")).to_have_text(["🪂", "👍", "❤️"])


def test_a_reply_quotes_what_it_answers(meet: Meet, room: str) -> None:
    asked = json.loads(curl("-u", "cy:", "-d", "who has the key?", room))
    proof = {"Edit-Key": asked["edit_key"]}
    url = f"{room}/messages/{asked['id']}"
    ann, bo = meet("ann").enter(room).wait_ready(), meet("bo").enter(room).wait_ready()
    _open_actions(ann, "who has the key?")
    ann.page.get_by_role("button", name="Reply").click()
    expect(ann.page.locator("[data-context]")).to_contain_text("Reply to cy: who has the key?")
    ann.say("I have it")
    for person in (ann, bo):
        expect(person.message("I have it").locator(".quote")).to_have_text("cy who has the key?")
    bo.page.reload()
    expect(bo.message("I have it").locator(".quote")).to_have_text("cy who has the key?")
    httpx.post(f"{url}/edit", json={"text": "who has it?"}, headers=proof)
    for person in (ann, bo):
        expect(person.message("I have it").locator(".quote")).to_have_text("cy who has it?")
    httpx.post(f"{url}/delete", headers=proof)
    for person in (ann, bo):
        quote = person.message("I have it").locator(".quote")
        expect(quote).to_have_text("deleted message")
    bo.page.reload()
    expect(bo.message("I have it").locator(".quote")).to_have_text("deleted message")


def test_a_quote_follows_a_message_that_is_not_shown(meet: Meet, room: str) -> None:
    asked = json.loads(curl("-u", "cy:", "-d", "who has the key?", room))
    proof = {"Edit-Key": asked["edit_key"]}
    lines = "".join(f"line {each}\n" for each in range(60))
    curl("-u", "cy:", "-T", "-", room, data=lines.encode())
    httpx.post(room, json={"text": "I have it", "reply_to": asked["id"]}, auth=("bo", ""))
    ann = meet("ann").enter(room).wait_live()
    expect(ann.message("I have it").locator(".quote")).to_have_text("cy who has the key?")
    expect(ann.page.locator(f'[data-id="{asked["id"]}"]')).to_have_count(0)
    url = f"{room}/messages/{asked['id']}/edit"
    httpx.post(url, json={"text": "who has *it*?"}, headers=proof)
    expect(ann.message("I have it").locator(".quote")).to_have_text("cy who has it?")


def test_markdown_is_shown_and_code_can_be_copied(meet: Meet, room: str) -> None:
    ann = meet("ann", permissions=["clipboard-read", "clipboard-write"])
    ann.enter(room).wait_ready()
    code = "make dist " + " ".join(f"--with-{each}" for each in range(40))
    text = f"see **this**:\n```\n{code}\n```\n[plan](https://example.org/plan)"
    curl("-u", "bo:", "-H", "Content-Type: text/plain", "--data-binary", text, room)
    for _ in ("by the feed", "by the server"):
        expect(ann.page.locator(".body strong")).to_have_text("this")
        expect(ann.page.get_by_role("link", name="plan", exact=True)).to_have_attribute(
            "target", "_blank"
        )
        ann.messages.locator(".code").hover()
        ann.messages.get_by_role("button", name="Copy").click()
        assert ann.page.evaluate("navigator.clipboard.readText()") == f"{code}\n"
        is_wide = "element => element.scrollWidth > element.clientWidth"
        block, wrap = ann.messages.locator("pre"), ann.messages.get_by_role("button", name="Wrap")
        assert block.evaluate(is_wide)
        wrap.click()
        expect(wrap).to_have_attribute("aria-pressed", "true")
        assert not block.evaluate(is_wide)
        wrap.click()
        expect(wrap).to_have_attribute("aria-pressed", "false")
        ann.page.reload()
        ann.wait_ready()


def test_who_is_named_sees_it_tinted(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    ann.say("hello")
    ann.sees("hello")
    curl("-u", "bo:", "--data-raw", "@ann look at this", room)
    expect(ann.message("@ann look")).to_have_class(re.compile("mention"))
    ann.page.reload()
    expect(ann.message("@ann look")).to_have_class(re.compile("mention"))


def test_the_people_and_who_types_are_shown(meet: Meet, room: str) -> None:
    ann, bo = meet("ann").enter(room).wait_live(), meet("bo").enter(room).wait_live()
    expect(ann.page.locator("[data-people-list]")).to_contain_text("bo")
    bo.field.press_sequentially("I think")
    expect(ann.page.locator("[data-typing]")).to_have_text("bo is typing…")
    expect(bo.page.locator("[data-typing]")).to_be_empty()
    bo.field.press("Enter")
    expect(ann.page.locator("[data-typing]")).to_be_empty()


def test_the_topic_is_set_by_a_command_and_shown_in_the_header(meet: Meet, room: str) -> None:
    ann, bo = meet("ann").enter(room).wait_ready(), meet("bo").enter(room).wait_ready()
    ann.say("/topic Release on Friday")
    for person in (ann, bo):
        expect(person.page.locator("[data-topic]")).to_have_text("Release on Friday")
    bo.page.reload()
    expect(bo.page.locator("[data-topic]")).to_have_text("Release on Friday")


def test_two_tabs_agree_on_what_is_unread(meet: Meet, room: str) -> None:
    other = f"{room}-other"
    curl("-u", "bo:", "-d", "old", other)
    ann = meet("ann")
    with ann.page.expect_response(re.compile("/read$")):
        ann.enter(other)
    ann.enter(room).wait_ready()
    curl("-u", "bo:", "-d", "news", other)
    badge = ann.page.locator(f'[data-room="{other.rsplit("/", 1)[1]}"] [data-badge]')
    ann.page.reload()
    ann.wait_ready()
    expect(badge).to_have_text("1")
    second = ann.open_tab(other)
    second.sees("news")
    expect(badge).to_be_hidden()


def test_two_devices_agree_on_what_is_unread(meet: Meet, room: str) -> None:
    url, other, name = room.split("/chat/")[0], f"{room}-other", f"u{secrets.token_hex(4)}"
    desk, phone = meet(), meet(viewport={"width": 360, "height": 740})
    known = {"name": name, "password": secrets.token_hex(8)}
    for device, path in ((desk, "/account"), (phone, "/session")):
        assert device.context.request.post(url + path, form=known).ok
    curl("-u", "bo:", "-d", "old", other)
    with desk.page.expect_response(re.compile("/read$")):
        desk.enter(other)
    for device in (desk, phone):
        device.enter(room).wait_live()
    badge = f'[data-room="{other.rsplit("/", 1)[1]}"] [data-badge]'
    badges = [each.page.locator(badge) for each in (desk, phone)]
    curl("-u", "bo:", "--data-raw", f"@{name}, news", other)
    for badge in badges:
        expect(badge).to_have_text("1")
        expect(badge).to_have_attribute("data-mentions", "")
    desk.enter(other).sees("news")
    # Nobody touches the other device.
    expect(badges[1]).to_have_attribute("hidden", "")
    expect(badges[1]).not_to_have_attribute("data-mentions", "")


def test_a_search_finds_and_leads_to_a_message(meet: Meet, room: str) -> None:
    lines = "".join(f"number {each};\n" for each in range(120))
    curl("-u", "bo:", "-T", "-", room, data=lines.encode())
    curl("-u", "bo:", "--data-raw", "a **bold** <plan>", room)
    ann = meet("ann").enter(room).wait_ready()
    ann.page.keyboard.press("Control+Shift+f")
    ann.page.get_by_role("searchbox").fill("bold")
    ann.page.keyboard.press("Enter")
    expect(ann.page.locator("[data-results] a")).to_contain_text("a bold <plan>")
    ann.page.get_by_role("searchbox").fill("number 7;")
    ann.page.keyboard.press("Enter")
    expect(ann.page.locator("[data-search-state]")).to_contain_text("1 result")
    ann.page.keyboard.press("Escape")
    expect(ann.page.get_by_role("dialog")).to_be_hidden()
    ann.page.keyboard.press("Control+Shift+f")
    ann.page.locator("[data-results] a").click()
    expect(ann.message("number 7;").first).to_be_in_viewport()
