"""One feed, and one long-poll, of many rooms."""

import json
import secrets
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sse_chat.errors import BadId
from sse_chat.feed.cursor_token import CursorToken, pack_cursor
from sse_chat.ids import ZERO, EntryId
from tests.support.feeds import next_of, open_lines, open_ndjson, parse_sse
from tests.support.servers import Launch, Launcher, ServerProcess

TIMEOUT_S = 20


class Rooms:
    def __init__(self, url: str, count: int) -> None:
        self.url = url
        self.names = [f"m{secrets.token_hex(5)}" for _ in range(count)]
        self.query = ",".join(self.names)

    def post(self, at: int, text: str) -> dict[str, Any]:
        answer = httpx.post(f"{self.url}/chat/{self.names[at]}", content=text, auth=("ann", ""))
        answer.raise_for_status()
        posted: dict[str, Any] = answer.json()
        # For whoever posted it alone.
        posted.pop("edit_key", None)
        return posted

    def poll(self, **params: str) -> dict[str, Any]:
        params = {"rooms": self.query, **params}
        answer = httpx.get(f"{self.url}/messages", params=params, timeout=40)
        answer.raise_for_status()
        payload: dict[str, Any] = answer.json()
        return payload


@pytest.fixture(params=["transport", "asgi"], scope="module")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    launcher = Launcher(tmp_path_factory.mktemp("many"))
    yield launcher("--limits", "off", "--sink", request.param)
    launcher.stop()


@pytest.fixture
def rooms(server: ServerProcess) -> Rooms:
    return Rooms(server.url, 3)


def texts(events: list[dict[str, Any]]) -> list[str]:
    return [event["text"] for event in events if event.get("kind") == "message"]


def read(rooms: Rooms, **params: str) -> list[dict[str, Any]]:
    """What a feed that does not follow has, by ndjson."""
    params = {"rooms": rooms.query, "format": "ndjson", "follow": "0", **params}
    answer = httpx.get(f"{rooms.url}/feed", params=params, timeout=TIMEOUT_S)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def test_a_cursor_comes_back_as_it_was_packed() -> None:
    positions = {"a": EntryId(1795455188779, 3), "b": ZERO, "c": EntryId(1795455188779, 2**40)}
    token = pack_cursor(positions)
    cursor = CursorToken(token)
    assert {room: cursor.position_in(room) for room in positions} == positions
    assert cursor.position_in("elsewhere") is None


def test_a_cursor_of_a_hundred_rooms_fits() -> None:
    positions = {f"room-{n}": EntryId(1795455188779 - n * 86_400_000, n) for n in range(100)}
    assert len(pack_cursor(positions)) <= 1500


@pytest.mark.parametrize(
    "token", ["", "x", "AA", "!", "Af____________________8", "AQ" + "A" * 9000]
)
def test_a_token_that_is_none_is_refused(token: str) -> None:
    with pytest.raises(BadId):
        CursorToken(token)


def test_each_room_comes_once_and_in_order_and_has_its_name(rooms: Rooms) -> None:
    with open_ndjson(f"{rooms.url}/feed?rooms={rooms.query}&format=ndjson") as events:
        hello = next_of(events, "hello")
        assert hello["rooms"] == rooms.names
        posted = [rooms.post(at % 3, f"m{at}") for at in range(12)]
        got = [next_of(events, "message") for _ in range(12)]
    assert sorted(entry["id"] for entry in got) == sorted(entry["id"] for entry in posted)
    for name in rooms.names:
        assert [e for e in got if e["room"] == name] == [e for e in posted if e["room"] == name]


def test_every_id_of_a_feed_is_a_place_to_go_on(rooms: Rooms) -> None:
    for at in range(6):
        rooms.post(at % 3, f"m{at}")
    url = f"{rooms.url}/feed?rooms={rooms.query}&format=sse&after=0&follow=0"
    with open_lines(url) as lines:
        seen = [event for event in parse_sse(lines) if event.type == "message"]
    assert [json.loads(event.data)["text"] for event in seen] == [f"m{at}" for at in range(6)]
    for count, event in enumerate(seen, 1):
        headers = {"Last-Event-ID": event.last_id}
        with open_lines(url.replace("&after=0", ""), headers=headers) as lines:
            rest = [each for each in parse_sse(lines) if each.type == "message"]
        assert [each.data for each in rest] == [each.data for each in seen[count:]]
        assert rooms.poll(after=event.last_id)["events"] == [
            json.loads(each.data) for each in seen[count:]
        ]


def test_the_cursor_goes_on_when_rooms_are_added_or_left_out(rooms: Rooms) -> None:
    rooms.post(0, "seen")
    cursor = rooms.poll()["cursor"]
    rooms.post(0, "missed")
    other = Rooms(rooms.url, 1)
    other.post(0, "before it was added")
    both = f"{rooms.names[0]},{other.names[0]}"
    answer = rooms.poll(rooms=both, after=cursor)
    assert texts(answer["events"]) == ["missed"]
    other.post(0, "after it was added")
    answer = rooms.poll(rooms=both, after=answer["cursor"])
    assert texts(answer["events"]) == ["after it was added"]


