"""Faults in what a channel reads from the store, and when readers are served it."""

import asyncio
from typing import Any

from sse_chat.errors import ChatError
from sse_chat.events import Entry
from sse_chat.feed import pages
from sse_chat.feed.channel import Channel
from sse_chat.feed.window import Window
from sse_chat.ids import EntryId
from tests.simulation.faults.patch import Patch


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


def any_delete_explains() -> list[Patch]:
    """Why the newest entry that was seen is gone: any delete in the page, and no later one."""

    async def was_deleted(channel: Channel, page: Any, targets: Any) -> bool:
        return any(entry.kind == "delete" for entry in page.entries)

    return [(Channel, "_was_deleted", was_deleted)]


def page_lets_go() -> list[Patch]:
    """A page of much text lets its first messages go, as the newest window does."""

    class LettingGo(Window):
        __slots__ = ()

        def _add(self, entry: Entry) -> None:
            super()._add(entry)
            if self._text_bytes > pages.MAX_TEXT_BYTES * 5 // 4:
                self._evict()

    return [(pages, "Window", LettingGo), (pages, "_cut", lambda entries: entries)]


def hole_unseen() -> list[Patch]:
    """The last of a batch is taken in though those before it are missing."""

    def take_live(channel: Channel, entry: Entry, before: EntryId) -> bool:
        if channel._has_window and entry.id in channel.window:
            return False
        channel._append(entry)
        return True

    return [(Channel, "take_live", take_live)]
