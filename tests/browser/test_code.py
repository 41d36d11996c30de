"""Code in messages: folded where it is long, coloured where its language is known."""

import json

import httpx
from playwright.sync_api import expect

from tests.browser.person import Meet
from tests.support.servers import curl


def test_code_of_many_lines_is_folded(meet: Meet, room: str) -> None:
    lines = "\n".join(f"line {each};" for each in range(30))
    httpx.post(room, json={"text": f"```\n{lines}\n```"}, auth=("bo", ""))
    ann = meet("ann").enter(room).wait_ready()
    code = ann.page.locator(".message pre")
    more = ann.page.get_by_role("button", name="Show all 30 lines")
    expect(more).to_be_visible()
    folded = code.bounding_box()
    more.click()
    expect(ann.page.get_by_role("button", name="Show 20 lines")).to_be_visible()
    whole = code.bounding_box()
    assert folded
    assert whole
    assert whole["height"] > folded["height"] * 1.3
    # What is spoken has no words of buttons.
    ann.wait_live()
    httpx.post(room, json={"text": "```\nx = 1\n```"}, auth=("bo", ""))
    expect(ann.page.locator("[data-announcer]")).to_have_text("bo: x = 1")


def test_code_has_colours_and_is_copied_as_it_is(meet: Meet, room: str) -> None:
    code = "def f(n):\n\treturn '\U0001f600'  # all\n"
    ann = meet("ann", permissions=["clipboard-read", "clipboard-write"])
    ann.enter(room).wait_live()
    ann.field.fill(f"```py\n{code}```")
    ann.field.press("Enter")
    shown = ann.page.locator(".message pre > code")
    coloured = shown.locator("[data-hue]")
    expect(coloured).to_have_text(["def", "f", "return", "'\U0001f600'", "# all"])
    assert shown.evaluate("code => code.textContent") == code
    shown.hover()
    ann.messages.get_by_role("button", name="Copy").click()
    expect(ann.messages.get_by_role("button", name="Copied")).to_be_visible()
    assert ann.page.evaluate("navigator.clipboard.readText()") == code
    chosen = ann.messages.evaluate(
        "row => { getSelection().selectAllChildren(row); return getSelection().toString(); }"
    )
    assert code.strip() in chosen
    assert not {"Copy", "Copied", "⋯"} & set(chosen.split("\n"))
    # Edited, they are those of the new text; rendered by the server, they come as well.
    message = json.loads(curl(f"{room}/messages"))["events"][-1]["id"]
    edited = {"text": "```py\nNone\n```"}
    call = f"{room}/messages/{message}/edit"
    assert ann.context.request.post(call, data=edited).ok
    expect(coloured).to_have_text(["None"])
    ann.page.reload()
    expect(coloured).to_have_text(["None"])
