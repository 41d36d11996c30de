"""Both clients through each proxy: the module for other pages, and the one for Python."""

import threading
from typing import Any

from playwright.sync_api import Browser

from sse_chat.client import SyncRoom
from tests.proxies.route import Route
from tests.proxies.watched import wait_until

_COUNT = 8
_FOLLOW = """async (room) => {
  const { Room } = await import("/static/client.js");
  window.texts = [];
  window.told = [];
  const options = { after: "0", onState: (state) => window.told.push(state) };
  window.following = new Room(room).follow((entry) => window.texts.push(entry.text), options);
}"""


def test_clients_see_each_entry_once_over_a_kill(
    route: Route, room_name: str, chromium: Browser
) -> None:
    url = f"{route.url}/chat/{room_name}"
    expected = [f"m{number}" for number in range(_COUNT)]
    taken: list[str] = []

    def follow() -> None:
        with SyncRoom(url, give_up_s=300, proxy=route.proxy) as room:
            for entry in room.follow(after="0"):
                taken.append(entry["text"])
                if len(taken) == _COUNT:
                    return

    proxy: Any = {"server": route.proxy} if route.proxy else None
    context = chromium.new_context(proxy=proxy, ignore_https_errors=True)
    reader = threading.Thread(target=follow, daemon=True)
    # It checks certificates, and this server's is nobody's.
    reads_python = not url.startswith("https")
    if reads_python:
        reader.start()
    try:
        page = context.new_page()
        page.goto(f"{route.url}/help")
        page.evaluate(_FOLLOW, url)

        def seen() -> list[str]:
            texts: list[str] = page.evaluate("window.texts")
            return texts

        def both_have(count: int) -> bool:
            return len(seen()) >= count and (not reads_python or len(taken) >= count)

        for number in range(_COUNT):
            if number == _COUNT // 2:
                route.origin.kill()
                route.origin.start()
            route.origin.say(room_name, expected[number])
            wait_until(
                page, lambda n=number: both_have(n + 1),  # type: ignore[misc]
                lambda: (seen(), taken, page.evaluate("window.told")),
            )  # fmt: skip
        assert seen() == expected
    finally:
        context.close()
    if reads_python:
        reader.join(60)
        assert taken == expected
