"""Permissions: the one place that says yes or no to what a person wants to do in a room."""

import math
import time

from sse_chat.errors import Blocked, ChatError, Forbidden, NotFound, RoomClosed, Unauthorized
from sse_chat.people.bans import Bans
from sse_chat.people.cache import PeopleCache
from sse_chat.people.moderation_notes import describe_note, make_refusal
from sse_chat.people.roles import CHANGING, DEEDS, SPEAKING, TABLE, Action, Person, Role
from sse_chat.people.rules import DIRECT, RoomRules
from sse_chat.room_names import is_direct
from sse_chat.settings import Settings

__all__ = ["Action", "Permissions", "Person", "Role"]
# The server itself, for what concerns no room.
SERVER = ""


class Permissions:
    def __init__(self, cache: PeopleCache, settings: Settings) -> None:
        self._cache = cache
        self._may_be_unnamed = settings.anonymous
        self._is_for_members = settings.access == "members"
        self._opener = _OPENERS[settings.rooms]
        self._default_room = settings.default_room

    async def require(self, person: Person, action: Action, room: str = SERVER) -> None:
        """Returns when the person may; raises Unauthorized, Forbidden or NotFound.

        NotFound for every action in a room that the person must not know of.
        """
        bans = self._cache.known_bans
        if bans is None:
            bans = await self._cache.bans()
        if person.role < Role.OWNER and bans.has(person, time.time()):
            raise _banned("this server", bans, person)
        rules = await self.rules_of(room)
        # Before anything that hangs on the room: of one that is hidden and one that is not there
        # the same is said.
        problem = self._refusal_of_person(person, room, rules)
        if problem is not None:
            raise problem
        if room != SERVER and not rules.is_kept and rules.role_of(person) < self._opener:
            await self._require_existing(room)
        problem = self._refusal_of(person, action, room, rules)
        if problem is not None:
            raise problem

    async def allows(self, person: Person, action: Action, room: str = SERVER) -> bool:
        try:
            await self.require(person, action, room)
        except (Forbidden, NotFound, RoomClosed, Unauthorized):
            return False
        return True

    async def is_banned(self, person: Person, room: str) -> bool:
        """From this room, whatever else would be allowed."""
        return (await self.rules_of(room)).bans.has(person, time.time())

    async def rules_of(self, room: str) -> RoomRules:
        rules = self._cache.known_rules(room)
        return await self._cache.rules(room) if rules is None else rules

    async def role_in(self, person: Person, room: str = SERVER) -> Role:
        return (await self.rules_of(room)).role_of(person)

    async def has_room(self, room: str) -> bool:
        """Whether anything was written there, or somebody has it."""
        if room == self._default_room or (await self.rules_of(room)).is_kept:
            return True
        return await self._cache.room_exists(room)

    async def _require_existing(self, room: str) -> None:
        """For those who may open none; to all others a name that is free is a room of theirs."""
        if room == self._default_room:
            return
        if not await self._cache.room_exists(room):
            raise _hidden(room)

    def _refusal_of_person(self, person: Person, room: str, rules: RoomRules) -> ChatError | None:
        if self._is_for_members and not rules.lets_in(person):
            return Unauthorized("this server is for people with an account: sign in first")
        grant = person.grant
        if grant is not None and grant.has_ended(time.time()):
            return Unauthorized("this token is unknown, expired or revoked")
        if grant is not None and room != SERVER and grant.rooms and room not in grant.rooms:
            return Forbidden(f"this token is not for {_of_token(room)}")
        return None

    def _refusal_of(
        self, person: Person, action: Action, room: str, rules: RoomRules
    ) -> ChatError | None:
        now_s = time.time()
        if not rules.shows_itself_to(person):
            return _hidden(room)
        role = rules.role_of(person)
        if problem := _refusal_of_ended(room, rules, role, now_s):
            return problem
        if person.grant is not None and not person.grant.covers(action):
            return Forbidden(f"this token does not let you {DEEDS[action]}")
        if role < Role.MODERATOR and rules.bans.has(person, now_s):
            return _banned(room, rules.bans, person)
        if action in SPEAKING and role is Role.NOBODY and not self._may_be_unnamed:
            return Unauthorized("a name is needed: curl -u NAME: …, or sign in on the page")
        if rules.visibility == DIRECT:
            return _refusal_in_direct(person, action, rules)
        if role < self._least(action, room):
            return _too_low(action, self._least(action, room), role)
        if rules.is_closed and action in CHANGING:
            return Forbidden(f"{room} is closed; its owner opens it again in its rules")
        if rules.is_archived and action in CHANGING:
            return Forbidden(f"room {room} is archived: it can be read, but not changed")
        if rules.is_read_only and action in SPEAKING and role < Role.MODERATOR:
            return Forbidden(f"room {room} is for announcements: only its moderators can post")
        if action in SPEAKING and role < Role.MODERATOR and rules.is_muted(person, now_s):
            author_id = person.author.author_id
            until_s = rules.muted_until_s[author_id]
            note = rules.mute_notes.get(author_id, "")
            return make_refusal("mute", room, until_s=until_s, note=note)
        return None

    def _least(self, action: Action, room: str) -> Role:
        if action is Action.OPEN_ROOM:
            return self._opener
        return TABLE[action]


