"""Pinned messages on the page: a moderator pins, everyone sees it at once."""

import secrets

from playwright.sync_api import expect

from tests.browser.person import Meet, Person
from tests.support.servers import ServerProcess


def _owner(meet: Meet, server: ServerProcess) -> tuple[Person, str]:
    """Someone with an account, and a room of theirs."""
    tag = secrets.token_hex(4)
    owner = meet("")
    payload = {"name": f"boss {tag}", "password": "correct horse battery"}
    assert owner.context.request.post(f"{server.url}/account", form=payload).ok
    rules = {"room": f"pins{tag}", "visibility": "public"}
    assert owner.context.request.post(f"{server.url}/rooms", form=rules).ok
    return owner, f"{server.url}/chat/pins{tag}"


def test_a_pinned_message_is_found_behind_the_pin(meet: Meet, server: ServerProcess) -> None:
    boss, room = _owner(meet, server)
    ann = meet("ann").enter(room).wait_live()
    ann.say("dinner is at eight :tada:")
    boss.enter(room).wait_live().sees("dinner is at eight")
    message = boss.message("dinner is at eight")
    message.hover()
    message.get_by_role("button", name="Actions").click()
    boss.page.get_by_role("button", name="Pin", exact=True).click()
    for person in (boss, ann):
        expect(person.page.get_by_role("button", name="Pinned messages: 1")).to_be_visible()
    ann.page.get_by_role("button", name="Pinned messages: 1").click()
    dialog = ann.page.get_by_role("dialog", name="Pinned messages")
    expect(dialog.get_by_role("link", name="dinner is at eight 🎉")).to_be_visible()
    expect(dialog.get_by_text("Pinned by boss")).to_be_visible()
    expect(dialog.get_by_role("button", name="Unpin")).to_have_count(0)
    boss.page.get_by_role("button", name="Pinned messages: 1").click()
    boss.page.get_by_role("dialog").get_by_role("button", name="Unpin").click()
    for person in (boss, ann):
        expect(person.page.get_by_role("dialog").get_by_text("No pinned messages.")).to_be_visible()
        expect(person.page.locator("[data-open-pins]")).to_be_hidden()
