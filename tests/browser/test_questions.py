"""Questions on the page: buttons, and who chose what, for everyone at once."""

import json

from playwright.sync_api import expect

from tests.browser.person import Meet
from tests.support.servers import curl


def ask(room: str, text: str, *fields: str) -> str:
    data = [part for field in (f"text={text}", "choices=yes,no", *fields) for part in ("-d", field)]
    return str(json.loads(curl("-u", "ci:", *data, f"{room}/ask"))["id"])


def test_an_answer_shows_everywhere_at_once(meet: Meet, room: str) -> None:
    ask(room, "before")
    ann, bo = meet("ann").enter(room).wait_ready(), meet("bo").enter(room).wait_ready()
    ask(room, "after", "who=bo")
    for text in ("before", "after"):
        ann.sees(text)
        bo.message(text).get_by_role("button", name="no").click()
        for person in (ann, bo):
            expect(person.message(text).get_by_text("bo chose: no")).to_be_visible()
            expect(person.message(text).get_by_role("button", name="yes")).to_have_count(0)


def test_who_was_not_asked_is_told_so(meet: Meet, room: str) -> None:
    ask(room, "really", "who=bo")
    ann = meet("ann").enter(room).wait_ready()
    expect(ann.message("really").get_by_text("for bo")).to_be_visible()
    ann.message("really").get_by_role("button", name="yes").click()
    expect(ann.page.get_by_text("only bo may answer this question").first).to_be_visible()


def test_a_question_that_was_taken_back_has_no_buttons(meet: Meet, room: str) -> None:
    question = ask(room, "really")
    ann = meet("ann").enter(room).wait_ready()
    expect(ann.message("really").get_by_role("button", name="yes")).to_be_visible()
    curl("-u", "ci:", "-d", "choice=", f"{room}/messages/{question}/answer")
    expect(ann.message("really").get_by_text("ci took the question back")).to_be_visible()
    ann.page.reload()
    expect(ann.message("really").get_by_text("ci took the question back")).to_be_visible()
    expect(ann.message("really").get_by_role("button", name="yes")).to_have_count(0)
