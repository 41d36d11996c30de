"""The module for other pages: it reads and writes a room of another origin."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.http.test_help import EXAMPLE_URL, blocks_of
from tests.support.programs import free_port
from tests.support.servers import Launch, ServerProcess
from tests.support.waiting import wait_until


@pytest.fixture
def elsewhere() -> Iterator[Any]:
    class Page(ThreadingHTTPServer):
        text = ""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = page.text.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    page = Page(("127.0.0.1", free_port()), Handler)
    thread = threading.Thread(target=page.serve_forever, args=(0.05,))
    thread.start()
    yield page
    page.shutdown()
    thread.join()
    page.server_close()


def rotations(server: ServerProcess) -> float:
    lines = httpx.get(f"{server.url}/metrics").text.splitlines()
    return sum(float(each.split()[-1]) for each in lines if 'byes_total{reason="rotate"' in each)


@pytest.mark.browser
def test_a_page_elsewhere_follows_over_a_rotation(
    launch: Launch, chromium: Browser, elsewhere: Any
) -> None:
    origin = f"http://127.0.0.1:{elsewhere.server_port}"
    server = launch("--limits", "off", "--cors-origins", origin, "--rotate", "5")
    httpx.post(server.room, content="before", auth=("ann", ""))
    # The page that the recipes show.
    (sample,) = blocks_of("recipes", "html")
    assert len(sample.splitlines()) <= 36
    elsewhere.text = sample.replace(EXAMPLE_URL, server.url)
    context = chromium.new_context()
    page = context.new_page()
    page.goto(origin)
    lines = page.locator("#log li")
    expect(lines).to_have_text(["ann: before"])
    page.get_by_label("Message").fill("from elsewhere")
    page.get_by_role("button", name="Send").click()
    shown = ["ann: before", "visitor: from elsewhere"]
    expect(lines).to_have_text(shown)
    expect(page.locator("#state")).to_have_text("live")
    while not rotations(server):
        shown.append(f"ann: line {len(shown)}")
        httpx.post(server.room, content=shown[-1].removeprefix("ann: "), auth=("ann", ""))
        expect(lines).to_have_text(shown)
    context.close()


_CALLS = """async ([url, room]) => {
  const { Room } = await import(`${url}/static/client.js`);
  const here = new Room(room, { user: "page" });
  const [choice, found, none] = await Promise.all([
    here.ask("Deploy?", ["yes", "no"], { who: ["ann"], timeoutS: 600 }),
    here.wait({ contains: "build 7", author: "ann" }),
    here.wait({ contains: "never" }, { timeoutS: 1 }),
  ]);
  const refused = await here.ask("Deploy?", ["only"]).catch((error) => error.status);
  return { choice, found: found.text, none, refused };
}"""


@pytest.mark.browser
def test_the_module_asks_and_waits(server: ServerProcess, room: str, chromium: Browser) -> None:
    def act() -> None:
        def find() -> Any:
            events = httpx.get(f"{room}/messages", timeout=30).json()["events"]
            return [each for each in events if "ask" in each]

        (question,) = wait_until(find)
        url, auth = f"{room}/messages/{question['id']}/answer", ("ann", "")
        httpx.post(url, data={"choice": "no"}, auth=auth, timeout=30).raise_for_status()
        # It waits from when it began: what it shall find is said until it has found it.
        while not is_over.wait(0.2):
            httpx.post(room, content="build 7 is done", auth=auth, timeout=30).raise_for_status()

    is_over = threading.Event()
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{server.url}/help")
    actor = threading.Thread(target=act)
    actor.start()
    try:
        found = page.evaluate(_CALLS, [server.url, room])
    finally:
        is_over.set()
        actor.join()
        context.close()
    assert found == {"choice": "no", "found": "build 7 is done", "none": None, "refused": 400}
