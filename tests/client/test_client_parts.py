"""The client's pure parts: addresses, frames, the one cursor, the ladder."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_chat.client import tail_check
from sse_chat.client.exits import Exit
from sse_chat.client.frames import NdjsonFrames, NotAFeed, SseFrames
from sse_chat.client.ladder import Ladder
from sse_chat.client.lines import BatchSize
from sse_chat.client.pipe import encode_batch
from sse_chat.client.position import Position
from sse_chat.client.problems import Problem
from sse_chat.client.tail_check import TailCheck
from sse_chat.client.target import Target, parse_target, user_of
from sse_chat.errors import SettingsError
from sse_chat.events import Author, Entry, Hello, Ping
from sse_chat.formats import FORMATS
from sse_chat.ids import EntryId
from sse_chat.pipes import JsonLines
from sse_chat.visible import is_visible


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("team", Target("http://h:1", "team"), id="name"),
        pytest.param("https://x", Target("https://x"), id="server"),
        pytest.param("https://x/", Target("https://x"), id="server-slash"),
        pytest.param("https://x/chat", Target("https://x"), id="default-room"),
        pytest.param("https://x/chat/team", Target("https://x", "team"), id="room"),
        pytest.param("https://x/chat/team/feed?a=b", Target("https://x", "team"), id="feed"),
        pytest.param("https://x:8/a/b/chat/team", Target("https://x:8/a/b", "team"), id="path"),
        pytest.param("https://x/a/b", Target("https://x/a/b"), id="path-alone"),
        pytest.param("https://u:p@x/chat/t", Target("https://x", "t"), id="no-password-in-urls"),
        pytest.param("http://[::1]:8/chat/t", Target("http://[::1]:8", "t"), id="v6"),
        pytest.param("x:8000/chat/t", Target("http://x:8000", "t"), id="port"),
        pytest.param("x.example/chat/t", Target("https://x.example", "t"), id="no-scheme"),
        pytest.param("localhost/chat/t", Target("http://localhost", "t"), id="loopback"),
    ],
)
def test_a_target_is_a_name_or_an_address(text: str, expected: Target) -> None:
    assert parse_target(text, "http://h:1") == expected


@pytest.mark.parametrize(
    "text",
    ["", "No Room", "ftp://x/chat/a", "http:///chat/a", "http://x:99999/", "https://x/chat/A"],
)
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        parse_target(text, "http://h:1")


@given(st.text(), st.lists(st.integers(1, 60)))
def test_frames_are_read_however_they_are_cut(text: str, cuts: list[int]) -> None:
    entry = Entry(EntryId(5, 1), "lobby", Author("ann", "n_1"), text)
    for name, frames in (("sse", SseFrames()), ("ndjson", NdjsonFrames())):
        fmt = FORMATS[name]
        raw = fmt.prelude() + fmt.hello(Hello("lobby", EntryId(5, 0), 15, "n", 0))
        raw += fmt.entry(entry, None) + fmt.ping(Ping(EntryId(5, 1)))
        raw = raw[4000:] if name == "sse" else raw
        events = []
        for cut in [*cuts, len(raw)]:
            events += list(frames.feed(raw[:cut]))
            raw = raw[cut:]
        kinds = [kind for kind, *_ in events if kind != "prelude"]
        assert kinds == ["hello", "message", "ping"]
        assert [payload["text"] for kind, payload, _ in events if kind == "message"] == [text]


@pytest.mark.parametrize("raw", [b"<html>\n", b"1\n", b"[]\n", b"\xff\n"])
def test_what_is_no_feed_is_told_of(raw: bytes) -> None:
    with pytest.raises(NotAFeed):
        list(NdjsonFrames().feed(raw))


def test_a_position_takes_each_entry_once_and_starts_anew_after_a_reset() -> None:
    position = Position()
    assert position.after == "0"
    taken = [position.take({"id": name}) for name in ("5-0", "5-1", "5-0", "5-1", "6-0")]
    assert taken == [True, True, False, False, True]
    reset = {"after": "6-0", "oldest": "2-0", "reason": "reset"}
    assert position.take_gap(reset)
    assert position.take({"id": "2-0"})
    # The same gap from a poll beside the feed.
    assert not position.take_gap(dict(reset))
    assert not position.take({"id": "2-0"})


def test_the_ladder_comes_down_by_two_failures_or_one_sure_one_and_climbs_later() -> None:
    ladder = Ladder()
    assert not ladder.fail(0)
    ladder.succeed()
    assert not ladder.fail(1)
    assert ladder.fail(2)
    assert ladder.step.name == "ndjson"
    assert ladder.fail(3, is_sure=True)
    assert ladder.step.name == "poll"
    assert not any(ladder.fail(4) for _ in range(5))
    assert not ladder.climb_if_due(500)
    assert ladder.climb_if_due(700)
    assert ladder.step.name == "sse"
    assert ladder.fail(701)


@pytest.mark.parametrize("comes_late", [False, True], ids=["kept-back", "late"])
def test_a_feed_that_keeps_the_end_back_is_found_out(
    monkeypatch: pytest.MonkeyPatch, comes_late: bool
) -> None:
    for name in ("_PAUSE_S", "_GRACE_S"):
        monkeypatch.setattr(tail_check, name, 0)
    asyncio.run(_check_the_tail(comes_late))


async def _check_the_tail(comes_late: bool) -> None:
    found, is_done = [], asyncio.Event()

    async def look() -> None:
        check.polled(("a", "2-0"))
        if comes_late:
            check.brought(("a", "2-0"))
        is_done.set()

    check = TailCheck(look, lambda: found.append("held"))
    check.brought(("a", "1-0"))
    check.begin()
    await is_done.wait()
    for _ in range(20):
        await asyncio.sleep(0)
    await check.close()
    assert found == ([] if comes_late else ["held"])


def test_what_is_kept_back_already_is_asked_for_until_the_path_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("_PAUSE_S", "_GRACE_S"):
        monkeypatch.setattr(tail_check, name, 0)
    found: list[str] = []
    tries = 0

    async def look() -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise Problem(Exit.UNREACHABLE, "cut")
        check.polled(("a", "1-0"))

    async def begin() -> None:
        check.begin()
        for _ in range(40):
            await asyncio.sleep(0)
        await check.close()

    check = TailCheck(look, lambda: found.append("held"))
    asyncio.run(begin())
    assert found == ["held"]


def test_what_is_said_after_a_question_may_be_kept_back_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("_PAUSE_S", "_GRACE_S"):
        monkeypatch.setattr(tail_check, name, 0)
    monkeypatch.setattr(tail_check, "_RESTS_S", (0.001,) * 3)
    found = asyncio.Event()
    looks = 0

    async def look() -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            check.polled(("a", "2-0"))

    async def begin() -> None:
        check.begin()
        async with asyncio.timeout(20):
            await found.wait()
        await check.close()

    check = TailCheck(look, found.set)
    asyncio.run(begin())
    assert looks == 3


@given(st.lists(st.binary(max_size=40).filter(lambda line: b"\n" not in line)))
def test_any_lines_are_a_pipe_that_the_server_takes(lines: list[bytes]) -> None:
    reader = JsonLines(4096)
    texts = [*reader.feed(encode_batch(lines)), *reader.finish()]
    visible = [line.removesuffix(b"\r").decode(errors="replace") for line in lines]
    assert len(texts) == sum(is_visible(line.replace("\0", "\ufffd")) for line in visible)


def test_batches_shrink_where_the_server_slows_them() -> None:
    size = BatchSize()
    for _ in range(10):
        size.took(0.1)
    assert size.lines == 400
    for _ in range(20):
        size.took(10)
    assert size.lines == 1


@pytest.mark.parametrize(
    ("text", "server", "user"),
    [
        ("https://bob:@x/chat/t", "", "bob:"),
        ("https://bob:a%40b@x/chat/t", "", "bob:a@b"),
        ("team", "https://bob:pw@x", "bob:pw"),
        ("https://x/chat/t", "https://bob:pw@y", None),
        ("team", "https://x", None),
    ],
)
def test_a_name_in_an_address_is_who_speaks(text: str, server: str, user: str | None) -> None:
    assert user_of(text, server) == user
