"""Accounts and moderation on the page, without a line typed into a terminal."""

import re
import secrets

from playwright.sync_api import expect

from tests.browser.person import Meet, Person
from tests.support.servers import ServerProcess

PASSWORD = "correct horse battery"


def make_account(person: Person, server: ServerProcess) -> str:
    name = f"{person.name} {secrets.token_hex(3)}"
    page = person.page
    page.goto(f"{server.url}/account")
    form = page.locator("form[action$='/account']")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_role("button").click()
    page.wait_for_url("**/chat")
    return name


def test_an_account_is_made_and_signed_in_to_again(
    meet: Meet, room: str, server: ServerProcess
) -> None:
    ann, same = meet("ann"), meet()
    name = make_account(ann, server)
    ann.enter(room).wait_live().say("hello")
    ann.sees("hello")
    expect(ann.message("hello").locator("[data-part=guest]")).to_be_hidden()
    same.enter(room).wait_ready()
    same.page.get_by_role("button", name="Choose a name").click()
    same.page.get_by_label("Name", exact=True).fill(name)
    same.page.get_by_role("button", name="Continue").click()
    expect(same.page.locator("[data-sign-in] [data-problem]")).to_contain_text("password")
    same.page.get_by_label("Password").fill(PASSWORD)
    same.page.get_by_role("button", name="Continue").click()
    expect(same.page.locator("[data-my-name]")).to_have_text(name)


def test_a_token_is_made_shown_once_and_revoked(meet: Meet, server: ServerProcess) -> None:
    ann = meet("ann", permissions=["clipboard-read", "clipboard-write"])
    make_account(ann, server)
    page = ann.page
    page.goto(f"{server.url}/account")
    page.get_by_label("Label").fill("nightly build")
    page.get_by_role("button", name="Create token").click()
    expect(page.locator("pre").first).to_contain_text("sct_")
    page.get_by_role("button", name="Copy").first.click()
    assert page.evaluate("navigator.clipboard.readText()").startswith("sct_")
    page.goto(f"{server.url}/account")
    expect(page.locator("body")).not_to_contain_text("sct_")
    expect(page.locator(".kept")).to_contain_text("nightly build")
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator("body")).not_to_contain_text("nightly build")


def test_an_owner_closes_a_room_and_lets_a_guest_in_by_link(
    meet: Meet, server: ServerProcess
) -> None:
    ann, bo = meet("ann"), meet()
    make_account(ann, server)
    room = f"{server.url}/chat/r{secrets.token_hex(6)}"
    ann.enter(room).wait_live().say("ours")
    ann.sees("ours")
    ann.page.goto(f"{room}/rules")
    ann.page.locator("[name=visibility]").select_option("invited")
    ann.page.get_by_role("button", name="Save").click()
    expect(ann.page.get_by_role("status")).to_have_text("Saved.")
    expect(ann.page.locator("main")).to_contain_text("Only invited people")
    bo.page.goto(room)
    expect(bo.page.locator("body")).not_to_contain_text("ours")
    ann.page.get_by_role("button", name="Create a new link").click()
    link = ann.page.locator("pre").inner_text().strip()
    expect(ann.page).to_have_url(f"{room}/rules")
    ann.page.reload()
    expect(ann.page.locator("main")).to_contain_text("Only invited people")
    bo.page.goto(link)
    bo.page.get_by_label("Name", exact=True).fill("bo")
    bo.page.get_by_role("button", name="Join").click()
    bo.wait_live()
    bo.sees("ours")
    bo.say("thank you")
    bo.sees("thank you")


