"""Readers that are behind their room's window, or ahead of it, and what ends there."""

import asyncio
import json
import tracemalloc
from typing import Any

from sse_chat.events import Entry
from sse_chat.feed.hub import Start
from sse_chat.feed.window import MAX_ENTRIES, MAX_TEXT_BYTES, SLICE_BYTES, Window
from sse_chat.formats import FORMATS
from sse_chat.ids import ZERO, EntryId
from sse_chat.web.messages.asgi_sink import asgi_response
from tests.support.rooms import (
    Room,
    deliver,
    join,
    make_hub,
    open_feed,
    rest,
    wait_for_newest,
)


def test_a_reader_ahead_of_its_worker_falls_behind_and_goes_on() -> None:
    """A script that reads from its own post's id at once, and then pauses for long."""

    async def run() -> None:
        room = Room()
        room.append()
        hub = make_hub(room)
        await hub.channel("lobby").load()
        late = room.append()
        connection = await open_feed(hub, Start(after=late.entry.id))
        await rest()
        assert connection.sink is not None
        connection.sink.pause_writing()
        hub.deliver([late])
        ids = deliver(hub, room, MAX_ENTRIES * 2)
        connection.resume()
        await wait_for_newest(connection, room)
        assert connection.ids() == [str(each) for each in ids]

    asyncio.run(run())


def test_a_reader_in_a_page_whose_rest_is_deleted_goes_on() -> None:
    """A moderator takes away all that one author said."""

    async def run() -> None:
        room = Room()
        hub = make_hub(room)
        # So long that a page is more than one write.
        ids = [room.append("x" * 1000).entry.id for _ in range(400)]
        await hub.channel("lobby").load()
        connection = await open_feed(hub, Start(after=ids[0]), is_slow=True)
        while not connection.ids():
            connection.resume()
            await rest()
        read = len(connection.ids())
        assert read < 199
        connection.is_slow = False
        hub.deliver([room.delete(each) for each in ids[read + 1 : 201]])
        connection.resume()
        await wait_for_newest(connection, room)
        messages = [each for each in connection.events() if each["kind"] == "message"]
        kept = ids[1 : read + 1] + ids[201:]
        assert [each["id"] for each in messages] == [str(each) for each in kept]
        assert "gap" not in connection.kinds()

    asyncio.run(run())


def test_what_is_deleted_while_a_page_is_on_its_way_is_not_sent() -> None:
    async def run() -> None:
        room = Room()
        hub = make_hub(room)
        ids = [room.append().entry.id for _ in range(400)]
        await hub.channel("lobby").load()
        connection = await open_feed(hub, Start(after=ZERO))
        # The page was read; its reader has not been woken yet.
        reads = room.reads
        while room.reads == reads:  # noqa: ASYNC110
            await asyncio.sleep(0)
        assert not connection.ids()
        hub.deliver([room.delete(ids[5])])
        await wait_for_newest(connection, room)
        assert str(ids[5]) not in connection.ids()
        assert connection.ids() == [str(each.id) for each in room.entries]

    asyncio.run(run())


def test_a_feed_that_has_ended_writes_nothing_more() -> None:
    async def run() -> None:
        room = Room()
        hub = make_hub(room)
        room.append()
        connection = await open_feed(hub, Start(after=ZERO), follow=False)
        assert connection.is_closed
        received = bytes(connection.received)
        assert connection.sink is not None
        connection.sink.wake()
        assert bytes(connection.received) == received

    asyncio.run(run())


def test_a_page_with_more_text_than_a_window_keeps_loses_nothing() -> None:
    async def run() -> None:
        room = Room()
        hub = make_hub(room)
        text = "x" * 16_384
        ids = [room.append(text).entry.id for _ in range(420)]
        connection = await open_feed(hub, Start(after=ids[0]))
        await wait_for_newest(connection, room)
        assert connection.ids() == [str(each) for each in ids[1:]]
        assert "gap" not in connection.kinds()
        found = await hub.channel("lobby").pages.read(ids[0])
        assert found.has_more
        assert len(found.window) * len(text) < 1.25 * MAX_TEXT_BYTES

    asyncio.run(run())


