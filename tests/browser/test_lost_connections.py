"""Networks that go away, servers that refuse: nothing is lost, nothing is said twice."""

import re
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.person import Meet
from tests.support.servers import Launch, curl

_POST = re.compile(r"/chat/[^/?]+$")
# What stands above the field for two seconds is noted as it changes, not looked for.
_NOTE_THE_BLOCK = """() => {
    const block = document.querySelector("[data-block]");
    window.said = [];
    new MutationObserver(() => window.said.push([block.ariaLive, block.textContent]))
        .observe(block, { childList: true });
}"""


def test_offline_in_the_middle_of_a_send_the_message_arrives_once(meet: Meet, room: str) -> None:
    ann, bo = meet("ann").enter(room).wait_live(), meet("bo").enter(room).wait_live()
    # The server has it, but the answer never arrives.
    ann.page.route(_POST, lambda route: (route.fetch(), route.abort()), times=1)
    ann.say("sent into a tunnel")
    bo.sees("sent into a tunnel")
    ann.sees("sent into a tunnel")
    ann.say("and out of it")
    bo.sees("and out of it")
    bo.sees("sent into a tunnel")


def test_a_path_that_strips_the_key_and_loses_the_answer_doubles_nothing(
    meet: Meet, room: str
) -> None:
    ann, bo = meet("ann").enter(room).wait_ready(), meet("bo").enter(room).wait_ready()

    def strip_and_lose(route: Route) -> None:
        headers = {**route.request.headers}
        headers.pop("idempotency-key", None)
        route.fetch(headers=headers)
        route.fulfill(status=504, body="<h1>Gateway time-out</h1>", content_type="text/html")

    # Nor does the feed bring it: it is sent until an answer comes.
    ann.page.route(re.compile("/feed|/messages"), lambda route: route.abort())
    ann.page.route(_POST, strip_and_lose, times=2)
    ann.say("once, however often it is sent")
    ann.sees("once, however often it is sent")
    bo.sees("once, however often it is sent")
    assert curl(f"{room}/messages").count("once, however often") == 1


@pytest.mark.parametrize("status", [200, 302, 403, 404])
def test_what_answers_a_post_in_the_servers_place_refuses_nothing(
    meet: Meet, room: str, status: int
) -> None:
    ann = meet("ann").enter(room).wait_ready()
    answer: dict[str, Any] = {
        "status": status,
        "body": "<h1>Sign in</h1>",
        "content_type": "text/html",
    }
    if status == 302:
        answer["headers"] = {"Location": f"{room}/messages"}
    ann.page.route(_POST, lambda route: route.fulfill(**answer), times=1)
    ann.say("past the portal")
    ann.sees("past the portal")


