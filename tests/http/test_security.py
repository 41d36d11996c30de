"""What someone with bad intentions sends: forged, oversized, cross-site, too many, too often."""

import json
import re
import secrets
import time
from contextlib import ExitStack
from html.parser import HTMLParser

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_chat.people.limits import PERSON_FEEDS, PERSON_NAMES, PERSON_ROOMS, PLACE_SIGN_INS
from sse_chat.people.sessions import Sessions
from tests.support.servers import Launch, ServerProcess, curl

PASSWORD = "correct horse battery"
SCRIPTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "[x](javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "![x](https://evil.example/pixel.png)",
    "<a href='vbscript:x'>x</a>",
    "`</code><script>alert(1)</script>`",
    "{{ 7 * 7 }} {% raw %}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<math><mtext></mtext><script>alert(1)</script></math>",
)
ESCAPES = (
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x9b31m",
    "\x1bP1000p\x1b\\",
    "\u202egnp.exe",
    "\x08\x08\x08",
    "\x00".replace("\x00", "\x7f"),
)
_RUN = {"script", "img", "svg", "iframe", "object", "embed", "style", "math", "form", "meta"}


def elements_of(html: str) -> list[tuple[str, dict[str, str | None]]]:
    """As a browser sees them: names and attributes."""
    found: list[tuple[str, dict[str, str | None]]] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs)))

    Parser().feed(html)
    return found


@pytest.mark.parametrize("text", SCRIPTS)
def test_no_text_becomes_markup_that_runs(room: str, text: str) -> None:
    httpx.post(room, content=text.encode(), headers={"Content-Type": "text/plain"})
    httpx.post(f"{room}/topic", json={"text": text}, auth=("ann", ""))
    entry = httpx.get(f"{room}/messages").json()["events"][0]
    assert entry["text"] == text
    page = httpx.get(room, headers={"Accept": "text/html"})
    log = page.text.partition("data-log>")[2].partition("</ol>")[0]
    assert elements_of(log)
    for tag, attributes in elements_of(entry.get("html", "") + log):
        assert tag not in _RUN
        assert not [name for name in attributes if name.startswith("on")]
        assert not (attributes.get("href") or "").startswith(("javascript", "data", "vbscript"))
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
    assert "unsafe" not in page.headers["content-security-policy"]


@pytest.mark.parametrize("text", ESCAPES)
def test_nothing_drives_a_terminal(room: str, text: str) -> None:
    httpx.post(room, json={"text": f"a{text}b"}, auth=("ann", ""))
    shown = curl(f"{room}?follow=0").encode()
    assert b"ann: a" in shown
    assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]", shown)
    for path in ("messages", "feed?format=ndjson&last=9&follow=0", "feed?last=9&follow=0"):
        said = curl(f"{room}/{path}")
        # JSON says the same, and curl shows it as it comes.
        assert f"a{text}b" in said.encode().decode("unicode_escape")
        assert not re.search("[\x00-\x08\x0b-\x1f\x80-\x9f\u202a-\u202e]", said)


@pytest.mark.parametrize(
    "header",
    ["Idempotency-Key: a\tb", "Last-Event-ID: x\ty", "Authorization: Basic \x80", "Cookie: \x80=1"],
)
def test_a_strange_header_is_no_500(room: str, header: str) -> None:
    for method in ("GET", "POST"):
        data = ["-d", "hi"] if method == "POST" else []
        said = curl("-o", "/dev/null", "-w", "%{http_code}", "-H", header, *data,
                    f"{room}?follow=0")  # fmt: skip
        assert int(said) < 500


@pytest.mark.parametrize(
    "cookie", ["u_0", "eyJ.x.y", "." * 3000, "\u00e9", '["ann","u_0123456789abcdef","00"]']
)
def test_a_forged_cookie_is_nobody(server: ServerProcess, cookie: str) -> None:
    raw = b"sse_chat_session=" + cookie.encode("latin-1", "replace")
    answer = httpx.get(f"{server.url}/session", headers=[(b"Cookie", raw)])
    assert answer.json()["name"] is None


