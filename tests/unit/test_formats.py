"""The encoders: golden bytes, and that what goes in comes out of a parser by the book."""

import asyncio
import json
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sse_chat.events import Author, Bye, Entry, Gap, Hello, Ping
from sse_chat.feed.hub import Start
from sse_chat.formats import FORMATS, PRELUDE_BYTES
from sse_chat.ids import ZERO, EntryId
from sse_chat.visible import make_terminal_safe
from tests.support.feeds import parse_sse, split_lines
from tests.support.rooms import Room, join, make_hub

ID = EntryId(1_795_455_188_779, 0)
NEXT_DAY = EntryId(1_795_478_400_000, 2)
ANN = Author("ann", "n_1", True)
MESSAGE = Entry(ID, "lobby", ANN, "two\nlines \u2028 <b>&", "key 1")
DELETE = Entry(NEXT_DAY, "lobby", Author("bob", "u_2", False), "", None, "delete", ID)
HELLO = Hello("lobby", ID, 15, "node-1", 1_795_455_188_805)
JSON = (
    '{"id":"1795455188779-0","kind":"message","room":"lobby","author":"ann","author_id":"n_1",'
    '"text":"two\\nlines \\u2028 <b>&","at":"2026-11-23T17:33:08.779Z","key":"key 1","guest":true}'
)
JSON_DELETE = (
    '{"id":"1795478400000-2","kind":"delete","room":"lobby","author":"bob","author_id":"u_2",'
    '"text":"","at":"2026-11-24T00:00:00.000Z","key":null,"guest":false,'
    '"target":"1795455188779-0"}'
)
JSON_HELLO = (
    '{"room":"lobby","cursor":"1795455188779-0","heartbeat":15,"server":"node-1",'
    '"now":"2026-11-23T17:33:08.805Z"}'
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("sse", f"id: 1795455188779-0\ndata: {JSON}\n\n", id="sse"),
        pytest.param("ndjson", f"{JSON}\n", id="ndjson"),
        pytest.param(
            "text",
            "* 2026-11-23\n[17:33] ann: two\n        lines \n         <b>&\n",
            id="text",
        ),
    ],
)
def test_a_message_has_golden_bytes(name: str, expected: str) -> None:
    assert FORMATS[name].entry(MESSAGE, None).decode() == expected


@pytest.mark.parametrize("name", ["sse", "ndjson"])
def test_no_reader_of_lines_finds_more_than_there_are(name: str) -> None:
    text = "".join(chr(code) for code in range(1, 0x2100))
    encoded = FORMATS[name].entry(Entry(ID, "lobby", ANN, text), None).decode()
    assert encoded.splitlines() == encoded.rstrip("\n").split("\n") + [""] * (name == "sse")
    data = encoded.split("\n")[name == "sse"].removeprefix("data: ")
    assert json.loads(data)["text"] == text


def test_another_kind_has_golden_bytes() -> None:
    sse = FORMATS["sse"].entry(DELETE, ID).decode()
    assert sse == f"id: 1795478400000-2\nevent: delete\ndata: {JSON_DELETE}\n\n"
    assert FORMATS["ndjson"].entry(DELETE, ID).decode() == f"{JSON_DELETE}\n"


def test_notices_have_golden_bytes() -> None:
    sse, ndjson, text = (FORMATS[name] for name in ("sse", "ndjson", "text"))
    hello = f"retry: 1500\nevent: hello\nid: 1795455188779-0\ndata: {JSON_HELLO}\n\n"
    assert sse.hello(HELLO).decode() == hello
    assert ndjson.hello(HELLO).decode() == '{"kind":"hello",' + JSON_HELLO[1:] + "\n"
    assert sse.ping(Ping(ID)) == (
        b'event: ping\nid: 1795455188779-0\ndata: {"cursor":"1795455188779-0"}\n\n'
    )
    assert ndjson.ping(Ping(ID, True)) == (
        b'{"kind":"ping","cursor":"1795455188779-0","store":"away"}\n'
    )
    assert (text.ping(Ping(ID)), text.ping(Ping(ID, True))) == (b"*\n", b"* store away\n")
    gap = Gap(ZERO, ID, "trimmed")
    assert sse.gap(gap) == (
        b'event: gap\ndata: {"after":"0-0","oldest":"1795455188779-0","reason":"trimmed"}\n\n'
    )
    bye = Bye("drain", 1234)
    assert sse.bye(bye) == b'retry: 1234\nevent: bye\ndata: {"reason":"drain","retry_ms":1234}\n\n'
    assert ndjson.bye(bye) == b'{"kind":"bye","reason":"drain","retry_ms":1234}\n'
    for line in (text.gap(gap), text.bye(bye), text.hello(HELLO)):
        assert line.startswith(b"* ")
        assert line.count(b"\n") == 1