def test_positions_may_be_named_room_by_room(rooms: Rooms) -> None:
    first, second = rooms.post(0, "a0"), rooms.post(1, "b0")
    rooms.post(0, "a1")
    after = f"{rooms.names[0]}:{first['id']},{rooms.names[1]}:0"
    assert texts(read(rooms, after=after)) == ["b0", "a1"]
    answer = httpx.post(f"{rooms.url}/messages", data={"rooms": rooms.query, "after": after})
    assert answer.json()["events"][0] == second


def test_a_poll_is_answered_as_soon_as_one_room_has_something(rooms: Rooms) -> None:
    cursor = rooms.poll()["cursor"]
    answers: list[dict[str, Any]] = []
    poll = threading.Thread(target=lambda: answers.append(rooms.poll(after=cursor, wait="25")))
    poll.start()
    posted = rooms.post(2, "now")
    poll.join(60)
    assert [answer["events"] for answer in answers] == [[posted]]
    assert answers[0]["gaps"] == []


def test_a_poll_goes_through_all_in_pieces(rooms: Rooms) -> None:
    for at in range(9):
        rooms.post(at % 3, f"m{at}")
    got: list[str] = []
    answer = rooms.poll(after="0", limit="2")
    while answer["events"]:
        got += texts(answer["events"])
        answer = rooms.poll(after=answer["cursor"], limit="2")
    assert got == [f"m{at}" for at in range(9)]


def test_the_newest_of_all_come_first_when_asked_for(rooms: Rooms) -> None:
    for at in range(6):
        rooms.post(at % 3, f"m{at}")
    assert texts(read(rooms, last="4")) == ["m2", "m3", "m4", "m5"]
    text = httpx.get(f"{rooms.url}/feed", params={"rooms": rooms.query, "follow": "0"}).text
    assert [line[8:] for line in text.splitlines() if line.startswith("[")] == [
        f"#{rooms.names[at % 3]} ann: m{at}" for at in range(6)
    ]
    assert sum(line.startswith("* 20") for line in text.splitlines()) == 1


def test_filters_hold_for_all_rooms(rooms: Rooms) -> None:
    for at, said in enumerate(("deploy one", "lunch", "Deploy two")):
        rooms.post(at, said)
    assert texts(read(rooms, after="0", contains="deploy")) == ["deploy one", "Deploy two"]
    answer = rooms.poll(after="0", contains="deploy")
    assert texts(answer["events"]) == ["deploy one", "Deploy two"]
    assert rooms.poll(after=answer["cursor"])["events"] == []
    # The limit is of those that match, as in one room.
    first = rooms.poll(after="0", contains="deploy two", limit="1")
    assert texts(first["events"]) == ["Deploy two"]
    pages = [rooms.poll(after="0", contains="deploy", limit="1")]
    assert pages[0]["more"]
    pages.append(rooms.poll(after=pages[0]["cursor"], contains="deploy", limit="1"))
    assert [texts(page["events"]) for page in pages] == [["deploy one"], ["Deploy two"]]
    assert not pages[1]["more"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", 400),
        ("rooms=", 400),
        ("rooms=Bad", 404),
        ("rooms=a&after=nonsense!", 400),
        ("rooms=a&after=a:1", 400),
        ("rooms=a&last=5&after=0", 400),
        ("rooms=a&last=1000&follow=0", 200),
        ("rooms=a&last=1001&follow=0", 400),
        ("rooms=a&wate=5", 400),
        (f"rooms={','.join(f'r{n}' for n in range(101))}", 400),
    ],
)
def test_bad_input_is_told(server: ServerProcess, query: str, code: int) -> None:
    answer = httpx.get(f"{server.url}/feed?{query}", timeout=TIMEOUT_S)
    assert answer.status_code == code, answer.text


def test_what_retention_took_is_told_with_its_room(launch: Launch) -> None:
    rooms = Rooms(launch("--limits", "off", "--retention", "5").url, 2)
    first = rooms.post(0, "first")
    rooms.post(1, "early")
    for number in range(300):
        rooms.post(0, f"m{number}")
    rooms.post(1, "other")
    after = f"{rooms.names[0]}:{first['id']},{rooms.names[1]}:0"
    events = read(rooms, after=after)
    (gap,) = [event for event in events if event["kind"] == "gap"]
    assert (gap["room"], gap["reason"]) == (rooms.names[0], "trimmed")
    assert "other" in texts(events)
    assert [text for text in texts(events) if text.startswith("m")][-2:] == ["m298", "m299"]
    answer = rooms.poll(after=after)
    assert [gap["room"] for gap in answer["gaps"]] == [rooms.names[0]]
    assert rooms.poll(after=answer["cursor"])["gaps"] == []
    before = rooms.poll(after=after, limit="1")
    assert (texts(before["events"]), before["gaps"]) == (["early"], [])
    told = rooms.poll(after=before["cursor"], limit="1")
    assert [gap["room"] for gap in told["gaps"]] == [rooms.names[0]]
    assert rooms.poll(after=told["cursor"], limit="1")["gaps"] == []


def test_ids_win_over_the_token_before_them(rooms: Rooms) -> None:
    start = rooms.poll()["cursor"]
    first, _ = rooms.post(0, "a0"), rooms.post(1, "b0")
    rooms.post(0, "a1")
    for head, rest in ((start, ["b0", "a1"]), ("0", ["b0", "a1"])):
        after = f"{head},{rooms.names[0]}:{first['id']}"
        assert texts(rooms.poll(after=after)["events"]) == rest
        assert texts(read(rooms, after=after)) == rest
