"""What a feed is owed leaves in steps: others have their turn in between, however much it is."""

import asyncio
from dataclasses import dataclass, field

from sse_chat.events import Entry, Hello
from sse_chat.feed.hub import Start
from sse_chat.feed.many import ManyFeed
from sse_chat.feed.member import Member
from sse_chat.feed.window import STEP_ENTRIES, STEP_TEXT_BYTES
from sse_chat.filters import Filter
from sse_chat.formats import FORMATS
from sse_chat.ids import ZERO, EntryId
from tests.support.rooms import Room, make_hub, open_feed, wait_for_newest

_LONG = "x" * 4000


@dataclass(frozen=True, slots=True)
class _Counted(Filter):
    """Counts the bytes that it looks at."""

    sizes: list[int] = field(default_factory=list)

    def matches(self, entry: Entry) -> bool:
        self.sizes.append(entry.text_bytes)
        return Filter.matches(self, entry)


def _hello(cursor: EntryId) -> Hello:
    return Hello("lobby", cursor, 15, "test", 0)


def test_a_filter_looks_at_a_part_of_the_window_at_a_time() -> None:
    async def run() -> None:
        room = Room()
        for _ in range(200):
            room.append(_LONG)
        hub = make_hub(room)
        await hub.channel("lobby").load()
        wanted = _Counted(contains="nowhere")
        feed = await hub.open(
            "lobby", FORMATS["text"], Start(after=ZERO), heartbeat_s=15, follow=True, wanted=wanted
        )
        feed.take()
        steps = 1
        while feed.is_ready:
            before = len(wanted.sizes)
            assert not feed.take()
            assert sum(wanted.sizes[before:]) < STEP_TEXT_BYTES + len(_LONG)
            steps += 1
        assert feed.is_at_head
        assert steps > 10
        assert len(wanted.sizes) == 200

    asyncio.run(run())


def test_so_it_does_in_many_rooms() -> None:
    async def run() -> None:
        members = []
        wanted = _Counted(contains="nowhere")
        for name in ("one", "two", "three"):
            room = Room()
            for _ in range(100):
                room.append(_LONG)
            channel = make_hub(room).channel(name)
            await channel.load()
            members.append(Member(channel, FORMATS["ndjson"], _hello(ZERO), wanted=wanted))
        feed = ManyFeed(members, FORMATS["ndjson"], _hello(ZERO), follows=True)
        feed.take()
        while feed.is_ready:
            before = len(wanted.sizes)
            assert not feed.take()
            assert sum(wanted.sizes[before:]) < STEP_TEXT_BYTES + len(_LONG)
        assert feed.is_at_head
        assert len(wanted.sizes) == 300

    asyncio.run(run())


def test_a_slice_has_no_more_entries_than_a_step() -> None:
    room = Room()
    hub = make_hub(room)
    channel = hub.channel("lobby")
    for _ in range(900):
        channel.window.append(room.append("-").entry)
    for fmt in FORMATS.values():
        _, cursor, count = channel.window.slice_after(fmt, channel.window.base)
        assert count <= STEP_ENTRIES
        assert cursor == room.entries[count - 1].id


def test_others_have_their_turn_between_two_steps() -> None:
    async def run() -> None:
        room = Room()
        for _ in range(900):
            room.append("-")
        hub = make_hub(room)
        await hub.channel("lobby").load()
        while len(hub.channel("lobby").window) < 900:
            hub.channel("lobby").window.append(room.append("-").entry)
        connection = await open_feed(hub, Start(after=hub.channel("lobby").window.base))
        sizes = set()
        for _ in range(30):
            sizes.add(len(connection.received))
            await asyncio.sleep(0)
        assert len(sizes) > 2
        await wait_for_newest(connection, room)
        sent = connection.ids()
        assert sent == [str(each.id) for each in room.entries[-len(sent) :]]

    asyncio.run(run())