def test_a_failed_send_keeps_the_text_and_goes_on_by_itself(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_live()
    ann.go_offline()
    expect(ann.page.locator("body")).to_have_attribute("data-state", "offline")
    ann.say("on the train")
    row = ann.message("on the train")
    expect(row.get_by_role("button", name="Discard")).to_be_visible()
    expect(row).to_contain_text("can\u2019t reach the server")
    expect(ann.page.locator("[data-strip]")).to_be_visible()
    ann.field.fill("typing goes on")
    ann.go_offline(is_offline=False)
    ann.sees("on the train")
    ann.wait_live()
    expect(ann.page.locator("[data-strip]")).to_be_hidden()
    expect(ann.field).to_have_value("typing goes on")


def test_a_failed_send_survives_a_reload_and_can_be_discarded(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_live()
    ann.page.route(_POST, _refuse)
    ann.say("not wanted after all")
    expect(ann.message("not wanted")).to_contain_text("the store is away")
    ann.page.reload()
    row = ann.message("not wanted")
    row.get_by_role("button", name="Discard").click()
    expect(row).to_have_count(0)
    expect(ann.field).to_have_value("not wanted after all")
    ann.page.reload()
    expect(ann.message("not wanted")).to_have_count(0)


def _refuse(route: Route) -> None:
    if route.request.method != "POST":
        route.continue_()
        return
    route.fulfill(status=503, json={"error": "store_unavailable", "detail": "the store is away"})


def test_too_fast_shows_a_countdown_and_then_sends(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_live()
    ann.page.evaluate(_NOTE_THE_BLOCK)
    ann.page.route(_POST, _slow_down, times=1)
    ann.say("so much to say")
    ann.sees("so much to say")
    expect(ann.page.locator("[data-block]")).to_be_hidden()
    (first, said), *others = ann.page.evaluate("window.said")
    assert re.match(r"[^\d]+\. You can send again in \d s", said)
    assert first == "assertive"
    assert {how for how, text in others if text} <= {"off"}


def _slow_down(route: Route) -> None:
    route.fulfill(
        status=429,
        headers={"Retry-After": "2"},
        json={"error": "too_many", "detail": "too many posts; try again in 2 s"},
    )


def test_what_is_too_long_is_said_above_the_field_and_not_sent(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    ann.say("ä" * 2100)
    expect(ann.page.locator("[data-block]")).to_contain_text("Too long by 104 bytes")
    expect(ann.messages).to_have_count(0)


def test_a_draft_is_kept_for_each_room(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    ann.field.fill("half a thought")
    ann.enter(f"{room}-other").wait_ready()
    expect(ann.field).to_have_value("")
    ann.enter(room).wait_ready()
    expect(ann.field).to_have_value("half a thought")
    # What another tab writes takes nothing away, and neither does what it sends.
    other = ann.open_tab(room).wait_ready()
    other.field.fill("another thought")
    other.page.reload()
    ann.page.reload()
    for tab, text in ((ann, "half a thought"), (other, "another thought")):
        tab.wait_ready()
        expect(tab.field).to_have_value(text)
    for tab in (ann, other):
        tab.page.close()
    for text in ("another thought", "half a thought"):
        later = ann.open_tab(room).wait_ready()
        expect(later.field).to_have_value(text)
        later.field.press("Enter")
        later.sees(text)
        later.page.close()
    expect(ann.open_tab(room).wait_ready().field).to_have_value("")


def test_two_tabs_of_one_browser_show_the_same(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_live()
    second = ann.open_tab(room).wait_live()
    ann.say("from the first tab")
    second.sees("from the first tab")
    second.say("from the second tab")
    ann.sees("from the second tab")
    ann.page.close()
    curl("-u", "bo:", "-d", "still there?", room)
    second.sees("still there?")


def test_an_offline_page_is_shown_for_a_room_that_cannot_be_loaded(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room)
    ann.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    ann.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    ann.go_offline()
    ann.page.goto(f"{room}-other")
    expect(ann.page.get_by_role("heading", name="You\u2019re offline")).to_be_visible()
    expect(ann.page.locator("main")).to_have_css("border-radius", "16px")


def test_a_room_that_was_open_can_be_read_offline_and_comes_back_by_itself(
    meet: Meet, room: str
) -> None:
    curl("-u", "bo:", "-d", "there from the start", room)
    ann = meet("ann").enter(room).wait_live()
    body = ann.page.locator("body")
    expect(body).to_have_attribute("data-offline", "ready")
    curl("-u", "bo:", "-d", "said since", room)
    ann.sees("said since")
    ann.go_offline()
    ann.page.reload()
    for text in ("there from the start", "said since"):
        ann.sees(text)
    for name, value in (("state", "offline"), ("offline", "ready")):
        expect(body).to_have_attribute(f"data-{name}", value)
    ann.field.fill("typed offline")
    # Nobody can be signed out now, and nothing is forgotten.
    ann.page.get_by_role("button", name="Sign out").click()
    expect(ann.page.locator("[data-block]")).to_contain_text("still signed in")
    # What was never open here replaces no page that is.
    ann.page.get_by_role("link", name="sse-chat").click()
    expect(ann.page.locator("[data-block]")).to_contain_text("was not open here before")
    note = ann.page.locator("[data-block]")
    for keys in (["Alt+ArrowDown"], ["Control+k", "lobby", "Enter"]):
        ann.page.evaluate("document.querySelector('[data-block]').textContent = ''")
        for each in keys:
            if each == "lobby":
                ann.page.keyboard.type(each)
            else:
                ann.page.keyboard.press(each)
        expect(note).to_contain_text("was not open here before")
    ann.sees("said since")
    ann.go_offline(is_offline=False)
    ann.wait_live()
    curl("-u", "bo:", "-d", "said after it", room)
    ann.sees("said after it")
    expect(ann.field).to_have_value("typed offline")


def test_what_cannot_be_opened_offline_says_so(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_live()
    ann.go_offline()
    expect(ann.page.locator("body")).to_have_attribute("data-state", "offline")
    ann.page.get_by_role("button", name="Mentions").click()
    expect(ann.page.locator("[data-block]")).to_contain_text("Can\u2019t reach the server")
    ann.page.get_by_role("button", name="Search").click()
    state = ann.page.locator("[data-search-state]")
    expect(state).to_contain_text("Can\u2019t reach the server")
    ann.go_offline(is_offline=False)
    expect(state).to_be_empty()


def test_blocked_cookies_and_plain_http_are_said(meet: Meet, room: str) -> None:
    ann = meet("ann")
    ann.page.add_init_script("""
        Object.defineProperty(Navigator.prototype, "cookieEnabled", { get: () => false });
        Object.defineProperty(window, "isSecureContext", { value: false });
    """)
    ann.enter(room).wait_live()
    expect(ann.page.locator("[data-strip]")).to_contain_text("blocks cookies")
    ann.page.get_by_role("button", name="Settings").click()
    expect(ann.page.get_by_role("dialog")).to_contain_text("need https://")


def test_what_is_no_longer_kept_after_an_absence_gives_way_to_a_line(
    meet: Meet, launch: Launch
) -> None:
    url = launch("--limits", "off", "--retention", "100").url
    room = f"{url}/chat/lobby"
    lines = "".join(f"number {each};\n" for each in range(400))

    def sleep_before_the_page_runs(route: Route) -> None:
        page = route.fetch()
        assert "soon deleted" in page.text()
        assert ann.context.request.post(f"{room}/messages/{message}/delete").ok
        curl("-u", "bo:", "-T", "-", room, data=lines.encode())
        route.fulfill(response=page)

    ann = meet("ann", url)
    posted = ann.context.request.post(room, data={"text": "soon deleted"})
    message = posted.json()["id"]
    ann.page.route(room, sleep_before_the_page_runs)
    ann.enter(room)
    ann.sees("number 399;")
    # Not even its deletion is kept.
    expect(ann.message("soon deleted")).to_have_count(0)
    expect(ann.page.locator("[data-log] > :first-child")).to_contain_text("are no longer kept")
    numbers = [
        int(each.split()[1].rstrip(";")) for each in ann.messages.locator(".body").all_inner_texts()
    ]
    assert numbers == list(range(numbers[0], 400))


def test_a_module_that_the_path_does_not_bring_is_asked_for_again(meet: Meet, room: str) -> None:
    # What a worker asks for cannot be kept back by a test.
    ann = meet("ann", service_workers="block")
    kept_back: list[str] = []

    def keep_back(route: Route) -> None:
        kept_back.append(route.request.url)
        route.abort()

    ann.page.route("**/bundles/later.js", keep_back, times=1)
    with ann.page.expect_response("**/bundles/later.js?*") as answer:
        ann.enter(room)
    assert answer.value.ok
    assert kept_back
