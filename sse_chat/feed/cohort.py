"""Cohort: those who stand at one cursor, of one room or of many, owed nothing but what comes next.

Nearly all are, nearly always: what comes next is made once, and is one write for each of them.
There is no list of them to keep: each feed says by its `write`, its `has_news` and its cursor
whether it is one of them now. Who falls behind, is owed anything else, or ends, is none any more,
and is one again when that is over.
"""

import logging
from collections.abc import Iterable

from sse_chat.feed.channel import Channel
from sse_chat.feed.feed import Feed
from sse_chat.feed.many import ManyFeed
from sse_chat.feed.member import Member
from sse_chat.feed.shared_position import SharedPosition, Step
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


def write_steps(channel: Channel[Feed], feeds: Iterable[Feed]) -> list[Feed]:
    """As `write_next`, to those who read the room among many. The first of those who stand alike
    is woken, and makes the step that the others take."""
    others: list[Feed] = []
    shared: SharedPosition | None = None
    step: Step | None = None
    next_position: SharedPosition | None = None
    fmt: Format | None = None
    own: Format | None = None
    is_chunked, counts = False, channel.counts
    for member in feeds:
        if (
            not isinstance(member, Member)
            or not isinstance(parent := member.parent, ManyFeed)
            or not member.is_joined
            or member.channel is not channel
            or parent.write is None
            or parent.has_news
            or parent.woken
            or parent.may_have_gap
            or parent.shared is None
        ):
            others.append(member)
            continue
        try:
            if (
                parent.shared is not shared
                or parent.fmt is not fmt
                or member.fmt is not own
                or parent.is_chunked is not is_chunked
            ):
                shared, fmt, own, is_chunked = (
                    parent.shared,
                    parent.fmt,
                    member.fmt,
                    parent.is_chunked,
                )
                # Before what may fail: the step of those before is none of theirs.
                step = next_position = None
                parent.wake_member(member)
                step = shared.find_step(parent.step_key((member,)))
                next_position = step.next_position() if step and step.is_at_heads else None
            elif step is None or next_position is None:
                others.append(member)
            else:
                member.cursor = step.moves[0][1]
                member.page = None
                parent.shared = next_position
                counts.deliveries += step.count
                parent.write(step.chunk)
        except Exception:
            fail(parent)
    return others


def write_ping(feed: Feed) -> bool:
    """A heartbeat to one who stands at the head, owed nothing; False where it was not written, as
    it stands elsewhere."""
    write = feed.write
    if write is None or feed.has_news or not feed.is_at_head:
        return False
    write(feed.make_ping())
    return True


def fail(feed: Feed) -> None:
    """One feed that fails must not hold up the others."""
    _log.exception("%r failed and is closed", feed)
    if feed.sink is not None:
        feed.sink.abort()
