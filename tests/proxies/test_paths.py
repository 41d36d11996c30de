"""What single proxies are known to do: hold, share, cut, and be restarted."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.proxies import reverse
from tests.proxies.origin import Origin
from tests.proxies.readers import Reader
from tests.proxies.route import Route
from tests.proxies.rows import Row
from tests.proxies.talk import Talk, texts_of
from tests.proxies.watched import OpenPage
from tests.support.feeds import next_of, open_ndjson
from tests.support.programs import lighttpd, privoxy

_TWELVE_FEEDS_AND_A_POST = """async (room) => {
  const feeds = Array.from({ length: 12 }, (_, i) => new EventSource(`${room}${i}/feed`));
  const hello = (feed) => new Promise((done) => feed.addEventListener("hello", done));
  await Promise.all(feeds.map(hello));
  const began = performance.now();
  const body = new URLSearchParams({ text: "hi" });
  const answer = await fetch(room, { method: "POST", body });
  feeds.forEach((feed) => feed.close());
  return answer.status === 201 ? performance.now() - began : null;
}"""

By = Callable[[Row, Origin], Route]


@pytest.fixture
def by(tmp_path: Path) -> Iterator[By]:
    """The way through a proxy of the test's own."""
    routes: list[Route] = []

    def open_route(row: Row, origin: Origin) -> Route:
        folder = tmp_path / f"route{len(routes)}"
        folder.mkdir()
        routes.append(Route(row, origin, folder))
        return routes[-1]

    yield open_route
    for route in routes:
        route.close()


def test_without_our_headers_the_matrix_sees_the_hold(
    tmp_path: Path, by: By, room_name: str
) -> None:
    plain = Origin(tmp_path, "--identity-encoding", "off")
    try:
        route = by(Row("deaf nginx", reverse.nginx_gzip_deaf), plain)
        reader = Reader(route, room_name, "sse", 1, 3)
        plain.say(room_name, repr(time.time()))
        reader.join(60)
        assert reader.is_held
    finally:
        plain.close()


def test_varnish_never_gives_one_clients_feed_to_another(
    origin: Origin, by: By, room_name: str
) -> None:
    route = by(Row("varnish", reverse.varnish()), origin)
    first_id, _ = origin.say(room_name, "first")
    url = f"{route.url}/chat/{room_name}/feed?format=ndjson"
    with open_ndjson(f"{url}&after=0") as one, open_ndjson(url) as other:
        assert next_of(one, "message")["id"] == first_id
        origin.say(room_name, "second")
        assert next_of(one, "message")["text"] == "second"
        assert next_of(other, "message")["text"] == "second"


@pytest.mark.long
def test_a_time_limit_on_the_whole_answer_loses_and_doubles_nothing(
    origin: Origin, by: By, room_name: str, page_at: OpenPage
) -> None:
    limit = ("-p", "send_timeout=4", "-p", "idle_send_timeout=4")
    route = by(Row("hasty varnish", reverse.varnish("", *limit)), origin)
    page = page_at(route, room_name)
    talk = Talk(route, room_name, page)
    ends_s = time.monotonic() + 10
    page.wait_settled(60, talk.say_now_and_then)
    while time.monotonic() < ends_s:
        talk.say_now_and_then()
        page.pause()
    assert max(talk.delay_s(text) for text in talk.texts) < 20
    assert [text for text, _ in page.seen] == texts_of(origin, room_name)


@pytest.mark.long
def test_heartbeats_keep_a_silent_feed_open(origin: Origin, by: By, room_name: str) -> None:
    route = by(Row("hasty haproxy", reverse.haproxy(timeout="4s")), origin)
    url = f"{route.url}/chat/{room_name}/feed?format=ndjson&heartbeat=2"
    with open_ndjson(url) as events:
        next_of(events, "hello")
        for _ in range(4):
            next_of(events, "ping")
        origin.say(room_name, "still there")
        assert next_of(events, "message")["text"] == "still there"


def test_twelve_feeds_of_one_browser_and_a_post_over_http_2(
    origin: Origin, by: By, room_name: str, page_at: OpenPage
) -> None:
    route = by(Row("nghttpx", reverse.nghttpx, is_https=True), origin)
    page = page_at(route, room_name)
    took_ms = page.page.evaluate(_TWELVE_FEEDS_AND_A_POST, f"/chat/{room_name}")
    assert took_ms is not None
    # Over HTTP/1.1 the seventh feed would wait for the first to end.
    assert took_ms < 15_000


@pytest.mark.long
def test_a_server_that_was_away_leaves_the_page_on_its_step(
    origin: Origin, by: By, room_name: str, page_at: OpenPage
) -> None:
    route = by(Row("nginx", reverse.nginx_plain), origin)
    page = page_at(route, room_name)
    page.wait_settled(60, page.pause)
    origin.kill()
    try:
        page.wait_state("offline")
        page.pause(5)
    finally:
        origin.start()
    talk = Talk(route, room_name, page)
    # Attempts are up to 30 s apart by then.
    page.wait_seen(talk.say("back again"), 60)
    assert page.wait_settled(60, page.pause)[0] == 1


@pytest.mark.long
def test_a_server_that_is_slow_to_answer_leaves_the_page_on_its_step(
    origin: Origin, by: By, room_name: str, page_at: OpenPage
) -> None:
    route = by(Row("nginx", reverse.nginx_plain), origin)
    page = page_at(route, room_name)
    page.wait_settled(60, page.pause)
    route.kill_proxy()
    page.wait_state("offline")
    origin.freeze()
    try:
        route.start_proxy()
        # Longer than a feed may be silent, shorter than a plain question may take after that.
        page.pause(6.5)
    finally:
        origin.thaw()
    talk = Talk(route, room_name, page)
    # Attempts are up to 30 s apart by then.
    page.wait_seen(talk.say("back again"), 60)
    assert page.wait_settled(60, page.pause)[0] == 1


@pytest.mark.long
@pytest.mark.parametrize(
    "row",
    [
        pytest.param(Row("nginx", reverse.nginx_plain), id="sse"),
        pytest.param(Row("privoxy", privoxy, step=2, is_forward=True), id="ndjson"),
        pytest.param(Row("lighttpd", lighttpd, step=3), id="poll"),
    ],
)
def test_a_proxy_killed_and_restarted_loses_and_doubles_nothing(
    origin: Origin, by: By, room_name: str, page_at: OpenPage, row: Row
) -> None:
    route = by(row, origin)
    page = page_at(route, room_name)
    talk = Talk(route, room_name, page)
    page.wait_settled(60, talk.say_now_and_then)
    route.kill_proxy()
    talk.say("while the proxy is away")
    page.wait_state("offline")
    route.start_proxy()
    talk.say("when it is back")
    for text in talk.texts:
        page.wait_seen(text)
    assert [text for text, _ in page.seen] == texts_of(origin, room_name)