def test_a_feed_whose_head_waits_joins_the_room_as_it_is_then() -> None:
    """Its reader does not read what was asked for before; meanwhile nobody else reads here."""

    async def run() -> None:
        room = Room()
        now_s = 0.0
        hub = make_hub(room, lambda: now_s)
        first = room.append()
        feed = await hub.open(
            "lobby", FORMATS["ndjson"], Start(after=ZERO), heartbeat_s=15, follow=True
        )
        now_s = 100.0
        hub.sweep_once()
        assert not hub.channels
        second = room.append()
        connection = join(hub, feed)
        await wait_for_newest(connection, room)
        third = room.append()
        hub.deliver([third])
        await wait_for_newest(connection, room)
        assert connection.ids() == [str(each.entry.id) for each in (first, second, third)]

    asyncio.run(run())


def test_a_feed_over_asgi_waits_for_no_read_of_what_the_tail_brings() -> None:
    """Its read has failed, or does not end; meanwhile its worker's window has what it lacks."""

    async def run(is_away: bool) -> None:
        room = Room()
        hub = make_hub(room)
        room.append()
        await hub.channel("lobby").load()
        late = room.append()
        start = Start(after=late.entry.id)
        feed = await hub.open("lobby", FORMATS["ndjson"], start, heartbeat_s=15, follow=True)
        room.is_away = is_away
        room.held[late.entry.id] = asyncio.Event()
        stream = asgi_response(hub, feed, {}).body_iterator
        assert b"hello" in await anext(stream)  # type: ignore[arg-type]
        waiting = asyncio.create_task(anext(stream))  # type: ignore[arg-type]
        await rest()
        newest = room.append()
        hub.deliver([late, newest])
        await rest()
        assert str(newest.entry.id).encode() in waiting.result()
        await stream.aclose()  # type: ignore[attr-defined]

    asyncio.run(run(is_away=True))
    asyncio.run(run(is_away=False))


def test_readers_at_many_positions_of_a_quiet_room_hold_little_memory() -> None:
    async def run() -> None:
        room = Room()
        hub = make_hub(room)
        ids = [room.append("x" * 4000).entry.id for _ in range(190)]
        channel = hub.channel("lobby")
        await channel.load()
        fmt = FORMATS["ndjson"]
        channel.window.slice_after(fmt, ids[0])
        tracemalloc.start()
        try:
            for is_chunked in (False, True):
                for cursor in ids:
                    channel.window.slice_after(fmt, cursor, is_chunked=is_chunked)
            held, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert held < 80 * SLICE_BYTES

    asyncio.run(run())


def test_a_turn_encodes_no_more_than_it_sends() -> None:
    """A page of history that was read anew, or a window that lost an entry, is encoded as it is
    sent: all of it in one turn would hold everybody up."""

    class Counting:
        def __init__(self) -> None:
            self.count = 0

        def __getattr__(self, name: str) -> Any:
            return getattr(FORMATS["ndjson"], name)

        def entry(self, entry: Entry, previous: EntryId | None) -> bytes:
            self.count += 1
            return FORMATS["ndjson"].entry(entry, previous)

    room = Room()
    for _ in range(900):
        room.append("x" * 1000)
    window, counting = Window(room.entries, base=ZERO, is_whole=True), Counting()
    fmt: Any = counting
    cursor, sent = ZERO, b""
    while cursor != room.newest:
        before = counting.count
        chunk, cursor, count = window.slice_after(fmt, cursor)
        assert counting.count - before <= count + 1
        sent += chunk
    assert counting.count == 900
    assert [json.loads(line)["id"] for line in sent.splitlines()] == [
        str(each.id) for each in room.entries
    ]
    window.remove(room.entries[400].id)
    assert window.slice_after(fmt, ZERO)[0] == sent[: len(window.slice_after(fmt, ZERO)[0])]
    found, has_more = window.after(room.entries[700].id, 3)
    assert [entry.id for entry in found] == [each.id for each in room.entries[701:704]]
    assert has_more
    assert json.loads(window.encoded(fmt, found[0].id))["id"] == str(found[0].id)
    assert counting.count < 900 + 80


def test_a_window_counts_the_bytes_of_its_texts() -> None:
    room = Room()
    window = Window([], base=ZERO, is_whole=True)
    text = "房" * 10_000
    for _ in range(100):
        window.append(room.append(text).entry)
    assert len(window) * len(text.encode()) <= MAX_TEXT_BYTES * 5 // 4
