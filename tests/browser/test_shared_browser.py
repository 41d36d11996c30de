"""Several people at one browser, one after the other: what one wrote is never the next one's."""

import re

from playwright.sync_api import Route, expect

from tests.browser.person import Meet, Person
from tests.support.posts import entries_in, texts_in

SIGN_OUT = "Sign out"


def authors(room: str) -> set[tuple[str, str]]:
    return {(each["author"], each["author_id"]) for each in entries_in(room)}


def kept(person: Person) -> str:
    """All that the browser keeps, but for who it speaks as and how it is connected."""
    script = """() => JSON.stringify([localStorage, sessionStorage].map((place) =>
        Object.entries(place).filter(([key]) => key.startsWith("sse-chat:@"))))"""
    return str(person.page.evaluate(script))


def kept_rooms(person: Person) -> list[str]:
    """The caches of rooms that somebody with a name can read offline."""
    names = person.page.evaluate("caches.keys()")
    return [each for each in names if re.search(":rooms:.", each)]


def test_quick_first_messages_of_somebody_nameless_have_one_author(meet: Meet, room: str) -> None:
    guest = meet().enter(room).wait_ready()
    delayed: list[Route] = []
    guest.page.route("**/session", lambda route: delayed.append(route))
    for text in ("first", "second", "third"):
        guest.say(text)
    expect(guest.messages).to_have_count(3)
    guest.page_until(lambda: delayed)
    assert len(delayed) == 1
    delayed[0].continue_()
    for text in ("first", "second", "third"):
        guest.sees(text)
    assert texts_in(room) == ["first", "second", "third"]
    assert len(authors(room)) == 1


def test_signing_out_leaves_nothing_for_the_next_person(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    other = ann.open_tab(room).wait_ready()
    # Of both: what one tab cannot send, another does after a while.
    ann.context.route(f"**/chat/{room.rpartition('/')[2]}", lambda route: (
        route.abort() if route.request.method == "POST" else route.continue_()
    ))  # fmt: skip
    ann.say("the unsent secret")
    expect(ann.message("the unsent secret")).to_contain_text("Not sent yet")
    ann.field.fill("the draft secret")
    ann.page_until(lambda: "draft secret" in kept(ann))
    other.field.fill("the draft of the other tab")
    ann.page_until(lambda: kept_rooms(ann))
    ann.page.get_by_role("button", name=SIGN_OUT).click()
    expect(ann.page.locator("[data-my-name]")).to_have_text("Not signed in")
    # The other tab has left the room.
    other.page.wait_for_url(re.compile(r"/$"))
    for tab in (ann, other):
        assert "secret" not in kept(tab)
        assert "draft" not in kept(tab)
    ann.page_until(lambda: not kept_rooms(ann))
    ann.context.unroute_all()
    bob = ann.enter(room).wait_ready()
    expect(bob.field).to_have_value("")
    bob.say("I am the next")
    bob.sees("I am the next")
    assert texts_in(room) == ["I am the next"]


def test_what_one_wrote_is_not_sent_by_who_signs_in_elsewhere(meet: Meet, room: str) -> None:
    """Without a word between the tabs: the server refuses it."""
    ann = meet("ann").enter(room).wait_ready()
    base = room.partition("/chat/")[0]
    ann.context.clear_cookies()
    assert ann.context.request.post(f"{base}/session", form={"name": "eve"}).ok
    ann.field.fill("only ann would say this")
    ann.field.press("Enter")
    ann.page.wait_for_url(re.compile(r"/$"))
    assert texts_in(room) == []
    assert "only ann" not in kept(ann)


def test_tabs_of_somebody_nameless_take_one_name(meet: Meet, room: str) -> None:
    one = meet().enter(room).wait_ready()
    two = one.open_tab(room).wait_ready()
    one.say("from one tab")
    one.sees("from one tab")
    expect(two.page.locator("[data-my-name]")).to_have_text(re.compile("guest-"))
    two.say("from the other")
    two.sees("from the other")
    assert len(authors(room)) == 1
