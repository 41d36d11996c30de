"""What the handlers of one worker share."""

from dataclasses import dataclass

from sse_chat.counts import Counts
from sse_chat.feed.hub import Hub
from sse_chat.feed.tail import Tails
from sse_chat.highlighting.highlighter import Highlighter
from sse_chat.hooks.large_bodies import HookRendering
from sse_chat.people.abandoned import Abandoned
from sse_chat.people.accounts import Accounts
from sse_chat.people.administration import Administration
from sse_chat.people.audit_log import AuditLog
from sse_chat.people.authorizer import Authorizer
from sse_chat.people.byte_limits import ByteLimits
from sse_chat.people.cache import PeopleCache
from sse_chat.people.direct import DirectMessages
from sse_chat.people.erasure import Erasure
from sse_chat.people.factors import Factors
from sse_chat.people.guests import Guests
from sse_chat.people.hook_deliveries import HookDeliveries
from sse_chat.people.hooks import Hooks
from sse_chat.people.hooks_out import HooksOut
from sse_chat.people.identity import Identities
from sse_chat.people.invitations import Invitations
from sse_chat.people.last_seen import LastSeen
from sse_chat.people.limit_log import LimitLog
from sse_chat.people.mentionable import Mentionable
from sse_chat.people.moderation import Moderation
from sse_chat.people.passkeys import Passkeys
from sse_chat.people.permissions import Permissions
from sse_chat.people.posting import Posting
from sse_chat.people.room_administration import RoomAdministration
from sse_chat.people.room_creation import RoomCreation
from sse_chat.people.room_deletion import RoomDeletion
from sse_chat.people.sessions import Sessions
from sse_chat.people.tokens import Tokens
from sse_chat.presence import Presence, Throttle
from sse_chat.request_bodies import Bodies
from sse_chat.settings import Settings
from sse_chat.store.directory import Directory
from sse_chat.store.people import PeopleStore
from sse_chat.store.questions import QuestionStore
from sse_chat.store.read_marks import ReadMarks
from sse_chat.store.rooms import RoomStore
from sse_chat.store.updates import UpdateStore


@dataclass(frozen=True, slots=True)
class Services:
    abandoned: Abandoned
    room_deletion: RoomDeletion
    erasure: Erasure
    bodies: Bodies
    settings: Settings
    store: RoomStore
    questions: QuestionStore
    updates: UpdateStore
    hub: Hub
    tail: Tails
    sessions: Sessions
    directory: Directory
    read_marks: ReadMarks
    people: PeopleStore
    people_cache: PeopleCache
    audit: AuditLog
    accounts: Accounts
    tokens: Tokens
    factors: Factors
    passkeys: Passkeys
    invitations: Invitations
    administration: Administration
    hooks: Hooks
    hook_rendering: HookRendering
    highlighter: Highlighter
    direct: DirectMessages
    hooks_out: HooksOut
    deliveries: HookDeliveries
    identities: Identities
    permissions: Permissions
    posting: Posting
    guests: Guests
    authorizer: Authorizer
    room_creation: RoomCreation
    room_administration: RoomAdministration
    moderation: Moderation
    mentionable: Mentionable
    presence: Presence
    typing: Throttle
    reads: ByteLimits
    hook_bodies: ByteLimits
    limit_log: LimitLog
    last_seen: LastSeen
    counts: Counts

    def drain(self) -> None:
        """Say goodbye to every feed, and wait for no more of what is under way."""
        self.hub.drain()
        self.bodies.drain()
