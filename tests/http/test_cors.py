"""Pages of other origins: let in by setting, and never with a cookie."""

from argparse import Namespace
from collections.abc import Iterator

import httpx
import pytest

from sse_chat.errors import SettingsError
from sse_chat.settings import Settings, read_settings
from tests.support.servers import Launch, Launcher, ServerProcess

OTHER = "https://a.example"
PREFLIGHT = {
    "Origin": OTHER,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,idempotency-key",
}
CROSS = {"Origin": OTHER, "Sec-Fetch-Site": "cross-site"}


@pytest.fixture(scope="module")
def two_origins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    launcher = Launcher(tmp_path_factory.mktemp("cors"))
    yield launcher("--limits", "off", "--cors-origins", f"{OTHER}, https://b.example:8443")
    launcher.stop()


@pytest.fixture
def cors(two_origins: ServerProcess) -> ServerProcess:
    return two_origins.with_own_room()


def test_a_page_of_an_allowed_origin_reads_and_writes(cors: ServerProcess) -> None:
    asked = httpx.options(cors.room, headers=PREFLIGHT)
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == OTHER
    assert "POST" in asked.headers["access-control-allow-methods"]
    allowed = asked.headers["access-control-allow-headers"].lower()
    for name in ("authorization", "idempotency-key", "last-event-id", "update-key"):
        assert name in allowed
    assert "access-control-allow-credentials" not in asked.headers
    posted = httpx.post(cors.room, content="hi", headers=CROSS, auth=("ann", ""))
    assert (posted.status_code, posted.json()["author"]) == (201, "ann")
    for path in ("?follow=0", "/feed?follow=0&format=sse", "/messages", "/messages/x"):
        answer = httpx.get(f"{cors.room}{path}", headers=CROSS)
        assert answer.headers["access-control-allow-origin"] == OTHER
        exposed = answer.headers["access-control-expose-headers"]
        assert exposed == "Location, Retry-After, Idempotency-Replayed, RateLimit, RateLimit-Policy"
        assert "Origin" in answer.headers.get_list("vary", split_commas=True)


def test_a_cookie_is_never_taken_from_another_origin(cors: ServerProcess) -> None:
    with httpx.Client(base_url=cors.url) as ann:
        assert ann.post("/session", json={"name": "ann"}).is_success
        assert ann.get("/session").json()["name"] == "ann"
        assert ann.get("/session", headers=CROSS).json()["name"] is None
        posted = ann.post("/chat/lobby", content="hi", headers=CROSS)
        assert posted.json()["author"].startswith("guest-")
        # Our own page sends Origin too, and keeps its cookie.
        own = {"Origin": cors.url, "Sec-Fetch-Site": "same-origin"}
        assert ann.post("/chat/lobby", content="hi", headers=own).json()["author"] == "ann"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://a.example", "null", "x"])
def test_other_origins_stay_out(cors: ServerProcess, origin: str) -> None:
    headers = {**CROSS, "Origin": origin}
    refused = httpx.post(cors.room, content="hi", headers=headers)
    assert (refused.status_code, refused.json()["error"]) == (403, "cross_site")
    assert httpx.options(cors.room, headers={**PREFLIGHT, "Origin": origin}).status_code == 403
    read = httpx.get(f"{cors.room}/messages", headers=headers)
    assert "access-control-allow-origin" not in read.headers


def test_nothing_is_allowed_by_default(server: ServerProcess, room: str) -> None:
    assert httpx.options(room, headers=PREFLIGHT).status_code == 403
    read = httpx.get(f"{room}/messages", headers=CROSS)
    assert "access-control-allow-origin" not in read.headers


def test_any_origin_may_be_let_in_as_curl_is(launch: Launch) -> None:
    room = launch("--limits", "off", "--cors-origins", "*").room
    posted = httpx.post(room, content="hi", headers=CROSS)
    assert posted.status_code == 201
    assert posted.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("value", ["a.example", "https://a.example/path", "https://", "ftp://a"])
def test_what_is_no_origin_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="origins such as"):
        read_settings(Namespace(cors_origins=value), {})
    assert Settings().cors_origins == ""
