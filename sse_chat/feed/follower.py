"""Follower: what a channel asks of the feeds of its room."""

from typing import Protocol

from sse_chat.events import EphemeralEvent, StreamEnds
from sse_chat.feed.window import Window
from sse_chat.ids import EntryId


class Follower(Protocol):
    """A feed of the room, as far as its channel knows it. Called from the event loop alone; neither
    waits nor raises."""

    cursor: EntryId
    page: Window | None
    """What it has read of the store by itself; dropped where the store turns out to be another."""

    def restart(self, ends: StreamEnds) -> None:
        """The store lost what was after the cursor; called once for each time that it did."""

    def add_ephemeral(self, event: EphemeralEvent) -> None:
        """Something passed in the room. Called however many the feed keeps already."""
