"""Readers of a room whose store came back as another one: what they are told, and not sent."""

import asyncio

from sse_chat.feed.hub import Start
from sse_chat.formats import FORMATS
from sse_chat.ids import ZERO
from tests.support.rooms import (
    Room,
    join,
    make_hub,
    open_feed,
    rest,
    wait_for_newest,
)


def test_a_feed_that_does_not_follow_ends_after_a_reset() -> None:
    """It was asked for up to an id that the store has no longer."""

    async def run() -> None:
        room = Room()
        hub = make_hub(room)
        ids = [room.append("x" * 1000).entry.id for _ in range(90)]
        connection = await open_feed(hub, Start(after=ids[0]), follow=False, is_slow=True)
        assert connection.kinds()[-1] == "message"
        room.go_back(ids[80])
        await hub.refresh_all()
        connection.is_slow = False
        connection.resume()
        await rest()
        assert connection.is_closed
        told = connection.kinds().index("gap")
        assert connection.events()[told]["reason"] == "reset"
        after = [each["id"] for each in connection.events()[told + 1 :]]
        assert after == [str(each) for each in ids[:81]]

    asyncio.run(run())


def test_a_page_of_a_lost_past_that_comes_late_is_not_sent() -> None:
    async def run() -> None:
        room = Room()
        hub = make_hub(room)
        ids = [room.append().entry.id for _ in range(400)]
        await hub.channel("lobby").load()
        room.held[ZERO] = asyncio.Event()
        connection = await open_feed(hub, Start(after=ZERO))
        await rest()
        room.go_back(ids[300])
        del room.entries[5]
        held = room.held.pop(ZERO)
        await hub.refresh_all()
        held.set()
        await wait_for_newest(connection, room)
        assert connection.kinds().count("gap") == 1
        assert connection.ids() == [str(each.id) for each in room.entries]
        assert connection.kinds()[1:3] == ["hello", "gap"]

    asyncio.run(run())


def test_what_was_deleted_in_a_lost_past_is_shown_again() -> None:
    async def run() -> None:
        room = Room()
        hub = make_hub(room)
        ids = [room.append().entry.id for _ in range(400)]
        await hub.channel("lobby").load()
        before = list(room.entries)
        hub.deliver([room.delete(ids[5])])
        room.entries, room.newest = before, ids[-1]
        await hub.refresh_all()
        connection = await open_feed(hub, Start(after=ZERO))
        await wait_for_newest(connection, room)
        assert connection.ids() == [str(each) for each in ids]

    asyncio.run(run())


def test_a_long_poll_is_answered_at_once_when_the_store_is_another() -> None:
    async def run() -> None:
        room = Room()
        hub = make_hub(room)
        ids = [room.append().entry.id for _ in range(3)]
        waiting = asyncio.create_task(hub.wait_beyond("lobby", ids[2], 600))
        await rest()
        assert not waiting.done()
        room.go_back(ids[1])
        await hub.refresh_all()
        async with asyncio.timeout(5):
            await waiting
            # So is one that comes too late to see that.
            await hub.wait_beyond("lobby", ids[2], 600)

    asyncio.run(run())


def test_a_newest_entry_that_was_deleted_far_back_is_no_reset() -> None:
    """The worker had no contact with the store; the delete comes pages later."""

    async def run(is_edit: bool) -> None:
        room = Room()
        hub = make_hub(room)
        ids = [room.append().entry.id for _ in range(3)]
        if is_edit:
            room.append(kind="edit", target=ids[2])
        connection = await open_feed(hub, Start())
        more = [room.append().entry.id for _ in range(450)]
        room.delete(ids[2])
        await hub.refresh_all()
        await wait_for_newest(connection, room)
        assert connection.ids() == [*map(str, more), str(room.newest)]
        assert "gap" not in connection.kinds()

    asyncio.run(run(is_edit=False))
    asyncio.run(run(is_edit=True))


def test_a_reset_is_told_whatever_else_was_deleted() -> None:
    async def run() -> None:
        room = Room()
        hub = make_hub(room)
        ids = [room.append().entry.id for _ in range(3)]
        connection = await open_feed(hub, Start())
        room.go_back(ids[1])
        # The store's clock went on: what it gives now is above what was lost.
        room.newest = ids[2]
        room.append()
        room.delete(ids[0])
        await hub.refresh_all()
        await wait_for_newest(connection, room)
        assert connection.kinds().count("gap") == 1
        assert connection.ids() == [str(each.id) for each in room.entries]

    asyncio.run(run())


def test_a_feed_whose_head_waits_is_told_of_a_reset() -> None:
    async def run() -> None:
        room = Room()
        hub = make_hub(room)
        ids = [room.append().entry.id for _ in range(3)]
        feed = await hub.open("lobby", FORMATS["ndjson"], Start(), heartbeat_s=15, follow=True)
        room.go_back(ids[1])
        room.newest = ids[2]
        room.append()
        await hub.refresh_all()
        connection = join(hub, feed)
        await wait_for_newest(connection, room)
        assert connection.kinds()[1:3] == ["hello", "gap"]
        assert connection.ids() == [str(each.id) for each in room.entries]

    asyncio.run(run())
