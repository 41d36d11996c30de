"""The page's connection on bad days: wrong answers, silence, sleeping tabs, changed networks."""

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext
from playwright.sync_api import Route as Request

from tests.proxies.tab import Tab, say
from tests.proxies.watched import wait_until

_READING = re.compile(r"/(feed|messages)\b")


@pytest.mark.parametrize("status", [200, 204, 429, 500, 502])
def test_one_wrong_answer_is_followed_by_another_try(
    context: BrowserContext, room: str, status: int
) -> None:
    tab = Tab(context, room)
    answer: dict[str, Any] = {"status": status, "body": "", "content_type": "text/html"}
    tab.page.route("**/feed?**", lambda request: request.fulfill(**answer), times=1)
    say(room, "hello")
    tab.open().wait_texts("hello")
    tab.wait_state(state="live", step=1, text="live")


def test_a_filter_that_refuses_event_streams_is_gone_around(
    context: BrowserContext, room: str
) -> None:
    tab = Tab(context, room)
    tab.page.route("**/feed?**", lambda request: request.fulfill(status=403, body="<p>No</p>"))
    tab.open()
    say(room, "hello")
    tab.wait_texts("hello")
    tab.wait_state(state="live", step=2, text="live, step 2 of 3: your network holds streams")


def test_a_path_that_refuses_all_feeds_is_polled(context: BrowserContext, room: str) -> None:
    tab = Tab(context, room)
    tab.page.route("**/feed**", lambda request: request.fulfill(status=502))
    tab.open()
    tab.wait_state(state="polling", step=3)
    say(room, "hello")
    tab.wait_texts("hello")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param({"body": "<h1>Welcome</h1>", "content_type": "text/html"}, "portal", id="200"),
        pytest.param({"body": "{}", "content_type": "application/json"}, "portal", id="json"),
        pytest.param({"status": 302, "headers": {"Location": "/"}}, "portal", id="redirect"),
        pytest.param({"status": 403, "body": "<h1>No</h1>"}, "portal", id="filter"),
        pytest.param({"status": 511, "body": "<h1>Sign in</h1>"}, "portal", id="511"),
        pytest.param({"status": 407, "body": "<h1>Sign in</h1>"}, "proxy-auth", id="407"),
        pytest.param({"status": 401, "json": {"error": "unauthorized"}}, "sign-in", id="401"),
        pytest.param({"status": 403, "json": {"error": "forbidden"}}, "forbidden", id="403"),
    ],
)
def test_what_answers_in_our_place_is_named_and_then_forgotten(
    context: BrowserContext, room: str, answer: dict[str, Any], reason: str
) -> None:
    tab = Tab(context, room)
    tab.page.route(_READING, lambda request: request.fulfill(**answer))
    tab.open()
    wait_until(
        tab.page,
        lambda: any(state["reason"] == reason for state in tab.states),
        lambda: tab.states,
    )
    assert tab.states[-1]["retryInMs"] >= 8_000
    tab.page.unroute_all()
    tab.page.evaluate("window.connection.retryNow()")
    tab.wait_state(state="live", step=1)


def test_retry_after_is_honoured(context: BrowserContext, room: str) -> None:
    tab = Tab(context, room)
    refusal: dict[str, Any] = {"status": 503, "headers": {"Retry-After": "40"}}
    tab.page.route(_READING, lambda request: request.fulfill(**refusal))
    tab.open()
    tab.wait_state(state="offline", reason=None, retryInMs=40_000)
    assert tab.states[-1]["text"] == "offline, retrying in 40 s"


def test_silence_ends_a_feed_and_it_goes_on_where_it_was(
    context: BrowserContext, room: str
) -> None:
    tab = Tab(context, room)
    feeds: list[str] = []
    tab.page.on("request", lambda request: "/feed?" in request.url and feeds.append(request.url))
    say(room, "one")
    tab.open(silenceMs=2500, shortLifeMs=1000).wait_texts("one")
    wait_until(tab.page, lambda: len(feeds) >= 3, lambda: feeds)
    say(room, "two")
    tab.wait_texts("one", "two")
    assert tab.states[-1]["step"] == 1
    # An id may end with 0-0.
    assert not re.search("(?<![0-9])0-0", feeds[-1]), feeds[-1]


