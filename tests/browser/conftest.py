"""One Chromium for all stories; a profile for each person, a room for each story."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.chromium import find_chromium, open_chromium
from tests.browser.person import Meet, Person, sign_in
from tests.support.servers import ServerProcess


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


# For this folder only: while Playwright is open, its event loop counts as running in this thread,
# and no test elsewhere could start one.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    with open_chromium(_need(find_chromium()), playwright=playwright) as browser:
        yield browser


@pytest.fixture(scope="package")
def whole_chromium(playwright: Playwright) -> Iterator[Browser]:
    """For what only a browser with windows has."""
    with open_chromium(_need(find_chromium(is_whole=True)), playwright=playwright) as browser:
        yield browser


def _need(path: str | None) -> str:
    if path is not None:
        return path
    if os.environ.get("CHAT_TESTS_REQUIRE") == "all":
        pytest.fail("Chromium is required (CHAT_TESTS_REQUIRE=all) and was not found")
    pytest.skip("no Chromium; install it or name it in CHAT_TESTS_CHROMIUM")


@pytest.fixture
def meet(chromium: Browser, server: ServerProcess) -> Iterator[Meet]:
    """Someone with a browser of their own, signed in under this name."""
    people: list[Person] = []

    def meet(name: str = "", url: str = server.url, **options: Any) -> Person:
        people.append(sign_in(chromium, name, url, **options))
        return people[-1]

    yield meet
    for person in people:
        person.context.close()
    assert not [problem for person in people for problem in person.problems]
