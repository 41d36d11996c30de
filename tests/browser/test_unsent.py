"""What is written and not sent yet: drafts, what waits for the server, what does not fit."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.browser.person import Meet, Person
from tests.browser.test_as_typed import texts_of
from tests.support.servers import curl


def test_what_a_closed_tab_left_unsent_goes_out_by_any_other_page(meet: Meet, room: str) -> None:
    ann = meet("ann")
    ann.context.route(room, lambda route: (
        route.abort() if route.request.method == "POST" else route.continue_()
    ))  # fmt: skip
    asked: list[str] = []
    ann.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    ann.enter(room).wait_ready()
    for text in ("taken back", "left unsent"):
        ann.say(text)
    other = ann.open_tab(room).wait_ready()
    expect(other.message("taken back")).to_contain_text("Not sent yet")
    for tab in (ann, other):
        expect(tab.page.locator("body")).to_have_attribute("data-offline", "ready")
    ann.message("taken back").get_by_role("button", name="Discard").click()
    expect(other.message("taken back")).to_have_count(0)
    ann.page.close(run_before_unload=True)
    other.page_until(lambda: asked)
    assert asked == ["beforeunload"]
    elsewhere = ann.open_tab(f"{room}-other")
    for tab in (ann, other):
        tab.page.close()
    ann.context.unroute_all()
    elsewhere.page_until(lambda: texts_of(room))
    assert texts_of(room) == ["left unsent"]


def test_what_is_too_long_is_offered_as_several_messages(meet: Meet, room: str) -> None:
    code = "\n".join(f"    print({each})" for each in range(400))
    words = "one and another " * 150
    ann = meet("ann").enter(room).wait_ready()
    ann.field.fill(f"{words}\n\n```python\n{code}\n```\n{'好' * 1500}")
    ann.page.get_by_role("button", name="Send as 5 messages").click()
    expect(ann.field).to_have_value("")
    expect(ann.page.locator("[data-log] .message[data-id]")).to_have_count(5)
    sent = texts_of(room)
    assert all(len(each.encode()) <= 4096 for each in sent)
    assert sent[0] == words
    blocks = [each.removeprefix("```python\n").partition("\n```")[0] for each in sent[1:3]]
    assert "\n".join(blocks) == code
    assert "".join(sent[3:]) == "好" * 1500


def test_what_was_begun_stays_what_it_is_over_a_reload_and_another_tab(
    meet: Meet, room: str
) -> None:
    ann = meet("ann").enter(room).wait_ready()
    curl("-u", "bo:", "-d", "who has the key?", room)
    for text in ("helo", "bye"):
        ann.say(text)
        ann.sees(text)
    expect(ann.page.locator("body")).to_have_attribute("data-offline", "ready")
    row = ann.message("who has the key?")
    row.hover()
    row.get_by_role("button", name="Actions").click()
    ann.page.get_by_role("button", name="Reply").click()
    ann.field.fill("I have it")
    ann.page.wait_for_function("() => Object.values(localStorage).includes('\"I have it\"')")
    # Another tab that is closed takes nothing of it away.
    other = ann.open_tab(room).wait_ready()
    expect(other.page.locator("[data-context]")).to_contain_text("Reply to bo: who has the key?")
    other.page.close()
    ann.page.reload()
    expect(ann.page.locator("[data-context]")).to_contain_text("Reply to bo: who has the key?")
    expect(ann.field).to_have_value("I have it")
    ann.field.press("Enter")
    expect(ann.message("I have it").locator(".quote")).to_have_text("bo who has the key?")
    ann.sees("I have it")
    ann.field.press("ArrowUp")
    ann.field.fill("I had it")
    ann.page.reload()
    expect(ann.page.locator("[data-context]")).to_contain_text("Edit your message")
    expect(ann.field).to_have_value("I had it")
    ann.field.press("Enter")
    expect(ann.message("I had it").locator("[data-part=edited]")).to_be_visible()
    expect(ann.field).to_have_value("")


_NOTE_WHAT_IS_ASKED = """() => {
    window.asked = [];
    SyncManager.prototype.register = async (tag) => void window.asked.push(tag);
    const { fetch } = window;
    window.fetch = (url, options) => {
        const isSent = options?.method === "POST" && url === location.pathname;
        if (isSent) window.asked.push(options.keepalive);
        // Not by a route, which what is asked while the page closes passes by.
        return isSent && window.isCut ? Promise.reject(new TypeError("cut")) : fetch(url, options);
    };
}"""
# Of the database that the service worker sends from.
_HANDED_OVER = """async () => {
    const ended = (request) => new Promise((resolve) => {
        request.onsuccess = () => resolve(request.result);
    });
    const db = await ended(indexedDB.open("sse-chat:/:outbox"));
    const items = await ended(db.transaction("messages").objectStore("messages").getAll());
    db.close();
    return items.map(({ text, isSent, isRefused }) => [text, Boolean(isSent), Boolean(isRefused)]);
}"""

_SIGN_OUT_HERE_ALONE = """() => {
    addEventListener("submit", (event) => event.preventDefault());
    document.querySelector("form[action$='/session/end']").requestSubmit();
}"""


def test_what_the_last_tab_left_unsent_goes_out_with_no_page_open(meet: Meet, room: str) -> None:
    url = room.rpartition("/chat/")[0]
    ann = meet("ann")
    ann.context.add_init_script(f"({_NOTE_WHAT_IS_ASKED})()")
    worker = _Worker(ann, url)

    def leave_unsent(*texts: str) -> None:
        ann.page.evaluate("window.isCut = true")
        for text in texts:
            ann.say(text)
        ann.page_until(lambda: "outbox" in ann.page.evaluate("window.asked"))
        ann.page_until(lambda: len(ann.page.evaluate(_HANDED_OVER)) == len(texts))
        # What is under way outlives the page.
        assert set(ann.page.evaluate("window.asked")) == {"outbox", True}
        ann.page.close()

    def wait_handed_over(*items: list[object]) -> None:
        elsewhere = ann.context.new_page()
        elsewhere.goto(f"{url}/healthz")
        worker.until(lambda: elsewhere.evaluate(_HANDED_OVER) == list(items))
        elsewhere.close()

    ann.enter(room).wait_ready()
    expect(ann.page.locator("body")).to_have_attribute("data-offline", "ready")
    leave_unsent("first", "second")
    worker.send()
    worker.until(lambda: len(texts_of(room)) == 2)
    wait_handed_over([None, True, False], [None, True, False])
    assert texts_of(room) == ["first", "second"]

    # The next page knows what was sent.
    ann = ann.open_tab(room).wait_ready()
    for text in ("first", "second"):
        ann.sees(text)
    ann.page_until(lambda: ann.page.evaluate(_HANDED_OVER) == [])
    leave_unsent("only as ann")
    cookies = ann.context.cookies()
    ann.context.clear_cookies()
    assert ann.context.request.post(f"{url}/session", form={"name": "bo"}).ok
    worker.send()
    # What was refused keeps no words there: its writer may have signed out.
    wait_handed_over([None, False, True])
    assert texts_of(room) == ["first", "second"]
    ann.context.clear_cookies()
    ann.context.add_cookies([dict(each) for each in cookies])
    ann = ann.open_tab(room).wait_ready()
    ann.sees("only as ann")
    assert texts_of(room) == ["first", "second", "only as ann"]

    # Whoever signs out leaves nothing to send, whatever the server and the worker do then.
    ann.page_until(lambda: ann.page.evaluate(_HANDED_OVER) == [])
    ann.page.evaluate("window.isCut = true")
    ann.say("taken along")
    ann.page_until(lambda: ann.page.evaluate(_HANDED_OVER) == [["taken along", False, False]])
    ann.page.evaluate(_SIGN_OUT_HERE_ALONE)
    ann.page_until(lambda: ann.page.evaluate(_HANDED_OVER) == [])


class _Worker:
    """The service worker of a site, asked as the browser asks it once there is a network."""

    def __init__(self, person: Person, url: str) -> None:
        self._url = url
        self._page = person.context.new_page()
        self._session = person.context.new_cdp_session(self._page)
        self._ids: set[str] = set()
        self._session.on("ServiceWorker.workerRegistrationUpdated", self._registered)
        self._session.send("ServiceWorker.enable")

    def _registered(self, event: dict[str, Any]) -> None:
        for each in event["registrations"]:
            if each["scopeURL"] == f"{self._url}/":
                self._ids.add(each["registrationId"])

    def send(self) -> None:
        self.until(lambda: self._ids)
        for registration in self._ids:
            self._session.send(
                "ServiceWorker.dispatchSyncEvent",
                {
                    "origin": self._url,
                    "registrationId": registration,
                    "tag": "outbox",
                    "lastChance": False,
                },
            )

    def until(self, condition: Callable[[], object]) -> None:
        Person("", self._page.context, self._page).page_until(condition)