def test_on_a_phone_an_invitation_is_one_column(meet: Meet, server: ServerProcess) -> None:
    ann, bo = meet("ann"), meet(viewport={"width": 360, "height": 720})
    make_account(ann, server)
    room = f"{server.url}/chat/r{secrets.token_hex(6)}"
    ann.enter(room).wait_live().say("ours")
    ann.sees("ours")
    ann.page.reload()
    ann.page.get_by_role("link", name="Invite people").click()
    ann.page.get_by_role("button", name="Create a new link").click()
    bo.page.goto(ann.page.locator("pre").inner_text().strip())
    name = bo.page.get_by_label("Name", exact=True).bounding_box()
    password = bo.page.get_by_label("Password").bounding_box()
    assert name
    assert password
    assert name["x"] == password["x"]
    assert name["width"] == password["width"] > 250


def test_who_may_not_write_is_told_before_writing(meet: Meet, server: ServerProcess) -> None:
    ann, bo = meet("ann"), meet("bo")
    make_account(ann, server)
    room = f"{server.url}/chat/r{secrets.token_hex(6)}"
    ann.enter(room).wait_live().say("news of today")
    ann.sees("news of today")
    rules = ann.context.request.post(f"{room}/rules", form={"read_only": "1"})
    assert rules.ok
    bo.enter(room).wait_live()
    block = bo.page.locator("[data-block]")
    expect(block).to_contain_text("only its moderators can post")
    bo.say("/topic mine")
    expect(bo.field).to_have_value("/topic mine")
    assert ann.context.request.post(f"{room}/rules", form={"read_only": "0"}).ok
    bo.say("and now?")
    bo.sees("and now?")
    expect(block).to_be_hidden()


def test_who_is_banned_is_told_on_the_open_page(meet: Meet, server: ServerProcess) -> None:
    ann, bo = meet("ann"), meet("bo")
    make_account(ann, server)
    room = f"{server.url}/chat/r{secrets.token_hex(6)}"
    ann.enter(room).wait_live().say("mine")
    ann.sees("mine")
    name = make_account(bo, server)
    bo.enter(room).wait_live().say("spam")
    ann.sees("spam")
    ann.page.goto(f"{room}/rules")
    form = ann.page.locator("form[action$='/moderation']")
    form.get_by_label("Name", exact=True).fill(name)
    form.get_by_label("Action").select_option("ban")
    form.get_by_label("Delete their messages").select_option("1")
    form.get_by_role("button", name="Apply").click()
    expect(ann.page.locator("main")).to_contain_text("banned")
    expect(bo.page.locator("body")).to_have_attribute("data-state", "offline")
    ann.enter(room)
    expect(ann.message("spam")).to_have_count(0)


def test_a_moderator_mutes_and_bans_from_a_message(
    meet: Meet, room: str, server: ServerProcess
) -> None:
    owner, bo = meet("ann"), meet("bo")
    make_account(owner, server)
    owner.enter(room).wait_live().say("welcome")
    owner.sees("welcome")
    owner.page.reload()
    bo.enter(room).wait_live().say("buy my boats")
    owner.wait_live().sees("buy my boats")
    more = owner.message("buy my boats").get_by_role("button", name="Actions")
    dialog = owner.page.get_by_role("dialog")
    more.focus()
    more.press("Enter")
    owner.page.keyboard.press("ArrowLeft")
    owner.page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Moderate bo")
    dialog.get_by_label("Duration").select_option("For an hour")
    dialog.get_by_role("button", name="Mute").click()
    expect(owner.page.locator("[data-block]")).to_contain_text("bo was muted for an hour.")
    # Before he writes. Until when by the reader's own clock, not by that of the terminal.
    muted = re.compile(r"[yY]ou are muted in \w+ by .+ until (?!.*UTC)")
    expect(bo.page.locator("[data-block]")).to_contain_text(muted)
    bo.say("and my oars")
    expect(bo.page.locator(".failed")).to_contain_text(muted)
    more.click()
    owner.page.get_by_role("button", name="Moderate the author").click()
    purge = dialog.get_by_label("Also delete their messages here")
    purge.check()
    purge.press("Enter")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Reason").fill("no boats here")
    dialog.get_by_role("button", name="Ban").click()
    expect(owner.message("buy my boats")).to_have_count(0)
    told = re.compile(r"banned from #\w+ by .+ until .+: no boats here")
    expect(bo.page.locator("[data-strip]")).to_contain_text(told)
    owner.message("welcome").hover()
    owner.message("welcome").get_by_role("button", name="Actions").click()
    expect(owner.page.get_by_role("button", name="Moderate the author")).to_be_hidden()
    owner.page.goto(f"{room}/rules")
    expect(owner.page.locator(".kept", has_text="banned until")).to_be_visible()
    for act in ("Unban", "Unmute"):
        owner.page.get_by_role("button", name=act).click()
        expect(owner.page.get_by_role("button", name=act)).to_have_count(0)
    bo.enter(room).wait_live().say("sorry")
    bo.sees("sorry")


