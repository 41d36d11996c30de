"""Cohort: those of a room who stand at one cursor, owed nothing but what comes next.

Nearly all are, nearly always: what comes next is made once, and is one write for each of them.
There is no list of them to keep: each feed says by its `write`, its `has_news` and its cursor
whether it is one of them now. Who falls behind, is owed anything else, or ends, is none any more,
and is one again when that is over.
"""

import logging
from collections.abc import Iterable

from sse_chat.feed.channel import Channel
from sse_chat.feed.feed import Feed
from sse_chat.formats import Format
from sse_chat.ids import EntryId

_log = logging.getLogger("sse_chat.feed")


def write_next(channel: Channel[Feed], feeds: Iterable[Feed]) -> list[Feed]:
    """Write what leads to the head of the room to those of its feeds that stand alike; gives the
    others, who need more than that, and to whom nothing was written."""
    window, counts = channel.window, channel.counts
    others: list[Feed] = []
    cursor: EntryId | None = None
    fmt: Format | None = None
    is_chunked, chunk, count = False, b"", 0
    for feed in feeds:
        write = feed.write
        if write is None or feed.has_news or feed.channel is not channel:
            others.append(feed)
            continue
        try:
            if (
                feed.cursor is not cursor
                or feed.fmt is not fmt
                or feed.is_chunked is not is_chunked
            ):
                # Most often all that follow are as this one.
                cursor, fmt, is_chunked, chunk = feed.cursor, feed.fmt, feed.is_chunked, b""
                if window.covers(cursor):
                    found, behind, count = window.slice_after(fmt, cursor, is_chunked=is_chunked)
                    chunk = found if behind is window.head else b""
            if chunk:
                feed.cursor = window.head
                feed.page = None
                counts.deliveries += count
                write(chunk)
            else:
                others.append(feed)
        except Exception:
            fail(feed)
    return others


def write_ping(feed: Feed) -> bool:
    """A heartbeat to one who stands at the head of its room, owed nothing; False where it was not
    written, as it stands elsewhere."""
    write, channel = feed.write, feed.channel
    if write is None or feed.has_news or feed.cursor is not channel.window.head:
        return False
    is_away = channel.store_is_away
    write(channel.window.ping(feed.fmt, is_chunked=feed.is_chunked, is_away=is_away))
    return True


def fail(feed: Feed) -> None:
    """One feed that fails must not hold up the others."""
    _log.exception("%r failed and is closed", feed)
    if feed.sink is not None:
        feed.sink.abort()
