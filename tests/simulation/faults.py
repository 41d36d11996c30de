"""Faults that the core once had, put back one at a time: the simulation must find each of them.

Each is as small as what was wrong; the rest of the core stays as it is.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from sse_chat.errors import ChatError
from sse_chat.events import Entry, StreamEnds
from sse_chat.feed import broadcast, pages
from sse_chat.feed.channel import Channel
from sse_chat.feed.cohort import write_next, write_steps
from sse_chat.feed.feed import Feed
from sse_chat.feed.framing import LAST_CHUNK
from sse_chat.feed.many import ManyFeed
from sse_chat.feed.member import Member
from sse_chat.feed.parked import EncodedEntries, Parked
from sse_chat.feed.transport_sink import TransportSink
from sse_chat.feed.window import Window
from sse_chat.ids import EntryId

Patch = tuple[Any, str, Any]


def late_without_end() -> list[Patch]:
    """The end of a load is noted a turn after it was decided; what comes between is dropped."""
    load, take_live = Channel._load, Channel.take_live

    async def load_and_end_later(channel: Channel) -> None:
        task = channel._loading
        await load(channel)
        channel._loading = task
        await asyncio.sleep(0)
        channel._loading = None
        channel._openers += channel._fresh_openers
        channel._fresh_openers = []
        channel._serve_openers()

    def take_unless_loading(channel: Channel, entry: Entry, before: EntryId) -> bool:
        if channel._loading is not None:
            channel._dropped = entry.id
            return False
        return take_live(channel, entry, before)

    return [
        (Channel, "_load", load_and_end_later),
        (Channel, "take_live", take_unless_loading),
    ]


def ahead_for_ever() -> list[Patch]:
    """A reader ahead of the window counts as up to date even once the window has passed it."""

    def is_behind(feed: Feed) -> bool:
        if feed.channel.window.covers(feed.cursor) or feed._end == feed.cursor:
            return False
        return feed.page is None or feed.cursor >= feed.page.head

    return [(Feed, "is_behind", property(is_behind))]


def stuck_before_deleted() -> list[Patch]:
    """The cursor does not pass what was deleted at the end of a page."""
    join = Window._join

    def join_and_stay(window: Window, fmt: Any, cursor: EntryId, is_first: bool) -> Any:
        chunk, behind, count = join(window, fmt, cursor, is_first)
        return chunk, behind if count else cursor, count

    return [(Window, "_join", join_and_stay)]


def page_lets_go() -> list[Patch]:
    """A page of much text lets its first messages go, as the newest window does."""

    class LettingGo(Window):
        __slots__ = ()

        def _add(self, entry: Entry) -> None:
            super()._add(entry)
            if self._text_bytes > pages.MAX_TEXT_BYTES * 5 // 4:
                self._evict()

    return [(pages, "Window", LettingGo), (pages, "_cut", lambda entries: entries)]


def any_delete_explains() -> list[Patch]:
    """Why the newest entry that was seen is gone: any delete in the page, and no later one."""

    async def was_deleted(channel: Channel, page: Any, targets: Any) -> bool:
        return any(entry.kind == "delete" for entry in page.entries)

    return [(Channel, "_was_deleted", was_deleted)]


def load_without_end() -> list[Patch]:
    """Whoever waits is served when nothing more is missed, not after each read."""

    async def read(channel: Channel) -> bool:
        channel._openers += channel._fresh_openers
        channel._fresh_openers, channel._dropped = [], None
        if await (channel._read_rest() if channel._has_window else channel._read_newest()):
            return False
        channel._is_loaded = channel._dropped is None
        if channel._is_loaded:
            channel._serve_openers()
        return channel._is_loaded and not channel._fresh_openers

    take_live = Channel.take_live

    def take_unless_loading(channel: Channel, entry: Entry, before: EntryId) -> bool:
        if channel._loading is not None:
            channel._dropped = entry.id
            return False
        return take_live(channel, entry, before)

    async def load(channel: Channel) -> None:
        try:
            while not await read(channel):
                pass
        except ChatError as exc:
            channel._fail(exc)
        finally:
            channel._loading = None
            channel._on_grown(channel)

    return [(Channel, "_load", load), (Channel, "take_live", take_unless_loading)]


def waits_for_a_lost_id() -> list[Patch]:
    """After a reset, a feed that does not follow waits for an id of the lost past."""
    restart = Feed.restart

    def restart_with_old_end(feed: Feed, ends: StreamEnds) -> None:
        until = feed._until
        restart(feed, ends)
        feed._until = until

    def is_finished(feed: Feed) -> bool:
        return feed._until is not None and feed.cursor >= feed._until and not feed.is_behind

    # At the head of its room it would end all the same.
    return [(Feed, "restart", restart_with_old_end), (Feed, "is_finished", property(is_finished))]


def page_of_a_lost_past() -> list[Patch]:
    """After a reset, a feed that lags keeps its page."""
    read_newest, restart = Channel._read_newest, Feed.restart
    before: dict[Feed, Window] = {}

    async def read_newest_and_keep(channel: Channel) -> bool:
        before.update((feed, feed.page) for feed in channel.feeds if feed.page is not None)
        return await read_newest(channel)

    def restart_with_old_page(feed: Feed, ends: StreamEnds) -> None:
        restart(feed, ends)
        feed.page = before.pop(feed, None)

    return [
        (Channel, "_read_newest", read_newest_and_keep),
        (Feed, "restart", restart_with_old_page),
    ]


def pages_outlive_reset() -> list[Patch]:
    """What was read, and is being read, of a lost past is given to readers after a reset."""
    read_newest = Channel._read_newest

    async def read_newest_beside_old_pages(channel: Channel) -> bool:
        before = channel.pages
        result = await read_newest(channel)
        channel.pages = before
        return result

    return [(Channel, "_read_newest", read_newest_beside_old_pages)]


def last_chunk_twice() -> list[Patch]:
    """A feed that has ended, once more woken, ends again."""
    wake = TransportSink.wake

    def wake_after_the_end(sink: TransportSink) -> None:
        if sink._feed.is_over and sink._transport is not None and sink._feed.is_chunked:
            sink._transport.write(LAST_CHUNK)
        wake(sink)

    return [(TransportSink, "wake", wake_after_the_end)]


def joins_a_forgotten_room() -> list[Patch]:
    """A feed whose head waited joins the channel that it was made for."""
    return [(Feed, "move_to", lambda feed, channel: None)]


def cohort_of_those_who_are_owed_more() -> list[Patch]:
    """What comes next is written before a gap that is to be told."""

    def write_next_to_all(channel: Channel, feeds: Sequence[Feed]) -> list[Feed]:
        owed = [feed for feed in feeds if feed.has_news]
        for feed in owed:
            feed.has_news = False
        others = write_next(channel, feeds)
        for feed in owed:
            feed.has_news = True
        return [*others, *owed]

    return [(broadcast, "write_next", write_next_to_all)]


def cohort_of_any_cursor() -> list[Patch]:
    """All who take bytes are given what follows the first one's cursor."""

    def write_next_after_first(channel: Channel, feeds: Sequence[Feed]) -> list[Feed]:
        taking = [feed for feed in feeds if feed.write is not None]
        for feed in taking:
            feed.cursor = taking[0].cursor
        return write_next(channel, feeds)

    return [(broadcast, "write_next", write_next_after_first)]


