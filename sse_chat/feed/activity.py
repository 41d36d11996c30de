"""Activity: feeds that asked for it are told in which other rooms something was said."""

import asyncio
from collections.abc import Awaitable, Callable, Container, Iterator
from contextlib import contextmanager
from itertools import islice

from sse_chat.author_ids import AuthorId
from sse_chat.events import Entry, EphemeralEvent
from sse_chat.feed.broadcast import wake
from sse_chat.feed.feed import Feed
from sse_chat.ids import EntryId, parse_id
from sse_chat.room_names import is_direct, members_of

# What comes within this time is told together; then a cooldown, so that a busy room costs each
# reader of another one write a second, and all of them together a bounded part of the loop.
_GATHER_S = 0.05
_COOLDOWN_S = 1.0
_MAX_TOLD_PER_S = 1000
# Fewer than the events that a feed keeps; what is left over is told in the next round.
_ROOMS_AT_ONCE = 6
_MAX_MENTIONS = 50
_SLICE = 100

Hear = Callable[[Feed, EphemeralEvent], Awaitable[EphemeralEvent | None]]


async def hear_nothing(feed: Feed, event: EphemeralEvent) -> EphemeralEvent | None:
    """Where nobody is told of other rooms."""
    return None


class RoomNews:
    """Rooms other than the `known` ones in which something was said, each once. Who may read them
    is not asked here."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self._rooms: dict[str, EntryId] = {}
        self._has_news = asyncio.Event()

    def add(self, event: EphemeralEvent) -> None:
        if event.room not in self.known:
            self.known.add(event.room)
            self._rooms[event.room] = parse_id(event.data["last_id"])
            self._has_news.set()

    def take(self) -> dict[str, EntryId]:
        """An id by room: what was said there first."""
        rooms, self._rooms = self._rooms, {}
        self._has_news.clear()
        return rooms

    async def wait(self) -> None:
        await self._has_news.wait()


class Activity:
    """`hear`: an event as this feed's reader may know of it; None where they may not."""

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._watchers: set[Feed] = set()
        self._polls: set[RoomNews] = set()
        self._newest: dict[str, EntryId] = {}
        self._mentions: dict[str, dict[AuthorId, None]] = {}
        self._has_news = asyncio.Event()

    @property
    def is_wanted(self) -> bool:
        return bool(self._watchers or self._polls)

    def watch(self, feed: Feed) -> None:
        self._watchers.add(feed)

    def forget(self, feed: Feed) -> None:
        self._watchers.discard(feed)

    @contextmanager
    def news(self) -> Iterator[RoomNews]:
        """For a long-poll of all rooms, while it lasts."""
        poll = RoomNews()
        self._polls.add(poll)
        try:
            yield poll
        finally:
            self._polls.discard(poll)

    def take(self, entry: Entry) -> None:
        """Something happened in a room, whether anyone here reads it or not."""
        if entry.kind != "message":
            return
        self._newest[entry.room] = entry.id
        mentions = self._mentions.setdefault(entry.room, {})
        # Of two people, each message is for the other one.
        direct = members_of(entry.room) if is_direct(entry.room) else ()
        others = [each for each in direct if each != entry.author.author_id]
        mentions.update(dict.fromkeys((*entry.extra.mentions, *others)))
        self._has_news.set()

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            await self._has_news.wait()
            await asyncio.sleep(_GATHER_S)
            events = list(self._take_ephemeral())
            for poll in self._polls:
                for event in events:
                    poll.add(event)
            told = await self._tell(events)
            await asyncio.sleep(max(_COOLDOWN_S, told / _MAX_TOLD_PER_S))

    def _take_ephemeral(self) -> Iterator[EphemeralEvent]:
        """Of the rooms that have waited longest."""
        for room in list(islice(self._newest, _ROOMS_AT_ONCE)):
            last_id, mentions = self._newest.pop(room), self._mentions.pop(room)
            named = list(mentions)[:_MAX_MENTIONS]
            yield EphemeralEvent(
                room, "activity", {"room": room, "last_id": str(last_id), "mentions": named}
            )
        if not self._newest:
            self._has_news.clear()

    async def _tell(self, events: list[EphemeralEvent]) -> int:
        """To how many feeds."""
        told = 0
        for count, feed in enumerate(list(self._watchers)):
            if count % _SLICE == _SLICE - 1:
                # Posts and broadcasts have their turn.
                await asyncio.sleep(0)
            told += await self._tell_feed(feed, events)
        return told

    async def _tell_feed(self, feed: Feed, events: list[EphemeralEvent]) -> bool:
        others = [event for event in events if event.room != feed.channel.room]
        heard = [event for each in others if (event := await self._hear(feed, each)) is not None]
        for event in heard:
            feed.add_ephemeral(event)
        if heard:
            wake(feed)
        return bool(heard)


class RoomsOfInterest:
    """Those that someone here reads; all, while someone here is told of all."""

    def __init__(self, channels: Container[str], activity: Activity) -> None:
        self._channels = channels
        self._activity = activity

    def __contains__(self, room: object) -> bool:
        return room in self._channels or self._activity.is_wanted
