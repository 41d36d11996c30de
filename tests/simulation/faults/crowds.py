"""Faults in what is written to many readers at once."""

from collections.abc import Sequence

from sse_chat.feed import broadcast
from sse_chat.feed.channel import Channel
from sse_chat.feed.cohort import write_next, write_steps
from sse_chat.feed.feed import Feed
from sse_chat.feed.many import ManyFeed
from sse_chat.feed.member import Member
from sse_chat.feed.transport_sink import TransportSink
from sse_chat.feed.window import Window
from tests.simulation.faults.patch import Patch


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


def cohort_of_those_who_take_no_more() -> list[Patch]:
    """A reader that stalls is written to all the same."""

    def pause(sink: TransportSink) -> None:
        sink.blocked_since_s = sink._hub.clock()

    return [(TransportSink, "pause_writing", pause)]


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


def ping_from_before() -> list[Patch]:
    """A heartbeat that all are given names the head as it was when the first was given it."""

    def change(window: Window) -> None:
        window._slices.clear()
        window.stamp = object()

    return [(Window, "_changed", change)]
