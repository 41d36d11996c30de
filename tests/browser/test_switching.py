"""From room to room by keyboard."""

import re
import secrets

from playwright.sync_api import expect

from tests.browser.person import Meet, Person
from tests.support.servers import ServerProcess, curl


def _is_at(person: Person, path: str) -> None:
    expect(person.page).to_have_url(re.compile(re.escape(path) + "$"))
    person.wait_ready()


def test_the_switcher_has_the_unread_first_and_finds_by_some_letters(
    meet: Meet, server: ServerProcess
) -> None:
    tag = secrets.token_hex(4)
    planning, ops = f"{tag}-team-planning", f"{tag}-ops"
    for name in (planning, ops):
        curl("-u", "bo:", "-d", "hello", f"{server.url}/chat/{name}")
    ann = meet("ann").enter(f"{server.url}/chat/{planning}").wait_live()
    ann.sees("hello")
    ann.enter(f"{server.url}/chat/{ops}").wait_live().sees("hello")
    curl("-u", "bo:", "-d", "news", f"{server.url}/chat/{planning}")
    badge = ann.page.locator(f'a[data-room="{planning}"] [data-badge]')
    expect(badge).to_have_text("1")

    options = ann.page.get_by_role("option")
    ann.page.keyboard.press("Control+k")
    expect(options.first).to_have_text(f"#{planning} unread")
    ann.page.keyboard.press("Enter")
    _is_at(ann, f"/chat/{planning}")

    ann.page.keyboard.press("Control+k")
    ann.page.keyboard.type(f"{tag}op")
    expect(options.first).to_have_text(f"#{ops} room")
    expect(options.last).to_contain_text("Search")
    ann.page.keyboard.press("ArrowDown")
    ann.page.keyboard.press("ArrowUp")
    ann.page.keyboard.press("Enter")
    _is_at(ann, f"/chat/{ops}")

    ann.page.keyboard.press("Control+k")
    ann.page.keyboard.type("hello")
    options.last.click()
    expect(ann.page.locator("[data-results] a")).to_contain_text("hello")
    ann.page.keyboard.press("Escape")

    # Next to each other by name, as nothing else begins like them.
    ann.page.keyboard.press("Alt+ArrowDown")
    _is_at(ann, f"/chat/{planning}")
    ann.page.keyboard.press("Alt+ArrowUp")
    _is_at(ann, f"/chat/{ops}")


def test_a_room_is_made_with_its_topic_and_left_again(
    meet: Meet, server: ServerProcess, room: str
) -> None:
    tag = secrets.token_hex(4)
    ann = meet()
    payload = {"name": f"Ann {tag}", "password": "correct horse battery"}
    assert ann.context.request.post(f"{server.url}/account", data=payload).ok
    ann.enter(room).wait_live()
    # Once, however often it was asked for while its file was on its way.
    new_room = ann.page.get_by_role("button", name="Create a room")
    new_room.evaluate("button => { button.click(); button.click(); }")
    ann.page.locator("dialog [name=room][placeholder]").fill(f"#{tag} New")
    ann.page.get_by_label("Topic (optional)").fill("of a topic")
    ann.page.get_by_label("Who can see it").select_option("invited people")
    ann.page.get_by_role("button", name="Create room").click()
    _is_at(ann, f"/chat/{tag}-new")
    expect(ann.page.locator("[data-topic]")).to_have_text("of a topic")
    assert curl(
        f"{server.url}/chat/{tag}-new/messages", "-o", "/dev/null", "-w", "%{http_code}"
    ) in (
        "401",
        "404",
    )
    ann.page.get_by_role("button", name="Settings").click()
    ann.page.get_by_label(f"Leave #{tag}-new").check()
    ann.enter(room).wait_ready()
    row = ann.page.locator(f'[data-rooms] a[data-room="{tag}-new"]')
    expect(row).to_have_count(1)
    expect(row).to_be_hidden()


def test_the_switcher_leads_to_a_person(meet: Meet, server: ServerProcess, room: str) -> None:
    tag = secrets.token_hex(4)
    names = [f"Ann {tag}", f"Zoë/{tag}"]
    ann, zoe = meet(), meet()
    for person, name in zip((ann, zoe), names, strict=True):
        payload = {"name": name, "password": "correct horse battery"}
        assert person.context.request.post(f"{server.url}/account", data=payload).ok
    ann.enter(room).wait_live()
    # With Caps Lock on; to a room that there is not yet, and to somebody who never was in this one.
    ann.page.keyboard.press("Control+K")
    ann.page.keyboard.type(f"{tag} Néw")
    expect(ann.page.get_by_role("option").first).to_have_text(f"Open or create #{tag}-new")
    ann.page.keyboard.press("Enter")
    _is_at(ann, f"/chat/{tag}-new")
    ann.page.keyboard.press("Control+k")
    ann.page.keyboard.type("@Zoë/")
    expect(ann.page.get_by_role("option").first).to_have_text(f"{names[1]} message")
    ann.page.keyboard.press("Enter")
    expect(ann.page.get_by_role("heading", level=1)).to_have_text(names[1])


def test_a_muted_room_shows_mentions_only_and_a_favourite_is_on_top(
    meet: Meet, server: ServerProcess
) -> None:
    tag = secrets.token_hex(4)
    quiet, other = f"{tag}-z-quiet", f"{tag}-a"
    name = f"ann{tag}"
    for room in (quiet, other):
        curl("-u", "bo:", "-d", "hello", f"{server.url}/chat/{room}")
    ann = meet(name).enter(f"{server.url}/chat/{quiet}").wait_live()
    ann.sees("hello")
    ann.page.get_by_role("button", name="Settings").click()
    ann.page.get_by_label(re.compile("Mute")).check()
    ann.page.get_by_label(re.compile("at the top")).check()
    ann.page.keyboard.press("Escape")
    # Read as far as the server knows, so that what comes next counts from here.
    ann.page_until(lambda: _read_in(ann, server, quiet))

    ann.enter(f"{server.url}/chat/{other}").wait_live()
    own = ann.page.locator(f'[data-rooms] li:has(a[data-room^="{tag}"])')
    expect(own.first).to_contain_text(quiet)
    badge = ann.page.locator(f'a[data-room="{quiet}"] [data-badge]')
    curl("-u", "bo:", "-d", "chatter", f"{server.url}/chat/{quiet}")
    curl("-u", "bo:", "--data-raw", f"@{name} look", f"{server.url}/chat/{quiet}")
    # Of the two messages the one that names ann counts.
    expect(badge).to_have_text("1")
    rows = ann.context.request.get(f"{server.url}/unread").json()["rooms"]
    assert [each["unread"] for each in rows if each["room"] == quiet] == [2]


def _read_in(person: Person, server: ServerProcess, room: str) -> bool:
    rooms = person.context.request.get(f"{server.url}/unread").json()["rooms"]
    return any(each["room"] == room and each["unread"] == 0 for each in rooms)
