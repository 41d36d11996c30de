"""Where Chromium is, and how it is started."""

import contextlib
import os
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, Playwright, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Several people share one browser: none of their pages is in the background.
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)


# Chromium without its windows does the same for a page in a third of the time; it shows no notices.
_SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
_WHOLE = ("chromium", "chromium-browser", "google-chrome")


def find_chromium(*, is_whole: bool = False) -> str | None:
    """From CHAT_TESTS_CHROMIUM, or by name; `is_whole`: the browser that people use."""
    named = os.environ.get("CHAT_TESTS_CHROMIUM")
    names = _WHOLE if is_whole else (*_SHELLS, *_WHOLE)
    return named or next(filter(None, map(shutil.which, names)), None)


@contextlib.contextmanager
def open_chromium(path: str, *, playwright: Playwright | None = None) -> Iterator[Browser]:
    """`playwright`: one that is open already; a thread cannot have two."""
    with contextlib.ExitStack() as stack:
        playwright = playwright or stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()
