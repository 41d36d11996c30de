"""Parked: a long-poll that has read all there is, and what the room's window has for it then."""

from dataclasses import dataclass

from sse_chat.feed.channel import Channel
from sse_chat.feed.feed import Feed
from sse_chat.feed.hub import Hub
from sse_chat.formats import Format
from sse_chat.ids import EntryId


@dataclass(frozen=True, slots=True)
class Found:
    """Entries in a row, each as its format's bytes, and the cursor behind them."""

    encoded: bytes
    cursor: EntryId
    has_more: bool


class Parked:
    """One answer of a reader who stands at the head. The store is not asked unless it must be."""

    __slots__ = ("_after", "_channel", "_hub", "_resets")

    def __init__(self, hub: Hub, channel: Channel[Feed], after: EntryId) -> None:
        self._hub = hub
        self._channel = channel
        self._after = after
        self._resets = channel.resets

    async def wait(self, timeout_s: float) -> None:
        """As Hub.wait_beyond."""
        await self._hub.wait_beyond(self._channel.room, self._after, timeout_s)

    def find(self, fmt: Format, limit: int) -> Found | None:
        """What has come, if anything, in the bytes that all are given who waited for it; None
        where only the store knows."""
        if not _is_sure(self._hub, self._channel) or self._channel.resets != self._resets:
            return None
        window = self._channel.window
        if not window.covers(self._after):
            return None
        encoded, cursor, count = window.slice_after(fmt, self._after)
        if count > limit:
            return None
        return Found(encoded, cursor, cursor < window.head)


def park(hub: Hub, room: str, after: EntryId) -> Parked | None:
    """A poll that has nothing to read yet; None where there may be something, or a gap."""
    channel = hub.channels.get(room)
    if channel is None or not _is_sure(hub, channel) or channel.window.head != after:
        return None
    return Parked(hub, channel, after)


def _is_sure(hub: Hub, channel: Channel[Feed]) -> bool:
    """Whether its window is known to be at the newest entry of the store."""
    is_known = hub.channels.get(channel.room) is channel
    return is_known and channel.is_loaded and not channel.store_is_away
