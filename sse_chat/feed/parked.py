"""Parked: a long-poll that has read all there is, and what the room's window has for it then."""

from collections.abc import Mapping
from dataclasses import dataclass

from sse_chat.feed.channel import Channel
from sse_chat.feed.feed import Feed
from sse_chat.feed.hub import Hub
from sse_chat.feed.waiter import Waiter
from sse_chat.formats import Format
from sse_chat.ids import EntryId


@dataclass(frozen=True, slots=True)
class EncodedEntries:
    """Entries in a row, each as its format's bytes, and the cursor behind them."""

    encoded: bytes
    cursor: EntryId
    has_more: bool


class Parked(Waiter):
    """One answer of a reader who stands at the head. The store is not asked unless it must be."""

    __slots__ = ("_channels", "_resets")

    def __init__(self, hub: Hub, channel: Channel[Feed], after: EntryId) -> None:
        super().__init__(hub, channel, after)
        self._channels = hub.channels
        self._resets = channel.resets

    def find(self, fmt: Format, limit: int) -> EncodedEntries | None:
        """What has come, if anything, in the bytes that all are given who waited for it; None
        where only the store knows."""
        if not _is_sure(self._channels, self._channel) or self._channel.resets != self._resets:
            return None
        window = self._channel.window
        if not window.covers(self._after):
            return None
        encoded, cursor, count = window.slice_after(fmt, self._after)
        if count > limit:
            return None
        return EncodedEntries(encoded, cursor, cursor < window.head)


def park(hub: Hub, room: str, after: EntryId) -> Parked | None:
    """A poll that has nothing to read yet; None where there may be something, or a gap."""
    channel = hub.channels.get(room)
    if channel is None or not _is_sure(hub.channels, channel) or channel.window.head != after:
        return None
    return Parked(hub, channel, after)


def _is_sure(channels: Mapping[str, Channel[Feed]], channel: Channel[Feed]) -> bool:
    """Whether its window is known to be at the newest entry of the store."""
    is_known = channels.get(channel.room) is channel
    return is_known and channel.is_loaded and not channel.store_is_away
