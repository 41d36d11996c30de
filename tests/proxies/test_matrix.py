"""Through each proxy: feeds, long-poll, post, and the page across a kill of the server."""

import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.proxies.readers import Reader
from tests.proxies.route import Route
from tests.proxies.table import Table
from tests.proxies.talk import Talk, texts_of
from tests.proxies.watched import OpenPage, WatchedPage
from tests.support.waiting import WAIT_S, wait_until

_ENTRIES = 4
_HELD_S = 3.0


def test_feeds_stream_or_are_held_as_expected(route: Route, room_name: str, table: Table) -> None:
    kinds = (("sse", route.row.streams_sse), ("ndjson", route.row.streams_ndjson))
    # What is expected to stream may take as long as a busy machine needs.
    readers = {
        Reader(route, room_name, fmt, _ENTRIES, WAIT_S if streams else _HELD_S): streams
        for fmt, streams in kinds
    }
    direct = Reader(route.origin, room_name, "sse", _ENTRIES, WAIT_S)
    streaming = [reader for reader, streams in readers.items() if streams]
    wait_until(lambda: not any(reader.is_held for reader in (direct, *streaming)))
    for _ in range(_ENTRIES):
        route.origin.say(room_name, repr(time.time()))
        time.sleep(0.1)
    for reader in (*readers, direct):
        reader.join(2 * WAIT_S)
    sse, ndjson = readers
    table.note(route.row.name, event_stream=_describe(sse), NDJSON=_describe(ndjson))
    assert [reader.is_held for reader in readers] == [not streams for _, streams in kinds]
    for reader in streaming:
        assert len(reader.delays_s) == _ENTRIES
        # Measured beside each other: what the machine adds is no fault of the path.
        assert statistics.median(reader.delays_s) < 0.5 + 3 * statistics.median(direct.delays_s)


def _describe(reader: Reader) -> str:
    return "held" if reader.is_held else _median_ms(reader.delays_s)


def test_a_long_poll_waits_for_a_post(route: Route, room_name: str, table: Table) -> None:
    delays_s, posts_s, cursor = [], [], "0"
    with route.client(timeout=WAIT_S) as client, ThreadPoolExecutor() as threads:
        for text in ("one", "two", "three"):
            query = {"after": cursor, "wait": "10"}
            poll = threads.submit(client.get, f"/chat/{room_name}/messages", params=query)
            with pytest.raises(TimeoutError):
                poll.result(0.15)
            began_s = time.monotonic()
            posted = client.post(f"/chat/{room_name}", data={"text": text})
            posts_s.append(time.monotonic() - began_s)
            assert posted.status_code == 201
            page = poll.result(WAIT_S).json()
            delays_s.append(time.monotonic() - began_s)
            assert [entry["text"] for entry in page["events"]] == [text]
            cursor = page["cursor"]
    table.note(route.row.name, long_poll=_median_ms(delays_s), POST=_median_ms(posts_s))
    assert statistics.median(delays_s) < 0.5 + 3 * statistics.median(posts_s)


def _median_ms(times_s: list[float]) -> str:
    return f"{statistics.median(times_s) * 1000:.0f} ms"


def test_the_page_settles_chats_and_outlives_the_server(
    route: Route, room_name: str, table: Table, page_at: OpenPage
) -> None:
    page = page_at(route, room_name)
    talk = Talk(route, room_name, page)
    step, settled_s = page.wait_settled(WAIT_S, talk.say_now_and_then)
    climbing_s = [talk.delay_s(text) for text in talk.texts]
    settled = [talk.delay_s(talk.say(f"settled {number}")) for number in range(3)]
    page.say("from the page")
    page.wait_seen("from the page")
    cut_s = _kill_and_restart(route, talk, page)
    table.note(
        route.row.name,
        the_page=f"step {step} of 3",
        settles=f"{settled_s:.1f} s",
        then_shows=_median_ms(settled),
        cut=f"{cut_s:.1f} s",
    )
    assert step == route.row.step
    # The table shows how long it took; these bounds hold on a machine that is busy with others.
    assert settled_s < 40
    # Nobody waits for the diagnosis.
    assert max(climbing_s, default=0) < 15
    assert statistics.median(settled) < 5
    assert [text for text, _ in page.seen] == texts_of(route.origin, room_name)


def _kill_and_restart(route: Route, talk: Talk, page: WatchedPage) -> float:
    """Seconds from the server's return to the first message of its new life on the page."""
    cursor = talk.last_id
    route.origin.kill()
    route.origin.start()
    returned_s = time.time()
    missed = [talk.say(f"after the kill {number}") for number in range(2)]
    assert _resume(route, talk.room, cursor)[-2:] == missed
    shown_s = max(page.wait_seen(text) for text in missed)
    return shown_s - returned_s


def _resume(route: Route, room: str, cursor: str) -> list[str]:
    """The messages after the cursor, as a client gets them that comes back by this way."""
    query = {"after": cursor, "follow": "0", "format": "ndjson"}
    deadline_s = time.monotonic() + WAIT_S
    with route.client(timeout=WAIT_S) as client:
        while True:
            answer = client.get(f"/chat/{room}/feed", params=query)
            if answer.status_code == 200:
                events = [json.loads(line) for line in answer.text.splitlines()]
                return [event["text"] for event in events if event["kind"] == "message"]
            # Some proxies take a while until they try a server again that was away.
            assert answer.status_code in (500, 502, 503, 504), answer.text
            assert time.monotonic() < deadline_s
            time.sleep(0.2)