_OPENERS = {"anyone": Role.NOBODY, "named": Role.GUEST, "owner": Role.OWNER}


def _of_token(room: str) -> str:
    return "direct messages" if is_direct(room) else room


def _hidden(room: str) -> NotFound:
    return NotFound(f"no such room as {room!r}, or you don't have access")


def _refusal_of_ended(room: str, rules: RoomRules, role: Role, now_s: float) -> ChatError | None:
    """Of a room that was closed, which its owner still reads, or deleted."""
    note = describe_note(rules.end_note)
    if rules.is_deleted(now_s):
        # A name that is taken by others tomorrow must not get today's posts of a forgotten script.
        hours = math.ceil((rules.deleted_until_s - now_s) / 3600)
        free = f"{hours} hours" if hours > 1 else "an hour"
        detail = f"{room} was deleted{note}; nobody can use its name for another {free}"
        return RoomClosed(detail) if rules.was_public else _hidden(room)
    if rules.is_closed and role < Role.OWNER:
        return RoomClosed(f"{room} is closed{note}; only its owner can read it or open it again")
    return None


def _banned(where: str, bans: Bans, person: Person) -> Forbidden:
    until_s = bans.until_of(person, time.time())
    return make_refusal("ban", where, until_s=until_s, note=bans.note_of(person))


def _refusal_in_direct(person: Person, action: Action, rules: RoomRules) -> ChatError | None:
    """For one of the two in a conversation, where no role is needed, nor any moderates."""
    if TABLE[action] > Role.MEMBER and action is not Action.PIN:
        return Forbidden("a conversation of two has no moderator and no rules; /block ends it")
    if rules.is_archived and action in CHANGING:
        return Forbidden("this account has ended; what was written can still be read")
    if not rules.blockers or action not in CHANGING or action is Action.DELETE_OWN:
        return None
    if person.author.author_id in rules.blockers:
        return Blocked("you have blocked this person; unblock them to write to them")
    return Blocked("you cannot write to this person")


def _too_low(action: Action, least: Role, role: Role) -> ChatError:
    if least is Role.GUEST:
        return Unauthorized(f"you need a name to {DEEDS[action]}: curl -u NAME: …, or sign in")
    detail = f"you need the role {least.name.lower()} to {DEEDS[action]}"
    if role > Role.NOBODY:
        detail = f"{detail}; yours is {role.name.lower()}"
    if role <= Role.GUEST:
        return Unauthorized(f"{detail}; sign in first: curl -u NAME:PASSWORD …")
    return Forbidden(detail)
