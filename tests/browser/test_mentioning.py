"""Naming somebody: who is offered, who will be told, and where one was named."""

import re

import httpx
from playwright.sync_api import expect

from tests.browser.person import Meet, new_room
from tests.support.servers import ServerProcess, curl


def test_somebody_is_found_by_any_part_of_their_name(meet: Meet, room: str) -> None:
    curl("-u", "Zoë Müller:", "-d", "hello", room)
    ann = meet("ann").enter(room).wait_ready()
    ann.field.press_sequentially("hi @mul")
    expect(ann.page.get_by_role("option")).to_have_text("Zoë Müller")
    ann.field.press("Tab")
    expect(ann.field).to_have_value("hi @Zoë Müller ")


def test_the_sender_sees_who_will_be_told_and_that_nobody_will(meet: Meet, room: str) -> None:
    curl("-u", "bo:", "-d", "hello", room)
    ann = meet("ann").enter(room).wait_ready()
    preview = ann.page.locator("[data-mention-preview]")
    ann.field.fill("@bo and @nosuchbody, see `@bo`")
    expect(preview).to_have_text("Will notify bo. Nobody here is called nosuchbody.")
    ann.field.fill("`@bo`")
    expect(preview).to_be_hidden()
    ann.enter(f"{room}-empty").wait_ready()
    ann.field.fill("@here, look")
    expect(preview).to_have_text("Nobody else is here.")


def test_my_mentions_are_listed_from_all_rooms(
    meet: Meet, server: ServerProcess, room: str
) -> None:
    other = new_room(server.url)
    name = room.rpartition("/")[2]
    dee = meet(name).enter(other).wait_live()
    expect(dee.page.locator("[data-people-list]")).to_contain_text(name)
    dee.enter(room).wait_ready()
    answer = httpx.post(other, json={"text": f"come here, @{name}"}, auth=("bo", ""))
    assert answer.json()["mentions"]
    # The list has a place of its own, whatever shows that there is one.
    expect(dee.page.locator(".badge[data-mentions]")).to_have_text("1")
    dee.page.get_by_role("button", name="Mentions").click()
    found = dee.page.locator("[data-mentions-list] a")
    expect(found).to_contain_text("come here")
    expect(found).to_contain_text(f"bo · #{other.rpartition('/')[2]}")
    found.click()
    expect(dee.page.locator(".message.target")).to_contain_text("come here")


def test_two_guests_of_one_name_are_told_apart(meet: Meet, room: str) -> None:
    sam, ann = (meet(name).enter(room).wait_live() for name in ("sam", "ann"))
    sam.say("I am one")
    ann.sees("I am one")
    expect(ann.message("I am one").locator("[data-part=guest]")).to_have_text("guest")
    other = meet("sam").enter(room).wait_live()
    marks = ann.page.locator("[data-people-list] li", has_text="sam").locator(".guest")
    expect(marks).to_have_count(2)
    assert len(set(marks.all_inner_texts())) == 2
    other.say("I am another")
    ann.sees("I am another")
    # What was said before the other one came, too.
    marks = ann.messages.locator("[data-part=guest]")
    expect(marks).to_have_text([re.compile(r"guest \w{4}"), re.compile(r"guest \w{4}")])
    assert len(set(marks.all_inner_texts())) == 2
    ann.field.fill("@sam")
    expect(ann.page.locator("[data-mention-preview]")).to_have_text(
        re.compile(r"Will notify sam \(\w{4}\) and sam \(\w{4}\)\.")
    )
