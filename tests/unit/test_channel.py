"""A channel over a store that answers late, fails, and comes back as another one."""

import asyncio
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import pytest

from sse_chat.errors import StoreUnavailable
from sse_chat.events import Author, Entry, StreamEnds
from sse_chat.extras import Extra, Quote
from sse_chat.feed.channel import Channel
from sse_chat.feed.waiter import Waiter
from sse_chat.ids import ZERO, EntryId
from sse_chat.store.rooms import Page
from tests.support.rooms import Room, deliver, make_hub


@dataclass
class FailingStore:
    """Holds these entries, or is away."""

    ids: list[int]
    is_away: bool = False

    def _page(self, found: list[int], cursor: EntryId | None) -> Page:
        if self.is_away:
            raise StoreUnavailable("the store is away")
        ends = StreamEnds(EntryId(self.ids[0], 0), EntryId(self.ids[-1], 0), 0)
        return Page(
            [_entry(each) for each in found], ends, False, has_cursor=_ms_of(cursor) in self.ids
        )

    async def read_after(self, room: str, cursor: EntryId, limit: int) -> Page:
        return self._page([each for each in self.ids if each > cursor.ms], cursor)

    async def read_before(self, room: str, before: EntryId | None, limit: int) -> Page:
        return self._page(self.ids, None)


class SlowStore(FailingStore):
    """Answers each call when it is let go, with what there was when it was asked."""

    def __init__(self, ids: list[int]) -> None:
        super().__init__(ids)
        self.calls: list[asyncio.Future[None]] = []

    async def _let_go(self, page: Page) -> Page:
        call: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.calls.append(call)
        await call
        return page

    async def read_after(self, room: str, cursor: EntryId, limit: int) -> Page:
        return await self._let_go(await super().read_after(room, cursor, limit))

    async def read_before(self, room: str, before: EntryId | None, limit: int) -> Page:
        return await self._let_go(await super().read_before(room, before, limit))

    async def asked(self) -> asyncio.Future[None]:
        """The next call, once it is there."""
        while not self.calls:  # noqa: ASYNC110
            await asyncio.sleep(0)
        return self.calls.pop(0)


def _ms_of(cursor: EntryId | None) -> int | None:
    return None if cursor is None else cursor.ms


def _entry(ms: int, reply_to: EntryId | None = None) -> Entry:
    extra = Extra(reply_to=reply_to)
    return Entry(EntryId(ms, 0), "lobby", Author("ann", "u:1"), f"text {ms}", extra=extra)


@dataclass(eq=False)
class ToldFeed:
    cursor: EntryId = ZERO
    told: list[StreamEnds] = field(default_factory=list)
    page: None = None

    def restart(self, ends: StreamEnds) -> None:
        self.told.append(ends)


async def _come_back(ids: list[int], failures: int) -> list[str]:
    """The reasons of what a feed is told when the store comes back with these."""
    store = FailingStore([10, 20, 30])
    channel = Channel("lobby", store, on_grown=lambda _: None)
    await channel.load()
    feed = ToldFeed(channel.window.head)
    channel.feeds.add(feed)  # type: ignore[arg-type]
    store.is_away = True
    for _ in range(failures):
        with pytest.raises(StoreUnavailable):
            await channel.load(is_fresh=True)
    store.is_away, store.ids = False, ids
    await channel.load(is_fresh=True)
    assert channel.window.head.ms == ids[-1]
    return ["reset" for _ in feed.told]


@pytest.mark.parametrize("failures", [0, 1, 3])
@pytest.mark.parametrize(
    ("ids", "told"),
    [
        pytest.param([10, 20, 30, 40], [], id="the-same"),
        pytest.param([10, 20, 40], ["reset"], id="without-the-newest"),
    ],
)
def test_a_store_that_lost_the_newest_is_told_however_often_it_failed(
    ids: list[int], told: list[str], failures: int
) -> None:
    assert asyncio.run(_come_back(ids, failures)) == told


