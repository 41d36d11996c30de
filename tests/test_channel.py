"""A channel over a store that fails and comes back as another one."""

import asyncio
from dataclasses import dataclass, field

import pytest

from sse_chat.errors import StoreUnavailable
from sse_chat.events import Author, Entry, Gap, StreamEnds
from sse_chat.feed.channel import Channel
from sse_chat.ids import ZERO, EntryId
from sse_chat.store.rooms import Page


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


def _ms_of(cursor: EntryId | None) -> int | None:
    return None if cursor is None else cursor.ms


def _entry(ms: int) -> Entry:
    return Entry(EntryId(ms, 0), "lobby", Author("ann", "u:1"), f"text {ms}", None)


@dataclass(eq=False)
class ToldFeed:
    cursor: EntryId = ZERO
    told: list[Gap] = field(default_factory=list)

    def restart(self, gap: Gap) -> None:
        self.told.append(gap)


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
    return [gap.reason for gap in feed.told]


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
