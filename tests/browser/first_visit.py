"""How long the first visit of a room takes on slow networks: `python -m tests.browser.first_visit`.

Chromium shapes the network of the page; connections cost it no round trip of their own.
"""

import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from playwright.sync_api import Browser

from tests.browser.chromium import find_chromium, open_chromium
from tests.support.servers import Launcher

_RUNS = 5
_NETWORKS = {
    "as it is": None,
    "300 ms of round trip": (300, -1),
    "800 ms, 50 kB/s": (800, 50_000),
    "800 ms, 50 kbit/s": (800, 50_000 // 8),
}
_WATCH = """
window.times = {};
const note = (name) => { window.times[name] ??= performance.now(); };
new PerformanceObserver((list) => {
  for (const { name, startTime } of list.getEntries()) window.times[name] ??= startTime;
}).observe({ type: "paint", buffered: true });
new MutationObserver(() => {
  const { step, ready } = document.body?.dataset ?? {};
  if (step) note("usable");
  if (ready !== undefined) note("complete");
}).observe(document, { subtree: true, attributes: true, childList: true });
"""


def visit(browser: Browser, url: str, network: tuple[int, int] | None) -> dict[str, float]:
    """Milliseconds from the start of the visit to the first paint, until one can write, and until
    all is there."""
    context = browser.new_context()
    context.add_init_script(_WATCH)
    page = context.new_page()
    if network:
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        latency_ms, bytes_per_s = network
        payload: dict[str, Any] = {
            "offline": False,
            "latency": latency_ms,
            "downloadThroughput": bytes_per_s,
            "uploadThroughput": bytes_per_s,
        }
        session.send("Network.emulateNetworkConditions", payload)
    page.goto(url, timeout=120_000)
    page.wait_for_selector("body[data-ready]", timeout=120_000)
    times: dict[str, float] = page.evaluate("window.times")
    context.close()
    return times


def main() -> None:
    path = find_chromium()
    if path is None:
        raise SystemExit("no Chromium; install it or name it in CHAT_TESTS_CHROMIUM")
    with tempfile.TemporaryDirectory() as folder, open_chromium(path) as browser:
        launcher = Launcher(Path(folder))
        room = launcher("--limits", "off").room
        for number in range(50):
            text = f"message number {number} of the first page"
            httpx.post(room, json={"text": text}, auth=("ann", "")).raise_for_status()
        visit(browser, room, None)  # The server packs its files for the first browser.
        print("| network | first paint, s | usable, s | complete, s |")
        print("| --- | ---: | ---: | ---: |")
        for name, network in _NETWORKS.items():
            visits = [visit(browser, room, network) for _ in range(_RUNS)]
            keys = ("first-contentful-paint", "usable", "complete")
            row = [f"{median(each[key] for each in visits) / 1000:.2f}" for key in keys]
            print(f"| {name} | {' | '.join(row)} |")
        launcher.stop()


if __name__ == "__main__":
    main()