def step_of_any_stand() -> list[Patch]:
    """All who read the room among many are given the step of the first, wherever they shared."""

    def write_steps_of_first(channel: Channel[Feed], feeds: Sequence[Feed]) -> list[Feed]:
        parents = [
            feed.parent
            for feed in feeds
            if isinstance(feed, Member) and isinstance(feed.parent, ManyFeed) and feed.parent.shared
        ]
        for parent in parents:
            parent.shared = parents[0].shared
        return write_steps(channel, feeds)

    return [(broadcast, "write_steps", write_steps_of_first)]


def step_of_those_who_are_owed_more() -> list[Patch]:
    """The step of a crowd is written to readers of many rooms that have not taken all before it."""

    def write_steps_to_all(channel: Channel[Feed], feeds: Sequence[Feed]) -> list[Feed]:
        for feed in feeds:
            if isinstance(feed, Member) and isinstance(feed.parent, ManyFeed):
                feed.parent.woken.clear()
        return write_steps(channel, feeds)

    return [(broadcast, "write_steps", write_steps_to_all)]


def cohort_of_those_who_take_no_more() -> list[Patch]:
    """A reader that stalls is written to all the same."""

    def pause(sink: TransportSink) -> None:
        sink.blocked_since_s = sink._hub.clock()

    return [(TransportSink, "pause_writing", pause)]


def ping_from_before() -> list[Patch]:
    """A heartbeat that all are given names the head as it was when the first was given it."""

    def change(window: Window) -> None:
        window._slices.clear()
        window.stamp = object()

    return [(Window, "_changed", change)]


def parked_beside_the_window() -> list[Patch]:
    """A poll that waited is given what the window has, though not all is there that it missed."""

    def find(parked: Parked, fmt: Any, limit: int) -> EncodedEntries:
        window = parked._channel.window
        encoded, cursor, _ = window.slice_after(fmt, parked._after)
        return EncodedEntries(encoded, cursor, cursor < window.head)

    return [(Parked, "find", find)]


FAULTS: dict[str, Callable[[], list[Patch]]] = {
    each.__name__: each
    for each in (
        late_without_end, ahead_for_ever, stuck_before_deleted, page_lets_go,
        any_delete_explains, load_without_end, waits_for_a_lost_id, page_of_a_lost_past,
        pages_outlive_reset, last_chunk_twice, joins_a_forgotten_room,
        cohort_of_those_who_are_owed_more, cohort_of_any_cursor, cohort_of_those_who_take_no_more,
        step_of_any_stand, step_of_those_who_are_owed_more,
        ping_from_before, parked_beside_the_window,
    )
}  # fmt: skip
# The seed that found each the last time, tried before all others. `python -m tests.simulation
# --faults` looks for them from the first on.
FOUND_BY = {
    "late_without_end": 1416,
    "ahead_for_ever": 104,
    "stuck_before_deleted": 106,
    "page_lets_go": 99,
    "any_delete_explains": 1443,
    "load_without_end": 6170,
    "waits_for_a_lost_id": 429,
    "page_of_a_lost_past": 143,
    "pages_outlive_reset": 10357,
    "last_chunk_twice": 469,
    "joins_a_forgotten_room": 60,
    "cohort_of_those_who_are_owed_more": 145,
    "cohort_of_any_cursor": 167,
    "cohort_of_those_who_take_no_more": 480,
    "step_of_any_stand": 129,
    "step_of_those_who_are_owed_more": 121,
    "ping_from_before": 27,
    "parked_beside_the_window": 3,
}


@contextmanager
def put_back(name: str) -> Iterator[None]:
    with ExitStack() as stack:
        for owner, attribute, value in FAULTS[name]():
            stack.enter_context(mock.patch.object(owner, attribute, value))
        yield
