"""Rooms that are made while somebody reads all of them: included, up to as many as one may read."""

from sse_chat.events import EphemeralEvent, Hello
from sse_chat.feed.many import MAX_ROOMS, ManyFeed
from sse_chat.feed.member import Member
from sse_chat.formats import FORMATS
from sse_chat.ids import ZERO, EntryId
from tests.support.connections import in_loop, take_turns
from tests.support.rooms import Room, make_hub

_FORMAT = FORMATS["ndjson"]


@in_loop
async def test_rooms_made_at_once_are_no_more_than_one_may_read() -> None:
    hub = make_hub(Room())

    def member(room: str) -> Member:
        return Member(hub.channel(room), _FORMAT, Hello(room, ZERO, 15, "test", 0))

    async def open_room(room: str, newest: EntryId) -> Member:
        # As the store is asked: all of them are opened in the same turns.
        await take_turns()
        return member(room)

    members = [member(f"old-{number}") for number in range(MAX_ROOMS - 1)]
    hello = Hello("old-0", ZERO, 15, "test", 0)
    feed = ManyFeed(members, _FORMAT, hello, follows=True, open_room=open_room)
    feed.attach(hub.channel)
    for number in range(3):
        data = {"room": f"new-{number}", "last_id": "1-0", "mentions": []}
        feed.add_ephemeral(EphemeralEvent(f"new-{number}", "activity", data))
    for _ in range(3):
        await take_turns()
    assert len(feed.members) == MAX_ROOMS
    assert "new-0" in feed.members
