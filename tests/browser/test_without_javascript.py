"""The page without JavaScript: read, write, sign in, look back, change rooms."""

import re

from playwright.sync_api import expect

from tests.browser.person import Meet
from tests.support.servers import ServerProcess, curl


def test_sign_in_write_and_refresh_by_forms_alone(meet: Meet, room: str) -> None:
    room += "-with-dashes"
    eve = meet(java_script_enabled=False).enter(room)
    eve.page.get_by_role("textbox", name="Name").fill("eve")
    eve.page.get_by_role("button", name="Continue").click()
    expect(eve.page.locator("[data-my-name]")).to_have_text("eve")
    expect(eve.page).to_have_url(room)
    eve.field.fill("no scripts here")
    eve.page.get_by_role("button", name="Send").click()
    eve.sees("no scripts here")
    curl("-u", "bo:", "-d", "none needed", room)
    eve.page.get_by_role("link", name="Refresh").click()
    eve.sees("none needed")
    expect(eve.message("none needed")).to_be_in_viewport()
    for hidden in ("[data-open-search]", "[data-connection]", ".more", "[data-drawer-close]"):
        expect(eve.page.locator(f"{hidden}:visible")).to_have_count(0)


def test_a_question_is_answered_by_its_buttons(meet: Meet, room: str) -> None:
    curl("-u", "ci:", "-d", "text=Deploy?", "-d", "choices=yes,no way", f"{room}/ask")
    eve = meet("eve", java_script_enabled=False).enter(room)
    eve.page.get_by_role("button", name="no way").click()
    expect(eve.page).to_have_url(room)
    expect(eve.message("Deploy?").get_by_text("eve chose: no way")).to_be_visible()
    expect(eve.page.get_by_role("button", name="yes")).to_have_count(0)


def test_earlier_pages_and_other_rooms_are_links(
    meet: Meet, server: ServerProcess, room: str
) -> None:
    lines = "".join(f"number {each};\n" for each in range(70))
    curl("-u", "bo:", "-T", "-", room, data=lines.encode())
    eve = meet("eve", java_script_enabled=False).enter(room)
    expect(eve.messages).to_have_count(50)
    eve.page.get_by_role("link", name="Earlier messages").click()
    expect(eve.messages).to_have_count(20)
    expect(eve.messages.first.locator(".body")).to_have_text("number 0;")
    eve.page.get_by_role("link", name="Newest messages").click()
    expect(eve.message("number 69;")).to_be_in_viewport()
    eve.page.goto(server.url)
    eve.page.get_by_label("Open or create a room").fill("Team Ärger")
    eve.page.get_by_role("button", name="Open").click()
    expect(eve.page).to_have_url(re.compile("/chat/team-arger$"))


def test_a_wrong_address_gets_a_page_with_ways_on(meet: Meet, server: ServerProcess) -> None:
    eve = meet("eve", java_script_enabled=False).enter(f"{server.url}/chat/Not%20A%20Room")
    expect(eve.page.get_by_role("heading", name="Not found")).to_be_visible()
    eve.page.get_by_role("link", name="Go to #lobby").click()
    expect(eve.page.get_by_role("heading", name="lobby").first).to_be_visible()
