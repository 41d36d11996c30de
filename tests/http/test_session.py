"""Who speaks: cookies, Basic, addresses, and what another site may not do."""

import time
from collections.abc import Iterator

import httpx
import pytest

from sse_chat.events import Author
from sse_chat.people.sessions import Sessions
from tests.support.servers import Launch, ServerProcess


@pytest.fixture
def browser(server: ServerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as client:
        yield client


def test_nobody_has_no_name(browser: httpx.Client) -> None:
    answer = browser.get("/session")
    assert answer.status_code == 200
    assert answer.json()["name"] is None


def test_signing_in_makes_a_cookie_that_speaks(browser: httpx.Client, room: str) -> None:
    answer = browser.post("/session", json={"name": "Ann"})
    assert (answer.status_code, answer.json()["name"], answer.json()["guest"]) == (200, "Ann", True)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert browser.get("/session").json()["name"] == "Ann"
    entry = browser.post(room, content="hi").json()
    assert (entry["author"], entry["guest"]) == ("Ann", True)


def test_a_new_name_keeps_the_person(browser: httpx.Client, room: str) -> None:
    browser.post("/session", data={"name": "ann"})
    first = browser.post(room, content="a").json()
    browser.post("/session", data={"name": "anna"})
    second = browser.post(room, content="b").json()
    assert first["author_id"] == second["author_id"]
    assert second["author"] == "anna"


def test_signing_out_ends_it(browser: httpx.Client) -> None:
    browser.post("/session", data={"name": "ann"})
    assert browser.post("/session/end").status_code == 200
    assert browser.get("/session").json()["name"] is None


def test_a_form_goes_back_to_a_page(browser: httpx.Client) -> None:
    answer = browser.post("/session", data={"name": "ann"}, headers={"Accept": "text/html"})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    "name",
    ["", " ann", "ann ", "a" * 33, "a\nb", "a\x00b", "\u202eann", "a\u2066b", "\u200b", 5, None],
)
def test_a_bad_name_is_refused(browser: httpx.Client, name: object) -> None:
    answer = browser.post("/session", json={"name": name})
    assert answer.status_code == 400
    assert answer.json()["error"] == "bad_name"


def test_a_forged_cookie_is_nobody(browser: httpx.Client, server: ServerProcess) -> None:
    browser.post("/session", data={"name": "ann"})
    [(cookie_name, cookie)] = browser.cookies.items()
    for forged in (cookie[:-2] + "xx", "x", "." * 20, cookie.replace(cookie[:4], "AAAA")):
        answer = httpx.get(f"{server.url}/session", cookies={cookie_name: forged})
        assert answer.json()["name"] is None


def test_basic_without_a_password_is_a_guest(room: str) -> None:
    first = httpx.post(room, content="a", auth=("ann", "")).json()
    again = httpx.post(room, content="b", auth=("ANN", "")).json()
    other = httpx.post(room, content="c", auth=("bob", "")).json()
    assert (first["author"], first["guest"]) == ("ann", True)
    assert first["author_id"] == again["author_id"] != other["author_id"]


@pytest.mark.parametrize("value", ["Basic !!", "Basic YW5u", "Bearer nonsense", "Nothing x", ""])
def test_a_bad_authorization_is_refused(room: str, value: str) -> None:
    answer = httpx.post(room, content="a", headers={"Authorization": value})
    assert answer.status_code in (400, 401)


def test_a_password_for_no_account_is_401(room: str) -> None:
    answer = httpx.post(room, content="a", auth=("ann", "secret"))
    assert answer.status_code == 401
    assert "basic" in answer.headers["www-authenticate"].lower()
    browser = httpx.post(
        room, content="a", auth=("ann", "secret"), headers={"User-Agent": "Mozilla/5.0"}
    )
    assert browser.status_code == 401
    assert "basic" not in browser.headers["www-authenticate"].lower()


