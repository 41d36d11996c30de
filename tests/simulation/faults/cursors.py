"""Faults in what a single reader is given from the window, and when it ends."""

from typing import Any

from sse_chat.feed.feed import Feed
from sse_chat.feed.framing import LAST_CHUNK
from sse_chat.feed.parked import EncodedEntries, Parked
from sse_chat.feed.transport_sink import TransportSink
from sse_chat.feed.window import Window
from sse_chat.ids import EntryId
from tests.simulation.faults.patch import Patch


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


def last_chunk_twice() -> list[Patch]:
    """A feed that has ended, once more woken, ends again."""
    wake = TransportSink.wake

    def wake_after_the_end(sink: TransportSink) -> None:
        if sink._feed.is_over and sink._transport is not None and sink._feed.is_chunked:
            sink._transport.write(LAST_CHUNK)
        wake(sink)

    return [(TransportSink, "wake", wake_after_the_end)]


def parked_beside_the_window() -> list[Patch]:
    """A poll that waited is given what the window has, though not all is there that it missed."""

    def find(parked: Parked, fmt: Any, limit: int) -> EncodedEntries:
        window = parked._channel.window
        encoded, cursor, _ = window.slice_after(fmt, parked._after)
        return EncodedEntries(encoded, cursor, cursor < window.head)

    return [(Parked, "find", find)]
