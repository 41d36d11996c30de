"""Writes pictures of the page's main states: python -m tests.browser.screenshots FOLDER"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.chromium import find_chromium, open_chromium
from tests.browser.person import Person, new_room, sign_in
from tests.support.servers import Launcher, curl

_SIZES = {"wide": (1280, 800), "phone": (360, 720)}
_THEMES = ("light", "dark")
_TALK = (
    ("ann", "Good morning! The new build is on the test machine."),
    ("ann", "It took **four minutes**, down from eleven. `make dist` alone is two:"),
    ("ann", "```\nmake dist\n  compile   1m 12s\n  package     48s\n```"),
    ("Björn", "Nice. I will try it behind the office proxy after lunch."),
    ("Björn", "/me gets more coffee"),
    ("دانا", "صباح الخير، سأجرب الآن"),
    ("ann", "🎉"),
    ("cy", "One long word: " + "Donaudampfschifffahrtsgesellschaft" * 3),
    ("cy", "- first the store\n- then the feed\n- then the page, see https://example.org/plan"),
    ("cy", "> It took four minutes\n\nThat is worth a cake."),
)


def take_all(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = find_chromium()
    if path is None:
        raise SystemExit("no Chromium; install it or name it in CHAT_TESTS_CHROMIUM")
    with tempfile.TemporaryDirectory() as data, open_chromium(path) as browser:
        launcher = Launcher(Path(data))
        try:
            url = launcher("--limits", "off").url
            for theme in _THEMES:
                for size, (width, height) in _SIZES.items():
                    options = {
                        "viewport": {"width": width, "height": height},
                        "color_scheme": theme,
                        "has_touch": size == "phone",
                        "is_mobile": size == "phone",
                    }
                    _take(browser, url, folder, f"{theme}-{size}", options)
        finally:
            launcher.stop()


def _take(
    browser: Browser, url: str, folder: Path, suffix: str, options: dict[str, object]
) -> None:
    room = f"{url}/chat/team"
    if "light-wide" in suffix:
        _talk(room)
        curl("-u", "ann:", "-d", "hi", f"{url}/chat/ideas")
        curl("-u", "ann:", "-d", "hi", f"{url}/chat/ops")
    for name, (who, stage) in _STATES.items():
        person = sign_in(browser, who, url, **options)
        person.enter(room)
        stage(person, url)
        person.page.screenshot(path=folder / f"{name}-{suffix}.png")
        person.context.close()
        print(f"{name}-{suffix}.png")


def _talk(room: str) -> None:
    for name, text in _TALK:
        curl("-u", f"{name}:", "-H", "Content-Type: text/plain", "--data-binary", text, room)


def _plain(person: Person, url: str) -> None:
    person.wait_live()


def _empty(person: Person, url: str) -> None:
    person.enter(new_room(url)).wait_live()


def _offline(person: Person, url: str) -> None:
    person.wait_live()
    person.go_offline()
    person.say("Written on the train")
    expect(person.page.locator("[data-strip]")).to_be_visible(timeout=90_000)
    expect(person.page.get_by_role("button", name="Discard")).to_be_visible()


def _dialog(opener: str) -> Callable[[Person, str], None]:
    def stage(person: Person, url: str) -> None:
        person.wait_live()
        person.page.locator(f'[data-open-dialog="{opener}"]:visible').first.click()

    return stage


def _sign_in(person: Person, url: str) -> None:
    person.wait_live()
    opener = person.page.locator('[data-open-dialog="sign-in"]')
    opener.evaluate("button => button.click()")


def _drawer(person: Person, url: str) -> None:
    person.wait_live()
    if person.page.locator("[data-open-drawer]").is_visible():
        person.page.locator("[data-open-drawer]").click()
        person.page.wait_for_timeout(300)


def _index(person: Person, url: str) -> None:
    person.page.goto(url)


def _error(person: Person, url: str) -> None:
    person.page.goto(f"{url}/chat/No%20Such%20Room")


def _actions(person: Person, url: str) -> None:
    person.wait_live()
    row = person.message("worth a cake")
    row.hover()
    row.locator("[data-part=more]").click()


def _search(person: Person, url: str) -> None:
    person.wait_live()
    person.page.keyboard.press("Escape")
    person.page.keyboard.press("Control+Shift+f")
    person.page.get_by_role("searchbox").fill("minutes")
    person.page.keyboard.press("Enter")
    expect(person.page.locator("[data-results] a").first).to_be_visible()


_STATES: dict[str, tuple[str, Callable[[Person, str], None]]] = {
    "room": ("dee", _plain),
    "actions": ("dee", _actions),
    "empty": ("dee", _empty),
    "offline": ("dee", _offline),
    "search": ("dee", _search),
    "settings": ("dee", _dialog("settings")),
    "sign-in": ("", _sign_in),
    "drawer": ("dee", _drawer),
    "index": ("", _index),
    "error": ("dee", _error),
}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    take_all(Path(sys.argv[1]))
