"""Two people who write to each other alone, and a person's card."""

import re
import secrets

from playwright.sync_api import expect

from tests.browser.person import Meet, Person
from tests.support.servers import ServerProcess

PASSWORD = "correct horse battery"


def sign_up(meet: Meet, server: ServerProcess, name: str) -> Person:
    """Someone with an account, whose name has letters that an address cannot have as they are."""
    person = meet()
    person.name = f"{name} & {secrets.token_hex(4)}"
    payload = {"name": person.name, "password": PASSWORD}
    answer = person.context.request.post(f"{server.url}/account", data=payload)
    assert answer.ok, answer.text()
    return person


def test_a_name_leads_to_a_card_and_from_there_to_a_conversation(
    meet: Meet, server: ServerProcess, room: str
) -> None:
    ann, bob = sign_up(meet, server, "Ann"), sign_up(meet, server, "Bob?")
    bob.enter(room).wait_live().say("hello all")
    ann.enter(room).wait_live().sees("hello all")
    ann.message("hello all").locator("[data-part=name]").click()
    card = ann.page.get_by_role("dialog", name=bob.name)
    expect(card).to_contain_text("Account since")
    card.get_by_role("button", name="What they wrote here").click()
    expect(ann.page.locator("[data-results] li")).to_contain_text("hello all")
    ann.page.keyboard.press("Escape")

    # By keyboard: the actions of a message have the same card.
    ann.page.keyboard.press("Alt+Shift+ArrowUp")
    ann.page.keyboard.press("Enter")
    ann.page.get_by_role("button", name="About the author").press("Enter")
    expect(card).to_be_visible()
    ann.page.keyboard.press("Escape")
    expect(card).to_be_hidden()

    ann.page.locator("[data-people-list]").get_by_role("button", name=bob.name).press("Enter")
    card.get_by_role("link", name="Message").click()
    expect(ann.page).to_have_title(re.compile(re.escape(bob.name)))
    expect(ann.page.get_by_role("heading", level=1)).to_have_text(bob.name)
    ann.wait_live().say("just for you")
    ann.sees("just for you")

    line = bob.page.locator("[data-conversations] a", has_text=ann.name)
    expect(line.locator("[data-badge]")).to_have_text("1")
    # However many rooms there are, it is in view.
    side = bob.page.locator(".side")
    side.evaluate("""side => {
        side.querySelector("[data-rooms]").style.paddingBottom = "4000px";
        side.scrollTop = 2000;
    }""")
    assert side.evaluate("side => side.scrollTop") > 1000
    expect(line).to_be_in_viewport()
    expect(bob.page.locator("[data-rooms]")).not_to_contain_text(ann.name)
    line.click()
    bob.wait_live().sees("just for you")
    bob.say("thank you")
    ann.sees("thank you")
    expect(bob.page.locator("[data-conversations] a[aria-current]")).to_contain_text(ann.name)


def test_a_block_is_made_and_taken_back_on_the_card(meet: Meet, server: ServerProcess) -> None:
    ann, bob = sign_up(meet, server, "Ann"), sign_up(meet, server, "Bob")
    quoted = bob.name.replace(" ", "%20").replace("&", "%26")
    ann.enter(f"{server.url}/dm/{quoted}").wait_live().say("hello?")
    ann.sees("hello?")
    bob.enter(f"{server.url}/chat/lobby").wait_live()
    bob.page.locator("[data-conversations] a", has_text=ann.name).click()
    bob.wait_live()
    bob.page.get_by_role("button", name=f"About {ann.name}").click()
    bob.page.get_by_role("button", name="Block").click()
    expect(bob.page.locator("[data-block]")).to_contain_text("You have blocked this person")
    ann.say("why?")
    expect(ann.page.locator("footer, [data-log]").get_by_text("You cannot write")).to_be_visible()

    bob.page.goto(f"{server.url}/account")
    bob.page.get_by_role("button", name="Unblock").click()
    expect(bob.page.get_by_text("People you have blocked")).to_have_count(0)
    ann.page.reload()
    ann.wait_live().say("still there?")
    ann.sees("still there?")


def test_a_guest_has_a_card_without_a_conversation(meet: Meet, room: str) -> None:
    meet("gus").enter(room).wait_live().say("hi")
    ann = meet("ann").enter(room).wait_live()
    ann.message("hi").locator("[data-part=name]").click()
    card = ann.page.get_by_role("dialog", name="gus")
    expect(card).to_contain_text("Guest")
    fact = card.get_by_text("here now")
    # On one line: the list of facts has the width of the card.
    assert fact.evaluate("element => element.clientHeight < 40")
    expect(card.get_by_role("link", name="Message")).to_be_hidden()
    card.get_by_role("button", name="Ignore").click()
    expect(ann.message("hi")).to_be_hidden()
