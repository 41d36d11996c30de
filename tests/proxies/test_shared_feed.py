"""Tabs of one room share a feed."""

from playwright.sync_api import BrowserContext

from tests.proxies.tab import Tab, say
from tests.proxies.watched import wait_until


def feeds_of(context: BrowserContext) -> list[str]:
    found: list[str] = []
    context.on("request", lambda request: "/feed?" in request.url and found.append(request.url))
    return found


def test_tabs_of_a_room_share_one_feed(context: BrowserContext, room: str) -> None:
    feeds = feeds_of(context)
    first = Tab(context, room, "SharedConnection").open()
    first.wait_state(state="live")
    second = Tab(context, room, "SharedConnection").open()
    second.wait_state(state="live")
    say(room, "one")
    for tab in (first, second):
        tab.wait_texts("one")
    assert len(feeds) == 1
    first.page.close()
    say(room, "two")
    second.wait_texts("one", "two")
    assert len(feeds) == 2


def test_a_tab_that_no_longer_hears_the_reader_takes_over(
    context: BrowserContext, room: str
) -> None:
    first = Tab(context, room, "SharedConnection").open()
    first.wait_state(state="live")
    second = Tab(context, room, "SharedConnection").open()
    second.wait_state(state="live")
    first.page.evaluate("BroadcastChannel.prototype.postMessage = () => {}")
    for text in ("one", "two"):
        say(room, text)
    second.wait_texts("one", "two")
    assert second.page.evaluate("window.connection.isLeader")
    wait_until(
        first.page,
        lambda: not first.page.evaluate("window.connection.isLeader"),
        lambda: first.states,
    )
    say(room, "three")
    for tab in (first, second):
        tab.wait_texts("one", "two", "three")


def test_without_locks_each_tab_reads_for_itself(context: BrowserContext, room: str) -> None:
    context.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'locks', {value: undefined})"
    )
    tabs = [Tab(context, room, "SharedConnection").open() for _ in range(2)]
    say(room, "one")
    for tab in tabs:
        tab.wait_state(state="live")
        tab.wait_texts("one")