async def _rest() -> None:
    """Until nothing is left that could run."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.parametrize("turns", range(6))
@pytest.mark.parametrize("is_fresh", [False, True])
def test_what_comes_while_a_load_ends_is_not_missed(turns: int, is_fresh: bool) -> None:
    """In whichever turn of the loop: nobody would load again until the next message."""

    async def run() -> None:
        store = SlowStore([10])
        channel = Channel("lobby", store, on_grown=lambda _: None)
        opener = asyncio.create_task(channel.load(is_fresh=is_fresh))
        call = await store.asked()
        call.set_result(None)
        for _ in range(turns):
            await asyncio.sleep(0)
        store.ids.append(20)
        # In the same turn as the task that the answer wakes, but after it.
        asyncio.get_running_loop().call_soon(lambda: channel.take_live(_entry(20), EntryId(10, 0)))
        await _rest()
        for late in store.calls:
            late.set_result(None)
        await opener
        await _rest()
        assert channel.window.head.ms == 20

    asyncio.run(run())


def test_a_read_that_has_ended_is_not_given_to_those_who_come_later() -> None:
    async def run() -> None:
        store = SlowStore([10])
        channel = Channel("lobby", store, on_grown=lambda _: None)
        first = asyncio.create_task(channel.pages.read(ZERO))
        call = await store.asked()
        store.ids.append(20)
        call.set_result(None)
        heads = []

        async def read_again() -> None:
            again = asyncio.create_task(channel.pages.read(ZERO))
            (await store.asked()).set_result(None)
            heads.append((await again).window.head.ms)

        asyncio.get_running_loop().call_soon(lambda: late.append(asyncio.create_task(read_again())))
        late: list[asyncio.Task[None]] = []
        assert (await first).window.head.ms == 10
        await asyncio.gather(*late)
        assert heads == [20]

    asyncio.run(run())


def test_a_fresh_load_sees_what_was_stored_before_it_was_asked_for() -> None:
    async def run() -> None:
        store = SlowStore([10])
        channel = Channel("lobby", store, on_grown=lambda _: None)
        first = asyncio.create_task(channel.load())
        early = await store.asked()
        store.ids.append(20)
        fresh = asyncio.create_task(channel.load(is_fresh=True))
        await _rest()
        early.set_result(None)
        await first
        assert not fresh.done()
        (await store.asked()).set_result(None)
        await fresh
        assert channel.window.head.ms == 20

    asyncio.run(run())


def test_a_room_full_of_replies_serves_readers_after_each_read() -> None:
    """Something comes during each read: what a read has brought waits for no other one."""

    async def run() -> None:
        store = SlowStore([10])
        grown: list[int] = []
        channel = Channel("lobby", store, on_grown=lambda each: grown.append(each.window.head.ms))
        opener = asyncio.create_task(channel.load())
        for ms in range(20, 80, 10):
            call = await store.asked()
            store.ids.append(ms)
            channel.take_live(_entry(ms, reply_to=EntryId(5, 0)), EntryId(ms - 10, 0))
            call.set_result(None)
            await _rest()
            assert grown[-1] == ms - 10
            assert opener.done()
        (await store.asked()).set_result(None)
        await _rest()
        assert grown[-1] == 70
        assert not store.calls

    asyncio.run(run())


def test_what_a_read_has_brought_is_not_read_again() -> None:
    async def run() -> None:
        store = SlowStore([10])
        channel = Channel("lobby", store, on_grown=lambda _: None)
        opener = asyncio.create_task(channel.load())
        (await store.asked()).set_result(None)
        await opener
        Waiter(make_hub(Room()), channel, EntryId(10, 0)).begin(60, lambda: None)
        reply = _entry(20, reply_to=EntryId(5, 0))
        channel.take_live(reply, EntryId(10, 0))
        store.ids += [20, 30]
        call = await store.asked()
        # The read saw it too; only the tail was slower.
        channel.take_live(_entry(30), EntryId(20, 0))
        call.set_result(None)
        await _rest()
        assert channel.window.head.ms == 30
        assert not store.calls

    asyncio.run(run())


def test_a_reply_to_what_is_in_the_window_needs_no_read() -> None:
    async def run() -> None:
        store = SlowStore([10, 20])
        channel = Channel("lobby", store, on_grown=lambda _: None)
        opener = asyncio.create_task(channel.load())
        (await store.asked()).set_result(None)
        await opener
        ann, twenty = Author("ann", "u:1"), EntryId(20, 0)
        edit = Entry(EntryId(30, 0), "lobby", ann, "better", kind="edit", target=twenty)
        assert channel.take_live(edit, twenty)
        assert channel.take_live(_entry(40, reply_to=twenty), EntryId(30, 0))
        assert channel.take_live(_entry(50, reply_to=EntryId(40, 0)), EntryId(40, 0))
        [first, second], _ = channel.window.after(EntryId(30, 0), 9)
        assert (first.quote, second.quote) == (Quote("ann", "better"), Quote("ann", "text 40"))
        # What was deleted is quoted nowhere.
        delete = Entry(EntryId(60, 0), "lobby", ann, "", kind="delete", target=twenty)
        assert channel.take_live(delete, EntryId(50, 0))
        assert not channel.take_live(_entry(70, reply_to=twenty), EntryId(60, 0))

    asyncio.run(run())


def test_a_hole_is_read_while_nobody_is_there_too() -> None:
    """A feed whose head waits joins later, and must not be shown what was deleted meanwhile."""

    async def run() -> None:
        store = SlowStore([10])
        channel = Channel("lobby", store, on_grown=lambda _: None)
        opener = asyncio.create_task(channel.load())
        (await store.asked()).set_result(None)
        await opener
        assert channel.is_idle
        store.ids += [20, 30]
        channel.take_live(_entry(30), EntryId(20, 0))
        async with asyncio.timeout(5):
            (await store.asked()).set_result(None)
        await _rest()
        assert channel.window.head.ms == 30

    asyncio.run(run())


def test_a_crowd_that_waits_is_woken_a_few_in_each_turn() -> None:
    async def run() -> None:
        room = Room()
        newest = room.append().entry.id
        hub = make_hub(room)
        channel = await hub.load("lobby")
        woken: list[int] = []
        for number in range(120):
            Waiter(hub, channel, newest).begin(60, partial(woken.append, number))
        deliver(hub, room, 1)
        counts = [0]
        while counts[-1] < 120:
            counts.append(len(woken))
            await asyncio.sleep(0)
        assert max(after - before for before, after in pairwise(counts)) == 50
        assert woken == list(range(120))
        assert not channel.waiters

    asyncio.run(run())