def test_waking_after_silence_asks_at_once(context: BrowserContext, room: str) -> None:
    tab = Tab(context, room).open(wakeAfterMs=0)
    tab.wait_state(state="live")
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url.partition("?")[0]))
    tab.page.wait_for_timeout(50)
    tab.page.evaluate("dispatchEvent(new Event('online'))")
    wait_until(tab.page, lambda: len(asked) >= 2, lambda: asked)
    assert {url.rpartition("/")[2] for url in asked} == {"feed", "messages"}


def test_the_next_page_starts_with_the_step_that_worked(context: BrowserContext, room: str) -> None:
    context.route("**/feed**", lambda request: request.fulfill(status=502))
    Tab(context, room).open().wait_state(state="polling")
    tab = Tab(context, room).open()
    tab.wait_state(state="polling")
    assert [state["step"] for state in tab.states] == [3, 3]


def test_a_better_step_is_tried_beside_and_taken(context: BrowserContext, room: str) -> None:
    tab = Tab(context, room)
    context.route("**/feed**", _fail)
    tab.open(rememberMs=6000).wait_state(state="polling")
    context.unroute("**/feed**", _fail)
    say(room, "one")
    tab.wait_state(state="live", step=1)
    say(room, "two")
    tab.wait_texts("one", "two")
    states = [state["state"] for state in tab.states]
    # On a slow machine the step between may come first; never is there none.
    polling, *after = states[states.index("polling") :]
    assert (polling, set(after)) == ("polling", {"live"})


def _fail(request: Request) -> None:
    request.fulfill(status=502)


_RELAY_BY_BLOCKS = """() => {
    // A path that passes a feed on in blocks: the end of the newest event waits for the next one.
    const Real = window.EventSource;
    window.EventSource = class {
        constructor(url) {
            this.real = new Real(url);
            this.kept = null;
        }
        addEventListener(kind, listener) {
            this.real.addEventListener(kind, (event) => {
                if (kind !== "message") return listener(event);
                this.kept?.();
                this.kept = () => listener(event);
            });
        }
        set onerror(handler) { this.real.onerror = handler; }
        get onerror() { return this.real.onerror; }
        close() { this.real.close(); }
    };
}"""


def test_a_path_that_keeps_the_end_of_what_is_said_is_left(
    context: BrowserContext, room: str
) -> None:
    tab = Tab(context, room)
    tab.page.evaluate(_RELAY_BY_BLOCKS)
    tab.open()
    tab.wait_state(state="live", step=1)
    for text in ("one", "two"):
        say(room, text)
    tab.wait_texts("one", "two")
    tab.wait_state(state="live", step=2)


def test_a_long_poll_that_is_cut_is_asked_with_shorter_waits(
    context: BrowserContext, room: str
) -> None:
    tab = Tab(context, room)
    waits: list[int] = []

    def cut(request: Request) -> None:
        wait_s = int(re.search(r"wait=(\d+)", request.request.url)[1])  # type: ignore[index]
        waits.append(wait_s)
        if wait_s < 4:
            request.continue_()
        else:
            tab.page.wait_for_timeout(2100)
            request.abort()

    tab.page.route("**/feed**", lambda request: request.abort())
    tab.page.route("**/messages?**", cut)
    tab.open()
    tab.wait_state(state="polling", step=3)
    wait_until(tab.page, lambda: len([each for each in waits if each]) > 3, lambda: waits)
    say(room, "hello")
    tab.wait_texts("hello")
    assert [each for each in waits if each][:2] == [25, 1]
    assert "offline" not in [state["state"] for state in tab.states[-1:]]
