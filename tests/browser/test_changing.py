"""What can be done with a message once it is there."""

import re
import secrets

import httpx
from playwright.sync_api import Locator, expect

from tests.browser.person import Meet, Person
from tests.support.servers import ServerProcess, curl


def _open_actions(person: Person, text: str) -> None:
    row = person.message(text)
    row.hover()
    row.get_by_role("button", name="Actions").click()


def test_a_moderator_reads_what_a_message_said_before_its_edits(
    meet: Meet, server: ServerProcess
) -> None:
    tag = secrets.token_hex(4)
    boss, room = meet(), f"{server.url}/chat/v{tag}"
    payload = {"name": f"boss {tag}", "password": "correct horse battery"}
    assert boss.context.request.post(f"{server.url}/account", form=payload).ok
    rules = {"room": f"v{tag}", "visibility": "public"}
    assert boss.context.request.post(f"{server.url}/rooms", form=rules).ok
    sent = httpx.post(room, json={"text": "at eight"}, auth=("bo", "")).json()
    url = f"{room}/messages/{sent['id']}"
    proof = {"Edit-Key": sent["edit_key"]}
    assert httpx.post(f"{url}/edit", json={"text": "at nine"}, headers=proof).status_code == 201
    assert httpx.get(f"{url}/versions", auth=("bo", "")).status_code in (401, 403)
    boss.enter(room).wait_ready().message("at nine").hover()
    boss.message("at nine").get_by_role("button", name="Actions").click()
    boss.page.get_by_role("button", name="Earlier versions").click()
    dialog = boss.page.get_by_role("dialog", name="Versions of what bo wrote")
    expect(dialog.get_by_role("listitem")).to_have_text(
        [re.compile("at eight.*Written by bo"), re.compile("at nine.*Edited by bo")]
    )
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)


def test_an_edit_by_the_arrow_key_shows_everywhere_and_after_a_reload(
    meet: Meet, room: str
) -> None:
    ann, bo = meet("ann").enter(room).wait_ready(), meet("bo").enter(room).wait_ready()
    ann.say("helo")
    bo.sees("helo")
    ann.sees("helo")
    ann.field.press("ArrowUp")
    expect(ann.field).to_have_value("helo")
    ann.field.fill("hello")
    ann.field.press("Enter")
    for person in (ann, bo):
        expect(person.message("hello").locator("[data-part=edited]")).to_be_visible()
        expect(person.messages).to_have_count(1)
    bo.page.reload()
    expect(bo.message("hello").locator("[data-part=edited]")).to_be_visible()
    expect(ann.field).to_have_value("")