def test_preludes_are_long_enough_and_say_nothing() -> None:
    sse = FORMATS["sse"].prelude()
    assert len(sse) >= PRELUDE_BYTES
    # No block of its own, which some clients would hand on as an empty event.
    assert sse.startswith(b":")
    assert sse.count(b"\n") == 1
    hello = FORMATS["sse"].hello(HELLO)
    [event] = parse_sse(iter(split_lines((sse + hello).decode())))
    assert event.type == "hello"
    ndjson = FORMATS["ndjson"].prelude()
    assert len(ndjson) >= PRELUDE_BYTES
    assert json.loads(ndjson)["kind"] == "prelude"
    assert FORMATS["text"].prelude() == b""


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=10)


@given(TEXTS, NAMES)
@example("data: x\n\nid: 9-9\nevent: bye\n\n", "a")
@example("\r\r\n\x0b\x0c\x85\u2028\u2029\ufeff", "\ufeff")
def test_what_goes_into_sse_comes_out_of_a_parser(text: str, name: str) -> None:
    entry = Entry(ID, "lobby", Author(name, "n_1", True), text, None)
    parsed = list(parse_sse(iter(split_lines(FORMATS["sse"].entry(entry, None).decode()))))
    assert len(parsed) == 1
    assert (parsed[0].type, parsed[0].last_id) == ("message", str(ID))
    assert json.loads(parsed[0].data) == entry.as_json()
    assert json.loads(parsed[0].data)["text"] == text


@given(TEXTS, NAMES)
@example("a\n[09:41] ann: forged", "bob")
@example("a\x0b[09:41] ann: forged\x85* bye", "bob")
def test_only_an_entry_starts_a_line_of_text(text: str, name: str) -> None:
    entry = Entry(ID, "lobby", Author(name, "n_1", True), text, None)
    encoded = FORMATS["text"].entry(entry, ID).decode()
    first, *others = encoded.removesuffix("\n").split("\n")
    assert first.startswith("[17:33] ")
    assert all(line.startswith("        ") for line in others)
    assert not any(char < " " or "\x7f" <= char < "\xa0" for char in encoded.replace("\n", ""))


@pytest.mark.parametrize(
    ("line", "safe"),
    [
        pytest.param("a\x1b[31mred\x1b[0m", "ared", id="colour"),
        pytest.param("\x1b]0;title\x07x", "x", id="title-by-bell"),
        pytest.param("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link", id="hyperlink"),
        pytest.param("\x9b2Jx", "x", id="8-bit-csi"),
        pytest.param("\x1bPq...\x1b\\x", "x", id="device-control"),
        pytest.param("\x1bcx", "x", id="reset"),
        pytest.param("a\u202eb\u2066c\u200fd", "abcd", id="bidi"),
        pytest.param("a\x08\x07\x00b", "ab", id="backspace-and-bell"),
        pytest.param("a\tb", "a    b", id="tab"),
        pytest.param("\x1b[", "", id="cut-off"),
    ],
)
def test_nothing_reaches_the_terminal_that_it_would_obey(line: str, safe: str) -> None:
    assert make_terminal_safe(line) == safe


def test_a_new_day_is_told_once() -> None:
    ids = [ID, EntryId(ID.ms + 1000, 0), NEXT_DAY, EntryId(NEXT_DAY.ms + 1, 0)]
    entries = [Entry(each, "lobby", ANN, "x", None) for each in ids]
    text = FORMATS["text"].entry(entries[0], None) + b"".join(
        FORMATS["text"].entry(entry, before.id) for before, entry in pairwise(entries)
    )
    days = [line for line in text.decode().splitlines() if line.startswith("*")]
    assert days == ["* 2026-11-23", "* 2026-11-24"]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        pytest.param("ann: I quit", "really", r"ann\: I quit: really", id="an-older-name"),
        pytest.param("mary", "/me ann: I quit", "mary: /me ann: I quit", id="an-action"),
        pytest.param("mary", "/me waves", "mary waves", id="a-harmless-action"),
    ],
)
def test_a_line_is_nobody_elses(name: str, text: str, line: str) -> None:
    entry = Entry(EntryId(0, 1), "lobby", Author(name, "g_1"), text)
    assert FORMATS["text"].entry(entry, EntryId(0, 0)).decode() == f"[00:00] {line}\n"


def test_an_entry_is_encoded_once_a_format_however_many_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shaped: list[str] = []
    as_json = Entry.as_json

    def count(entry: Entry) -> dict[str, object]:
        shaped.append(entry.text)
        return as_json(entry)

    async def run() -> None:
        room = Room()
        hub = make_hub(room)
        readers = []
        for name in ("sse", "ndjson", "text") * 3:
            feed = await hub.open("lobby", FORMATS[name], Start(), heartbeat_s=15, follow=True)
            readers.append(join(hub, feed))
        monkeypatch.setattr(Entry, "as_json", count)
        hub.deliver([room.append("greeting")])
        async with asyncio.timeout(60):
            while not all(b"greeting" in each.received for each in readers):  # noqa: ASYNC110
                await asyncio.sleep(0)

    asyncio.run(run())
    # For sse and for ndjson; text has no JSON.
    assert shaped == ["greeting"] * 2