def test_a_cookie_of_another_secret_is_nobody(server: ServerProcess) -> None:
    sessions = Sessions("another secret that we do not have")
    cookie = sessions.to_cookie(sessions.new_guest("ann", None))
    answer = httpx.get(f"{server.url}/session", cookies={"sse_chat_session": cookie})
    assert answer.json()["name"] is None


@pytest.mark.parametrize(
    "token", ["sct_", "sct_000000000000_" + "0" * 40, "sct_" + "a" * 4000, "é", "x y"]
)
def test_a_forged_token_is_401(room: str, token: str) -> None:
    value = f"Bearer {token}".encode()
    answer = httpx.post(room, content="a", headers=[(b"Authorization", value)])
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "path",
    ["/account/password", "/account/tokens", "/session/end", "/chat/lobby/rules", "/rooms",
     "/chat/lobby/moderation", "/chat/lobby/typing", "/chat/lobby/read", "/moderation",
     "/chat/lobby/link", "/chat/lobby/members", "/chat/lobby/delete", "/admin/rooms",
     "/send_message"],
)  # fmt: skip
def test_another_site_changes_nothing(server: ServerProcess, path: str) -> None:
    with httpx.Client(base_url=server.url) as client:
        client.post("/session", json={"name": "ann"})
        answer = client.post(path, json={}, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.json()["error"] == "cross_site"


@pytest.mark.parametrize("header", ["Sec-Fetch-Site: cross-site", "Origin: http://evil.example"])
def test_another_site_cannot_use_a_password_that_the_browser_knows(room: str, header: str) -> None:
    name, value = header.split(": ")
    answer = httpx.post(room, content="a", auth=("ann", ""), headers={name: value})
    assert (answer.status_code, answer.json()["error"]) == (403, "cross_site")


def test_pages_say_what_browsers_must_not_do(server: ServerProcess) -> None:
    for path in ("/", "/chat", "/account", "/chat/lobby/rules", "/help"):
        headers = httpx.get(server.url + path, headers={"Accept": "text/html"}).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["referrer-policy"] in ("same-origin", "no-referrer"), path


def test_no_redirect_leads_away(server: ServerProcess) -> None:
    for room in ("//evil.example", "https://evil.example", "..", "a/../../b", "a%0d%0aX: y"):
        answer = httpx.post(
            f"{server.url}/session",
            data={"name": "ann", "room": room, "invitation": "//evil.example"},
            headers={"Accept": "text/html"},
        )
        assert answer.status_code in (303, 404)
        assert "evil" not in answer.headers.get("location", "")


def test_passwords_are_not_tried_without_end(launch: Launch) -> None:
    server = launch()
    payload = {"name": "ann", "password": PASSWORD}
    assert httpx.post(f"{server.url}/account", json=payload).status_code == 201
    wrong = {"name": "ann", "password": "not the password"}
    answers = [
        httpx.post(f"{server.url}/session", json=wrong) for _ in range(PLACE_SIGN_INS.burst + 1)
    ]
    assert [each.status_code for each in answers] == [401] * PLACE_SIGN_INS.burst + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    basic = httpx.post(server.room, content="a", auth=("ann", "not this either"))
    assert basic.status_code == 429


def test_names_rooms_and_feeds_are_counted(launch: Launch) -> None:
    server = launch()
    with ExitStack() as stack:
        client = stack.enter_context(httpx.Client(base_url=server.url, limits=httpx.Limits()))
        names = [
            client.post("/session", json={"name": f"ann {number}"}).status_code
            for number in range(PERSON_NAMES.burst + 2)
        ]
        # The first one made the person.
        assert names == [200] * (PERSON_NAMES.burst + 1) + [429]
        began_s = time.monotonic()
        count = 0
        while (status := client.post(f"/chat/r{count}", content="a").status_code) == 201:
            count += 1
            # What comes back meanwhile is more where the machine is slow.
            assert count <= PERSON_ROOMS.burst + (time.monotonic() - began_s) * PERSON_ROOMS.per_s
        assert status == 429
        assert count >= PERSON_ROOMS.burst
        for _ in range(PERSON_FEEDS.count):
            stack.enter_context(client.stream("GET", "/chat/lobby/feed"))
        assert client.get("/chat/lobby/feed").status_code == 429
        assert client.get("/chat/lobby/messages").status_code == 200


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/session", {"name": "\ud800", "password": PASSWORD}),
        ("/account", {"name": "x", "password": PASSWORD, "invitation": "\ud800"}),
        ("/account/tokens", {"label": "\ud800"}),
        ("/chat/ROOM/members", {"who": "\ud800"}),
        ("/chat/ROOM/moderation", {"act": "ban", "who": "\ud800"}),
        ("/chat/ROOM/messages/1-0/reactions", {"emoji": "\ud800"}),
        ("/chat/ROOM/messages/1-0/reactions", {"emoji": {"\udfff": [["\ud800"]]}}),
    ],
)
def test_half_a_character_is_400_and_ends_no_worker(
    server: ServerProcess, path: str, fields: dict[str, object]
) -> None:
    tag = secrets.token_hex(4)
    with httpx.Client(base_url=server.url) as owner:
        account = {"name": f"half {tag}", "password": PASSWORD}
        assert owner.post("/account", json=account).status_code == 201
        assert owner.post("/rooms", json={"room": tag}).status_code == 201
        headers = {"Content-Type": "application/json"}
        url = path.replace("ROOM", tag)
        assert owner.post(url, content=json.dumps(fields), headers=headers).status_code == 400
        assert owner.get("/account").status_code == 200
        assert owner.get("/readyz").status_code == 200