def test_who_was_signed_out_elsewhere_is_told_at_once(
    meet: Meet, room: str, server: ServerProcess
) -> None:
    ann, phone = meet("ann"), meet()
    name = make_account(ann, server)
    credentials = {"name": name, "password": PASSWORD}
    assert phone.context.request.post(f"{server.url}/session", form=credentials).ok
    phone.enter(room).wait_live()
    assert ann.context.request.post(f"{server.url}/session/end", form={"everywhere": "1"}).ok
    expect(phone.page.locator("[data-strip]")).to_contain_text("You were signed out")
    # What is written stays, and goes out once they have signed in again.
    phone.say("not lost")
    dialog = phone.page.get_by_role("dialog")
    expect(dialog).to_contain_text("You were signed out")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Continue").click()
    phone.sees("not lost")
    expect(phone.page.locator("[data-strip]")).to_be_hidden()


def test_who_is_kicked_is_told_and_gone_while_their_words_stay(
    meet: Meet, room: str, server: ServerProcess
) -> None:
    owner, bo = meet("ann"), meet("bo")
    make_account(owner, server)
    owner.enter(room).wait_live().say("welcome")
    owner.sees("welcome")
    owner.page.reload()
    bo.enter(room).wait_live().say("lalala")
    owner.wait_live().sees("lalala")
    here = owner.page.locator("[data-people-list]")
    expect(here).to_contain_text("bo")
    owner.message("lalala").hover()
    owner.message("lalala").get_by_role("button", name="Actions").click()
    owner.page.get_by_role("button", name="Moderate the author").click()
    owner.page.get_by_role("dialog").get_by_role("button", name="Kick").click()
    expect(owner.page.locator("[data-block]")).to_contain_text("bo was kicked.")
    expect(bo.page.locator("[data-strip]")).to_contain_text(
        re.compile("removed from .+ by .+ until")
    )
    expect(here).not_to_contain_text("bo")
    owner.say("now quietly")
    owner.sees("now quietly")
    bo.say("why?")
    expect(bo.page.locator(".failed")).to_contain_text("Not sent")
    owner.sees("lalala")
    expect(owner.message("why?")).to_have_count(0)
    expect(bo.message("now quietly")).to_have_count(0)
    expect(bo.message("why?").get_by_role("button", name="Retry")).to_be_visible()


def test_who_is_in_a_room_that_is_deleted_is_told_by_whom_and_why(
    meet: Meet, room: str, server: ServerProcess
) -> None:
    owner, bo = meet("ann"), meet("bo")
    by = make_account(owner, server)
    make_account(bo, server)
    name = room.rpartition("/")[2]
    owner.enter(room).wait_live().say("welcome")
    owner.sees("welcome")
    # Afterwards, nobody is to learn that there was such a room.
    rules = {"visibility": "members"}
    assert owner.context.request.post(f"{room}/rules", data=rules).ok
    bo.enter(room).wait_live()
    fields = {"confirm": name, "reason": "we moved", "password": PASSWORD}
    assert owner.context.request.post(f"{room}/delete", data=fields).ok
    told = f"{name} was deleted by {by}: we moved"
    expect(bo.page.locator("[data-strip]")).to_contain_text(told)
