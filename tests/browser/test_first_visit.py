"""What a browser that was never here loads for a room."""

import re
from typing import Any

import httpx
from playwright.sync_api import Page

from tests.browser.person import Meet
from tests.support.servers import Launch

_MAX_REQUESTS = 12
_MAX_BYTES = 60_000


class Loaded:
    """What came over the network for one page, the feed and looks beside it left out."""

    def __init__(self, page: Page) -> None:
        self.urls: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._asked)
        session.on(
            "Network.requestServedFromCache", lambda event: self.urls.pop(event["requestId"], None)
        )
        session.on("Network.loadingFinished", self._done)

    def _asked(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        if not re.search(r"/feed\?|/messages\?nonce=", url):
            self.urls[event["requestId"]] = url

    def _done(self, event: dict[str, Any]) -> None:
        self.sizes[event["requestId"]] = int(event["encodedDataLength"])

    @property
    def is_whole(self) -> bool:
        return self.urls.keys() <= self.sizes.keys()

    @property
    def size(self) -> int:
        return sum(self.sizes[each] for each in self.urls)


def test_a_first_visit_is_few_requests_and_few_bytes(meet: Meet, launch: Launch) -> None:
    # Of its own: the rooms of other tests would stand in the page too.
    server = launch("--limits", "off")
    for each in range(50):
        text = f"message number {each} of the first page"
        httpx.post(server.room, json={"text": text}, auth=("ann", "")).raise_for_status()
    visitor = meet(url=server.url)
    loaded = Loaded(visitor.page)
    of_worker: set[str] = set()
    visitor.context.on(
        "request", lambda request: request.service_worker and of_worker.add(request.url)
    )
    visitor.enter(server.room).wait_live()
    visitor.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    while not loaded.is_whole:
        visitor.page.wait_for_timeout(50)
    # The stylesheet it has from the browser's cache.
    of_worker = {url for url in of_worker if not url.endswith(".css")}
    count = len(loaded.urls) + len(of_worker) + 1
    assert count <= _MAX_REQUESTS, (loaded.urls, of_worker)
    size = loaded.size + sum(_size_of(url) for url in of_worker)
    assert size <= _MAX_BYTES, (loaded.urls, loaded.sizes)


def _size_of(url: str) -> int:
    with httpx.stream("GET", url) as response:
        return len(b"".join(response.iter_raw()))
