"""What the handlers of one worker share."""

from dataclasses import dataclass

from sse_chat.counts import Counts
from sse_chat.feed.hub import Hub
from sse_chat.feed.tail import Tails
from sse_chat.people.sessions import Sessions
from sse_chat.presence import Presence, Throttle
from sse_chat.settings import Settings
from sse_chat.store.directory import Directory
from sse_chat.store.rooms import RoomStore


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    store: RoomStore
    hub: Hub
    tail: Tails
    sessions: Sessions
    directory: Directory
    presence: Presence
    typing: Throttle
    counts: Counts
