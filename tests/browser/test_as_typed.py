"""What is typed is what is sent, and what is shown but for markup that is plainly meant."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.person import Meet, Person, new_room
from tests.support.servers import curl


def texts_of(room: str) -> list[str]:
    events = json.loads(curl(f"{room}/messages"))["events"]
    return [each["text"] for each in events if each["kind"] == "message"]


def shown_by_feed_and_by_server(person: Person) -> list[str]:
    """The text of the only message, as it came by the feed and as the server rendered it."""
    body = person.messages.locator(".body")
    by_feed = body.inner_text()
    person.page.reload()
    person.wait_ready()
    return [by_feed, body.inner_text()]


def test_an_emoji_is_made_when_it_is_shown_and_its_name_is_what_was_sent(
    meet: Meet, room: str
) -> None:
    ann = meet("ann").enter(room).wait_ready()
    typed = "好:tada: (:rocket::fire:) :nosuch: at 10:30:00, `:tada:` https://e.org/:tada:"
    ann.say(typed)
    ann.sees("好🎉 (🚀🔥) :nosuch: at 10:30:00, :tada: https://e.org/:tada:")
    assert texts_of(room) == [typed]
    ann.field.press("ArrowUp")
    expect(ann.field).to_have_value(typed)
    ann.field.press("Escape")
    ann.page.reload()
    ann.sees("好🎉 (🚀🔥) :nosuch: at 10:30:00, :tada: https://e.org/:tada:")


def test_any_emoji_there_is_has_its_usual_name(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    ann.say(":parachute: :camel: :man-shrugging: :flag-de: :1234: `:owl:` :cat::nosuch:")
    ann.sees("🪂 🐫 🤷‍♂️ 🇩🇪 :1234: :owl: :cat::nosuch:")
    fields = ":host: example.org\n:key: abc\n:id: 5"
    ann.say(fields)
    ann.sees(":key: abc")
    ann.say(":white_check_mark: done\n:x: not done")
    ann.sees("✅ done\n❌ not done")
    assert ann.message(":key: abc").locator(".body").inner_text() == fields
    # A page that has few at first asks for all where it needs them, and not before.
    ann.enter(new_room(room.partition("/chat/")[0])).wait_ready()
    ann.say("now :tada:")
    ann.sees("now 🎉")
    assert not ann.page.evaluate(
        "performance.getEntriesByType('resource').some(({name}) => name.includes('emoji.json'))"
    )


def test_a_name_within_a_word_or_a_value_is_no_emoji(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    typed = [
        "cache:lock:42", "std::key::Value", "parser.js:100:14", "C:\\bug:key:", "http://a/:x:",
        "x[:-1:]", "y[:100:, 0]", "z[0, :100:]", "tr '[:x:]' b", '{"a": ":key:"}', "{:x :y}",
        "a=:key:", "10:100:15", "fe80::100:1", "PATH=$PATH:x:/usr", "root:x:0:0", "${:x:}",
    ]  # fmt: skip
    ann.say("\n".join([*typed, "but :tada:"]))
    ann.sees("but 🎉")
    assert ann.messages.locator(".body").inner_text() == "\n".join([*typed, "but 🎉"])


def test_one_that_stands_alone_is_large(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    ann.say(":tada:")
    ann.sees("🎉")
    expect(ann.page.locator(".emoji-only")).to_have_count(1)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a   https://e.org/\n  b  c\n\n\nend", "a   https://e.org/\n  b  c\n\n\nend"),
        ("**a**   b\n\tc", "a   b\n\tc"),
        ("- a   b\n- c", "a   b\nc"),
    ],
    ids=["address", "bold", "list"],
)  # fmt: skip
def test_blanks_and_lines_beside_markup_stay(meet: Meet, room: str, typed: str, shown: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    ann.field.fill(typed)
    ann.field.press("Enter")
    expect(ann.messages.locator(".body")).to_have_attribute("data-html", "")
    assert shown_by_feed_and_by_server(ann) == [shown, shown]


def test_an_answer_below_a_quote_is_no_part_of_it(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    ann.field.fill("> It took four minutes\nThat is worth a cake.")
    ann.field.press("Enter")
    expect(ann.page.locator(".body blockquote")).to_have_text("It took four minutes")
    expect(ann.page.locator(".body > p")).to_have_text("That is worth a cake.")


def test_a_list_that_begins_with_three_shows_three(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    ann.field.fill("3. blue\n4. green")
    ann.field.press("Enter")
    expect(ann.page.locator(".body ol")).to_have_attribute("start", "3")
    ann.say("3. blue")
    ann.sees("3. blue")
