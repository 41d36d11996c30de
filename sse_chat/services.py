"""What the handlers of one worker share."""

from dataclasses import dataclass

from sse_chat.counts import Counts
from sse_chat.feed.hub import Hub
from sse_chat.feed.tail import Tails
from sse_chat.people.accounts import Accounts
from sse_chat.people.guard import Guard
from sse_chat.people.identity import Identities
from sse_chat.people.invitations import Invitations
from sse_chat.people.keeping import Keeping
from sse_chat.people.moderation import Moderation
from sse_chat.people.opening import Opening
from sse_chat.people.permissions import Permissions
from sse_chat.people.register import Register
from sse_chat.people.sessions import Sessions
from sse_chat.people.tokens import Tokens
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
    register: Register
    accounts: Accounts
    tokens: Tokens
    invitations: Invitations
    identities: Identities
    permissions: Permissions
    guard: Guard
    opening: Opening
    keeping: Keeping
    moderation: Moderation
    presence: Presence
    typing: Throttle
    counts: Counts
