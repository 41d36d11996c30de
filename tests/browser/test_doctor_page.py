"""The doctor's page finds out what the command does, by the browser's own means."""

import pytest
from playwright.sync_api import Browser

from tests.support.programs import Config, Through, lighttpd, nginx
from tests.support.servers import ServerProcess


@pytest.mark.parametrize(
    ("config", "said"),
    [
        pytest.param(
            nginx("location / { proxy_pass $origin; }", "gzip on; gzip_types *;"),
            "Nothing needs to be changed",
            id="nginx-gzip",
        ),
        pytest.param(lighttpd, "by long-polls: step 3 of 3", id="lighttpd"),
    ],
)
def test_the_page_says_what_the_path_does(
    server: ServerProcess, through: Through, chromium: Browser, config: Config, said: str
) -> None:
    problems: list[str] = []
    page = chromium.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{through(config, server.url)}/doctor?wait=1&idle=2")
    page.wait_for_selector("body[data-state=done]", timeout=40_000)
    report = page.inner_text("[data-report]")
    assert said in report
    assert "GET POST PUT PATCH DELETE pass" in report
    assert "a feed silent for 2 s was kept" in report
    assert problems == []
    page.close()
