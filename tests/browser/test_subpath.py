"""The page under a path of another site, behind a real nginx."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.person import Person, sign_in
from tests.support.programs import Through, nginx
from tests.support.servers import Launch

ROOT = "/team/talk"
PASS_ON = "proxy_http_version 1.1; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"


@pytest.mark.parametrize("slash", ["/", ""], ids=["prefix-taken-off", "prefix-passed-on"])
def test_people_talk_under_a_path(
    launch: Launch, through: Through, chromium: Browser, slash: str
) -> None:
    server = launch("--root-path", ROOT, "--trusted-proxies", "127.0.0.1")
    front = through(
        nginx(f"location {ROOT}/ {{ proxy_pass $origin{slash}; {PASS_ON} }}"), server.url
    )
    people = [sign_in(chromium, name, f"{front}{ROOT}") for name in ("ann", "ben")]
    astray: list[str] = []
    for person in people:
        _watch(person, astray)
        person.enter(f"{front}{ROOT}/chat/lobby").wait_live()
    ann, ben = people
    ann.say("hello from below")
    ben.sees("hello from below")
    ben.page.goto(f"{front}{ROOT}/")
    ben.page.get_by_role("link", name="lobby").first.click()
    ben.sees("hello from below")
    for person in people:
        person.context.close()
    assert astray == []
    assert not [problem for person in people for problem in person.problems]


def test_two_servers_under_one_name_keep_apart_what_was_begun(
    launch: Launch, through: Through, chromium: Browser
) -> None:
    one, two = (launch("--root-path", path) for path in ("/one", "/two"))
    places = f"location /one/ {{ proxy_pass $origin; }} location /two/ {{ proxy_pass {two.url}; }}"
    front = through(nginx(places), one.url)
    ann = sign_in(chromium, "ann", f"{front}/one")
    assert ann.context.request.post(f"{front}/two/session", form={"name": "eve"}).ok
    ann.enter(f"{front}/one/chat/lobby").wait_ready().field.fill("for the one")
    ann.enter(f"{front}/two/chat/lobby").wait_ready()
    expect(ann.field).to_have_value("")
    ann.page.get_by_role("button", name="Sign out").click()
    expect(ann.page.locator("[data-my-name]")).to_have_text("Not signed in")
    ann.enter(f"{front}/one/chat/lobby").wait_ready()
    expect(ann.field).to_have_value("for the one")
    ann.context.close()


def _watch(person: Person, astray: list[str]) -> None:
    """Keeps every request that leaves the path."""
    person.page.on(
        "request",
        lambda request: (
            None
            if urlsplit(request.url).path.startswith(f"{ROOT}/")
            else astray.append(request.url)
        ),
    )