def test_a_bad_password_reads_nothing_either(room: str) -> None:
    for path in ("", "/feed", "/messages", "/messages/1-0", "/people", "/search?q=a"):
        answer = httpx.get(
            f"{room}{path}", auth=("ann", "wrong"), params={"follow": "0"} if not path else None
        )
        assert answer.status_code == 401, path


def test_a_bare_curl_is_the_same_guest_each_time(room: str) -> None:
    first = httpx.post(room, content="a").json()
    second = httpx.post(room, content="b").json()
    assert first["author"].startswith("guest-")
    assert len(first["author"]) == len("guest-") + 4
    assert first["author_id"] == second["author_id"]


def test_a_setting_forbids_nobody_to_speak(launch: Launch) -> None:
    room = launch("--anonymous", "off").room
    assert httpx.post(room, content="a").status_code == 401
    assert httpx.post(room, content="a", auth=("ann", "")).status_code == 201


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://{host}"}, 200),
        ({"Origin": "http://{host}"}, 200),
        ({"Origin": "http://evil.example", "X-Forwarded-Host": "evil.example"}, 403),
        ({}, 200),
    ],
)
def test_another_site_can_neither_sign_in_nor_post(
    browser: httpx.Client, room: str, headers: dict[str, str], status: int
) -> None:
    browser.post("/session", data={"name": "ann"})
    host = f"{browser.base_url.host}:{browser.base_url.port}"
    headers = {name: value.format(host=host) for name, value in headers.items()}
    assert browser.post("/session", data={"name": "eve"}, headers=headers).status_code == status
    posted = browser.post(room, content="a", headers=headers)
    assert posted.status_code == (201 if status == 200 else 403)
    ended = browser.post("/session/end", headers=headers)
    assert ended.status_code == status


DAY_S = 24 * 3600


@pytest.mark.parametrize(
    ("ahead_s", "is_known"),
    [
        pytest.param(0, True, id="same-clock"),
        pytest.param(2, True, id="two-seconds-ahead"),
        pytest.param(30, True, id="half-a-minute-ahead"),
        pytest.param(DAY_S - 60, True, id="nearly-a-day-ahead"),
        pytest.param(DAY_S + 60, False, id="too-far-ahead"),
        pytest.param(-180 * DAY_S + 60, True, id="nearly-too-old"),
        pytest.param(-180 * DAY_S - 60, False, id="too-old"),
    ],
)
def test_a_cookie_of_a_node_with_another_clock_is_known(ahead_s: int, is_known: bool) -> None:
    cookie = Sessions("secret").to_cookie(Author("ann", "g_1"))
    elsewhere = Sessions("secret", clock=lambda: time.time() - ahead_s)
    assert (elsewhere.of_cookie(cookie) is not None) is is_known


def test_a_page_acts_only_as_whom_it_shows(browser: httpx.Client, room: str) -> None:
    assert browser.post(room, content="a", headers={"Author-Id": "none"}).status_code == 201
    me = browser.post("/session", json={"name": "ann"}).json()["author_id"]
    assert browser.post(room, content="b", headers={"Author-Id": me}).status_code == 201
    for other in ("none", "g_0123456789abcdef", ""):
        refused = browser.post(room, content="c", headers={"Author-Id": other})
        assert (refused.status_code, refused.json()["error"]) == (403, "other_author")
        assert "somebody else" in refused.json()["detail"]
    with httpx.Client() as signed_out:
        refused = signed_out.post(room, content="c", headers={"Author-Id": me})
    assert (refused.status_code, refused.json()["error"]) == (403, "other_author")
    assert refused.json()["detail"].startswith("you were signed out")


def test_signing_out_clears_what_the_browser_keeps(browser: httpx.Client, launch: Launch) -> None:
    assert browser.post("/session/end").headers["clear-site-data"] == '"storage"'
    rooted = launch("--root-path", "/team")
    assert "clear-site-data" not in httpx.post(f"{rooted.url}/session/end").headers