# Half of a pair too, which JSON can say and UTF-8 cannot.
_TEXT = st.text(st.characters() | st.characters(categories=["Cs"]), max_size=50)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)
_FIELDS = st.sampled_from(
    ["name", "password", "text", "who", "act", "minutes", "days", "rooms", "scope", "id",
     "role", "visibility", "slow_s", "emoji", "old", "new", "label", "invitation", "room"]
)  # fmt: skip


@given(fields=st.dictionaries(_FIELDS, _VALUES, max_size=5), number=st.integers(0, 30))
@settings(max_examples=150)
def test_no_fields_make_a_500(
    server: ServerProcess, fields: dict[str, object], number: int
) -> None:
    paths = (
        "/session", "/account", "/account/password", "/account/tokens", "/rooms", "/moderation",
        "/chat/lobby/rules", "/chat/lobby/members", "/chat/lobby/link", "/chat/lobby/moderation",
        "/chat/lobby/delete",
        "/chat/lobby/topic", "/chat/lobby/read", "/chat/lobby/messages/1-0/reactions",
        "/chat/lobby/messages/1-0/edit", "/invite/x", "/send_message", "/chat/lobby",
    )  # fmt: skip
    url = server.url + paths[number % len(paths)]
    content = json.dumps(fields)
    headers = {"Content-Type": "application/json"}
    auth = None if number % 2 else (f"h{secrets.token_hex(3)}", "")
    answer = httpx.post(url, content=content, headers=headers, auth=auth)
    assert answer.status_code < 500, (url, content, answer.text)


MARKS = "a" + "\u0315" * 15_000 + "\u0300" * 15_000


def test_no_name_is_normalized_before_it_is_measured(server: ServerProcess, room: str) -> None:
    """Each of these took more than a second of everybody's time."""
    with httpx.Client(base_url=server.url) as client:
        account = {"name": f"marks {secrets.token_hex(4)}", "password": PASSWORD}
        assert client.post("/account", json=account).status_code == 201
        name = room.rpartition("/")[2]
        assert client.post("/rooms", json={"room": name}).status_code == 201
        answers = [
            client.post("/session", json={"name": MARKS}),
            client.post("/session", json={"name": MARKS, "password": PASSWORD}),
            client.post("/account", json={"name": MARKS, "password": PASSWORD}),
            client.post(f"/chat/{name}/moderation", json={"act": "kick", "who": MARKS}),
            client.post(f"/chat/{name}/members", json={"who": MARKS}),
            httpx.post(room, content="a", auth=(MARKS[:8000], "")),
            httpx.post(room, content="a", auth=(MARKS[:8000], PASSWORD)),
        ]
    assert [(each.status_code, each.json()["error"]) for each in answers] == [(400, "bad_name")] * 7
