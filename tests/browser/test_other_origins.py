"""The module for other pages: it reads and writes a room of another origin."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import Launch, ServerProcess
from tests.programs import free_port

PAGE = """<!doctype html><title>elsewhere</title><ol></ol><p></p>
<script type="module">
import { Room } from "URL/static/client.js";
const room = new Room("URL/chat/lobby", { user: "page" });
const show = (tag, text) => {
  const line = document.createElement("li");
  line.textContent = text;
  document.querySelector(tag).append(line);
};
room.follow((entry) => show("ol", `${entry.author}: ${entry.text}`), {
  last: 10, onState: (state) => { document.querySelector("p").textContent = state; },
});
await room.say("from elsewhere");
</script>"""


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
    elsewhere.text = PAGE.replace("URL", server.url)
    context = chromium.new_context()
    page = context.new_page()
    page.goto(origin)
    lines = page.locator("ol li")
    expect(lines).to_have_text(["ann: before", "page: from elsewhere"])
    expect(page.locator("p")).to_have_text("live")
    shown = ["ann: before", "page: from elsewhere"]
    while not rotations(server):
        shown.append(f"ann: line {len(shown)}")
        httpx.post(server.room, content=shown[-1].removeprefix("ann: "), auth=("ann", ""))
        expect(lines).to_have_text(shown)
    context.close()
