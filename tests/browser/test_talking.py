"""Two people talk."""

import re
import secrets

import httpx
import pytest
from playwright.sync_api import Route, expect

from tests.browser.person import Meet
from tests.browser.test_accounts import PASSWORD
from tests.support.servers import Launch, ServerProcess, curl


def test_what_one_says_the_other_sees(meet: Meet, room: str) -> None:
    ann, bo = meet("ann").enter(room).wait_ready(), meet("bo").enter(room).wait_ready()
    ann.say("hello bo")
    ann.sees("hello bo")
    bo.sees("hello bo")
    bo.say("hello ann")
    ann.sees("hello ann")
    expect(ann.field).to_be_focused()


def test_a_message_from_a_terminal_appears(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    curl("-u", "cy:", "-d", "from a terminal", room)
    ann.sees("from a terminal")
    expect(ann.message("from a terminal").locator(".name")).to_have_text("cy")


def test_what_was_said_just_before_the_first_message_of_ones_own_stands_above_it(
    meet: Meet, room: str
) -> None:
    ann = meet("ann")
    ann.page.route(re.compile("/feed|/messages"), lambda route: route.abort())
    ann.enter(room).wait_ready()
    curl("-u", "bo:", "-d", "first", room)
    ann.say("second")
    ann.sees("second")
    ann.page.unroute_all()
    ann.sees("first")
    expect(ann.messages.locator(".body")).to_have_text(["first", "second"])
    expect(ann.page.locator(".day")).to_have_count(1)


def test_shift_enter_breaks_the_line_and_a_composition_is_not_sent(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    ann.field.press_sequentially("one")
    ann.field.press("Shift+Enter")
    ann.field.press_sequentially("two")
    ann.field.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    expect(ann.field).to_have_value("one\ntwo")
    ann.field.press("Enter")
    expect(ann.messages.locator(".body")).to_have_text("one\ntwo")


def test_two_messages_stay_two_while_the_page_still_loads(meet: Meet, room: str) -> None:
    ann = meet("ann")
    held: list[Route] = []
    ann.page.route("**/bundles/rest.js", lambda route: held.append(route))
    ann.enter(room)
    ann.page_until(lambda: held)
    for text in ("first", "second", "/me waves"):
        ann.say(text)
    expect(ann.messages).to_contain_text(["first", "second"])
    expect(ann.field).to_have_value("/me waves")
    held[0].continue_()
    ann.sees("ann waves")
    events = httpx.get(f"{room}/messages").json()["events"]
    assert [each["text"] for each in events] == ["first", "second", "/me waves"]


def test_an_echo_is_shown_at_once_and_replaced_in_place(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    held: list[Route] = []
    ann.page.route(re.compile("/chat/[^/]+$"), lambda route: held.append(route))
    ann.say("on its way")
    echo = ann.message("on its way")
    expect(echo).to_have_attribute("data-pending", re.compile(".+"))
    ann.page.evaluate("document.querySelector('[data-pending]').marked = true")
    expect(ann.field).to_have_value("")
    ann.page_until(lambda: held)
    held[0].continue_()
    ann.sees("on its way")
    assert echo.evaluate("row => row.marked && !('pending' in row.dataset)")


def test_groups_and_day_lines_are_the_same_from_server_and_feed(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    for text in ("first", "second"):
        ann.say(text)
        ann.sees(text)
    rows = "list => [...list.children].map(row => [row.className, row.innerText])"
    by_feed = ann.page.locator("[data-log]").evaluate(rows)
    assert [each[0] for each in by_feed] == ["day", "message", "message continued"]
    ann.page.reload()
    ann.wait_ready()
    assert ann.page.locator("[data-log]").evaluate(rows) == by_feed


def test_a_name_has_one_colour_from_server_and_feed(meet: Meet, room: str) -> None:
    someone = meet().enter(room).wait_ready()
    curl("-u", "cy:", "-d", "hi", room)
    someone.sees("hi")
    # Of the first message the page shows an echo before it knows who will have written it.
    someone.say("hello")
    someone.sees("hello")
    names = someone.messages.locator(".name")
    hues = "names => names.map(name => name.dataset.hue)"
    shown = names.evaluate_all(hues)
    someone.page.reload()
    someone.wait_ready()
    assert len(shown) == 2
    assert names.evaluate_all(hues) == shown


def test_where_a_name_is_needed_one_is_asked_for_and_then_it_sends(
    meet: Meet, launch: Launch
) -> None:
    server = launch("--anonymous", "off")
    someone = meet(url=server.url).enter(server.room).wait_ready()
    someone.say("may I come in?")
    someone.page.get_by_role("textbox", name="Name").fill("dee")
    someone.page.get_by_role("button", name="Continue").click()
    someone.sees("may I come in?")
    expect(someone.message("may I come in?").locator(".name")).to_have_text("dee")


def test_signing_in_leaves_what_was_begun_in_the_field(meet: Meet, room: str) -> None:
    in_dialog, above = meet().enter(room).wait_ready(), meet().enter(room).wait_ready()
    for someone in (in_dialog, above):
        someone.field.fill("half a thought")
    in_dialog.page.get_by_role("button", name="Choose a name").click()
    in_dialog.page.get_by_role("dialog").get_by_label("Name").fill("dee")
    in_dialog.page.keyboard.press("Enter")
    above.page.get_by_label("Post as").fill("fay")
    above.page.get_by_label("Post as").press("Enter")
    for someone, name in ((in_dialog, "dee"), (above, "fay")):
        expect(someone.page.locator("[data-my-name]")).to_have_text(name)
        expect(someone.field).to_be_focused()
        expect(someone.field).to_have_value("half a thought")
        expect(someone.messages).to_have_count(0)


def test_who_just_writes_is_a_guest_with_a_name_of_chance(meet: Meet, room: str) -> None:
    nobody, other = meet("").enter(room), meet("").enter(room)
    nobody.wait_ready().say("no name needed")
    nobody.sees("no name needed")
    other.wait_ready().say("nor here")
    nobody.sees("nor here")
    names = {
        nobody.page.locator("[data-my-name]").inner_text(),
        other.page.locator("[data-my-name]").inner_text(),
    }
    assert len(names) == 2
    assert all(re.fullmatch("guest-[a-z]{4}", name) for name in names)


def test_what_was_written_under_a_name_that_is_refused_waits_for_a_better_one(
    meet: Meet, room: str, server: ServerProcess
) -> None:
    owner = secrets.token_hex(4)
    account = {"name": owner, "password": PASSWORD}
    httpx.post(f"{server.url}/account", json=account).raise_for_status()
    someone = meet().enter(room).wait_ready()
    name = someone.page.get_by_label("Post as")
    name.fill("dee\u202e")
    someone.say("one")
    expect(someone.message("one")).to_contain_text("Not sent: a name has no control")
    expect(name).to_be_focused()
    name.fill(owner)
    someone.say("two")
    dialog = someone.page.get_by_role("dialog")
    expect(dialog.get_by_label("Name")).to_have_value(owner)
    expect(dialog).to_contain_text("belongs to an account")
    someone.page.keyboard.type(PASSWORD)
    someone.page.keyboard.press("Enter")
    someone.sees("two")
    someone.sees("one")
    expect(someone.messages.locator("[data-part=body]")).to_have_text(["one", "two"])


def test_through_a_shared_link_a_name_is_asked_for_before_the_first_message(
    meet: Meet, room: str
) -> None:
    gus = meet().enter(room).wait_ready()
    name = gus.page.get_by_label("Post as")
    name.fill("g\u202eus")
    gus.say("from a shared link")
    expect(gus.message("from a shared link")).to_contain_text("Not sent")
    name.fill("gus")
    gus.message("from a shared link").get_by_role("button", name="Retry").click()
    gus.sees("from a shared link")
    expect(gus.message("from a shared link").locator(".name")).to_have_text("gus")
    expect(name).to_have_count(0)


def test_from_the_front_page_to_the_first_message(meet: Meet, server: ServerProcess) -> None:
    fay = meet()
    fay.page.goto(server.url)
    fay.page.get_by_role("textbox", name="Name").fill("fay")
    fay.page.get_by_role("button", name="Join #lobby").click()
    fay.wait_live().say("first!")
    fay.sees("first!")
    assert "] fay: first!" in curl("-s", f"{server.room}?follow=0")


def test_the_beginning_of_a_room_offers_its_link_and_commands_to_copy(
    meet: Meet, room: str
) -> None:
    ann = meet("ann", permissions=["clipboard-read", "clipboard-write"]).enter(room).wait_ready()
    copy = ann.page.locator("[data-beginning] .copy")
    # The link, the lines, and the lines for cmd and PowerShell.
    expect(copy).to_have_count(4)
    copy.first.click()
    assert ann.page.evaluate("navigator.clipboard.readText()") == room
    ann.page.get_by_text("On Windows").click()
    copy.nth(2).click()
    expect(copy.nth(2)).to_have_text("Copied")
    assert f'curl.exe -d "hello" {room}' in ann.page.evaluate("navigator.clipboard.readText()")
    # As in a local network over plain HTTP.
    ann.page.evaluate("Object.defineProperty(navigator, 'clipboard', {configurable: true})")
    copy.nth(1).click()
    expect(copy.nth(1)).to_have_text("Copied")
    ann.page.evaluate("delete navigator.clipboard")
    assert f"curl -N {room}" in ann.page.evaluate("navigator.clipboard.readText()")


@pytest.mark.long
def test_a_closed_tab_is_gone_after_a_while_and_another_one_stays(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_live()
    here = ann.page.locator("[data-people-list]")
    bo, cy, dee = (meet(name).enter(room).wait_live() for name in ("bo", "cy", "dee"))
    others = [each.open_tab(room).wait_live() for each in (cy, dee)]
    for name in ("bo", "cy", "dee"):
        expect(here).to_contain_text(name)
    for closed in (bo, cy, dee, others[1]):
        closed.page.close()
    for name in ("bo", "dee"):
        expect(here).not_to_contain_text(name, timeout=90_000)
    expect(here).to_contain_text("cy")


@pytest.mark.parametrize(("method", "call"), [("POST", "typing"), ("GET", "messages?limit=1")])
def test_what_scripts_ask_for_passes_by_the_service_worker(
    meet: Meet, room: str, method: str, call: str
) -> None:
    ann = meet("ann").enter(room).wait_ready()
    ann.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    # Chromium may lose what passes there when a page is left: the word that somebody has gone.
    ask = "([url, method]) => fetch(url, { method }).then((answer) => answer.text())"
    ann.page.evaluate(ask, [f"{room}/{call}", method])
    ann.page.wait_for_function(
        """url => performance.getEntriesByName(url)
            .some(({ workerMatchedSourceType: type }) => type === "network")""",
        arg=f"{room}/{call}",
    )
