"""Faults in a reset of the store, or a room that was forgotten."""

from sse_chat.events import StreamEnds
from sse_chat.feed.channel import Channel
from sse_chat.feed.feed import Feed
from sse_chat.feed.window import Window
from tests.simulation.faults.patch import Patch


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


def joins_a_forgotten_room() -> list[Patch]:
    """A feed whose head waited joins the channel that it was made for."""
    return [(Feed, "move_to", lambda feed, channel: None)]