def test_escape_leaves_an_edit_and_gives_the_draft_back(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    ann.say("as it was")
    ann.sees("as it was")
    _open_actions(ann, "as it was")
    ann.page.get_by_role("button", name="Edit").click()
    ann.field.fill("something else")
    ann.field.press("Escape")
    expect(ann.field).to_have_value("")
    expect(ann.messages.locator(".body")).to_have_text("as it was")


def test_what_was_begun_before_an_edit_is_still_there_after_it(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    ann.say("as it was")
    ann.sees("as it was")
    ann.field.fill("only begun")
    for text in ("as it is", "as it will be"):
        _open_actions(ann, "as it")
        ann.page.get_by_role("button", name="Edit").click()
        ann.field.fill(text)
        if text == "as it is":
            ann.field.press("Enter")
            expect(ann.messages.locator(".body")).to_have_text("as it is")
            expect(ann.field).to_have_value("only begun")
    # By then what keeps it is loaded: later than this was begun, where the machine is quick.
    expect(ann.page.locator("body")).to_have_attribute("data-offline", "ready")
    ann.page.reload()
    expect(ann.field).to_have_value("as it will be")
    expect(ann.page.get_by_text("Edit your message")).to_be_visible()
    ann.field.press("Escape")
    expect(ann.field).to_have_value("only begun")


def test_an_edit_of_what_was_deleted_meanwhile_may_go_out_anew(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_live()
    ann.say("first")
    ann.sees("first")
    ann.field.press("ArrowUp")
    ann.field.fill("better")
    where = f"{room}/messages/{ann.messages.get_attribute('data-id')}/delete"
    assert ann.context.request.post(where).ok
    expect(ann.messages).to_have_count(0)
    ann.field.press("Enter")
    expect(ann.page.locator("[data-block]")).to_contain_text("was deleted or is no longer kept")
    expect(ann.field).to_have_value("better")
    expect(ann.page.locator("[data-context]")).to_be_hidden()
    ann.field.press("Enter")
    ann.sees("better")


def test_a_deleted_message_goes_for_everyone(meet: Meet, room: str) -> None:
    ann, bo = meet("ann").enter(room).wait_ready(), meet("bo").enter(room).wait_ready()
    for text in ("stays", "goes"):
        ann.say(text)
        bo.sees(text)
    _open_actions(ann, "goes")
    ann.page.get_by_role("button", name="Delete").click()
    expect(bo.messages).to_have_count(2)
    ann.page.get_by_role("button", name="Delete for everyone?").click()
    for person in (ann, bo):
        expect(person.messages).to_have_count(1)
        expect(_deleted(person)).to_have_text(["Message deleted by ann"])
    # Where the message was, the keyboard goes on.
    expect(_deleted(ann)).to_be_focused()
    _open_actions(bo, "stays")
    expect(bo.page.get_by_role("button", name="Delete")).to_be_hidden()


def _deleted(person: Person) -> Locator:
    return person.page.locator("[data-log] > .deleted:visible")


def test_what_was_deleted_is_told_where_it_was_in_all_of_history(meet: Meet, room: str) -> None:
    bo = meet("bo").context.request
    lines = "".join(f"number {each};\n" for each in range(120))
    assert bo.put(room, data=lines).ok
    events = httpx.get(f"{room}/messages?limit=120").json()["events"]

    def delete(number: int) -> None:
        assert bo.post(f"{room}/messages/{events[number]['id']}/delete").ok

    for number in (20, 100, 101, 103):
        delete(number)
    ann = meet("ann").enter(room).wait_live()
    expect(_deleted(ann)).to_have_text(["2 messages deleted by bo", "Message deleted by bo"])
    between = ann.page.locator(".message:has(+ .deleted) .body, .deleted + .message .body")
    expect(between).to_have_text(["number 99;", "number 102;", "number 104;"])
    up = "document.querySelector('[data-scroll]').scrollTop = 0"
    earlier = ann.page.locator("[data-earlier]")
    ann.page_until(lambda: ann.page.evaluate(up) or earlier.is_hidden())
    expect(_deleted(ann)).to_have_count(3)
    expect(_deleted(ann).first).to_have_text("Message deleted by bo")
    expect(between.first).to_have_text("number 19;")
    delete(102)
    expect(_deleted(ann).nth(1)).to_have_text("4 messages deleted by bo")
    expect(_deleted(ann)).to_have_count(2)


def test_deletions_during_a_sleep_are_caught_up_with(meet: Meet, room: str) -> None:
    ann, bo = meet("ann").enter(room).wait_live(), meet("bo").enter(room).wait_live()
    ann.say("regretted")
    bo.sees("regretted")
    ann.sees("regretted")
    bo.go_offline()
    bo.page.wait_for_function("() => document.body.dataset.state === 'offline'")
    _open_actions(ann, "regretted")
    ann.page.get_by_role("button", name="Delete").click()
    ann.page.get_by_role("button", name="Delete for everyone?").click()
    expect(ann.messages).to_have_count(0)
    curl("-u", "cy:", "-d", "meanwhile", room)
    bo.go_offline(is_offline=False)
    bo.sees("meanwhile")
    expect(bo.message("regretted")).to_have_count(0)


def test_an_answer_to_what_is_gone_is_sent_without_its_quote(meet: Meet, room: str) -> None:
    ann, bob = (meet(name).enter(room).wait_live() for name in ("ann", "bob"))
    ann.say("soon gone")
    ann.sees("soon gone")
    _open_actions(bob, "soon gone")
    bob.page.get_by_role("button", name="Reply").click()
    entry_id = ann.message("soon gone").get_attribute("data-id")
    assert ann.context.request.post(f"{room}/messages/{entry_id}/delete").ok
    expect(bob.message("soon gone")).to_have_count(0)
    bob.say("my answer")
    expect(bob.message("my answer")).to_contain_text("the message you answered was deleted")
    # What was not sent is reached by the keyboard too.
    bob.page.keyboard.press("Alt+Shift+ArrowUp")
    expect(bob.page.get_by_role("button", name="Retry", exact=True)).to_be_focused()
    bob.page.keyboard.press("Enter")
    bob.sees("my answer")
    ann.sees("my answer")
