"""Numbers and ids of any size and shape are answered right or with 400, never with a failure."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_chat.errors import Malformed
from sse_chat.numbers import parse_whole
from tests.support.servers import ServerProcess

MOST = 2**64 - 1
IDS = [
    "0", "0-0", "1-0", "00-0", "1", "1-", "-1", "1-1-1", "1-0 ", "+1-0", "\uff11-0", "1e3-0", "x",
    "", f"1-{MOST}", f"1700000000000-{MOST}", f"{MOST}-{MOST}", f"{MOST}-0", f"1-{MOST + 1}",
    f"{MOST + 1}-0", f"0-{MOST}", "9" * 5000, f"{'9' * 5000}-0", "1-0\n", "1-0\0",
]  # fmt: skip


@given(st.integers(0, 5000))
def test_a_whole_number_in_bounds_is_read(number: int) -> None:
    assert parse_whole("n", number, least=0, most=5000) == number
    assert parse_whole("n", str(number), least=0, most=5000) == number


@pytest.mark.parametrize(
    "value",
    ["", " 1", "1 ", "+1", "-1", "01", "1.0", 1.0, "1_0", "0x1", "\uff11", "²", "1e3", True, None,
     [1], {"a": 1}, "101", 101, -1, "9" * 5000],
)  # fmt: skip
def test_what_is_no_number_in_bounds_is_malformed(value: object) -> None:
    with pytest.raises(Malformed, match="n="):
        parse_whole("n", value, least=0, most=100)


@pytest.fixture(scope="module")
def lobby(server: ServerProcess) -> str:
    """A room with three messages."""
    room = f"{server.url}/chat/numbers"
    for text in "abc":
        httpx.post(room, content=text)
    return room


@pytest.mark.parametrize("wanted", IDS)
def test_an_id_of_any_size_is_answered_or_refused(lobby: str, wanted: str) -> None:
    html = {"Accept": "text/html"}
    ids, feed = {"id": wanted}, {"follow": "0", "format": "ndjson"}
    asked = [("page", httpx.get(lobby, params={name: wanted}, headers=html)) for name in PAGE]
    asked += [(name, httpx.get(f"{lobby}/messages", params={name: wanted})) for name in MESSAGES]
    asked += [
        ("one of one", httpx.get(f"{lobby}/messages", params={"around": wanted, "limit": "1"})),
        ("poll", httpx.get(f"{lobby}/messages", params={"after": wanted, "wait": "1"})),
        ("search", httpx.get(f"{lobby}/search", params={"q": "a", "before": wanted})),
        ("feed", httpx.get(f"{lobby}/feed", params={"after": wanted, **feed})),
        ("resume", httpx.get(f"{lobby}/feed", params={"lastEventId": wanted, **feed})),
        ("by post", httpx.post(f"{lobby}/feed", data={"after": wanted, **feed})),
        ("read", httpx.post(f"{lobby}/read", json=ids, auth=("ann", ""))),
        ("unread", httpx.get(f"{lobby.rpartition('/chat')[0]}/unread", auth=("ann", ""))),
        ("reply", httpx.post(lobby, json={"text": "x", "reply_to": wanted})),
    ]
    failed = [(what, answer.status_code) for what, answer in asked if answer.status_code >= 500]
    assert failed == []


PAGE = ("at", "before")
MESSAGES = ("before", "after", "around", "lastEventId")


@pytest.mark.parametrize("wanted", [f"1-{MOST}", f"{MOST}-{MOST}", f"0-{MOST}"])
def test_a_page_around_the_greatest_ids_shows_what_is_near(lobby: str, wanted: str) -> None:
    answer = httpx.get(lobby, params={"at": wanted}, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    around = httpx.get(f"{lobby}/messages", params={"around": wanted}).json()
    assert [event["text"] for event in around["events"]] == list("abc")


@pytest.mark.parametrize("number", ["", "01", "-1", "1.5", "9" * 5000, "\uff11", "true", "²"])
def test_a_number_of_any_shape_is_refused_by_name(lobby: str, number: str) -> None:
    for query in ("limit", "wait"):
        answer = httpx.get(f"{lobby}/messages", params={"after": "0", query: number})
        if query == "limit" or not number.strip("-").isdecimal() or not number.isascii():
            assert answer.status_code == 400, query
            assert query in answer.json()["detail"]
        else:
            assert answer.status_code == 200
    for query in ("last", "heartbeat"):
        assert httpx.get(f"{lobby}/feed", params={query: number}).status_code == 400
