"""Who may do what: roles, actions, and the one table of both. No I/O."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from sse_chat.author_ids import is_account, is_proven
from sse_chat.events import Author


class Role(IntEnum):
    """A higher role may do all that a lower one may."""

    NOBODY = 0
    GUEST = 1
    MEMBER = 2
    MODERATOR = 3
    OWNER = 4


class Action(StrEnum):
    READ = "read"
    POST = "post"
    REACT = "react"
    EDIT_OWN = "edit_own"
    DELETE_OWN = "delete_own"
    OPEN_ROOM = "open_room"
    SET_TOPIC = "set_topic"
    EDIT_ANY = "edit_any"
    DELETE_ANY = "delete_any"
    PIN = "pin"
    MODERATE = "moderate"
    MANAGE_ROOM = "manage_room"
    MANAGE_PEOPLE = "manage_people"


# What people read of them.
DEEDS: dict[Action, str] = {
    Action.READ: "read",
    Action.POST: "post",
    Action.REACT: "react",
    Action.EDIT_OWN: "edit messages",
    Action.DELETE_OWN: "delete messages",
    Action.OPEN_ROOM: "create a room",
    Action.SET_TOPIC: "set the topic",
    Action.EDIT_ANY: "edit other people's messages",
    Action.DELETE_ANY: "delete other people's messages",
    Action.PIN: "pin messages",
    Action.MODERATE: "moderate",
    Action.MANAGE_ROOM: "manage this room",
    Action.MANAGE_PEOPLE: "manage this server",
}
# The lowest role that may do it in a public room. Whoever opened a room is its owner there.
TABLE: dict[Action, Role] = {
    Action.READ: Role.NOBODY,
    Action.POST: Role.NOBODY,
    Action.REACT: Role.NOBODY,
    Action.EDIT_OWN: Role.NOBODY,
    Action.DELETE_OWN: Role.NOBODY,
    Action.OPEN_ROOM: Role.NOBODY,
    Action.SET_TOPIC: Role.GUEST,
    Action.EDIT_ANY: Role.MODERATOR,
    Action.DELETE_ANY: Role.MODERATOR,
    Action.PIN: Role.MODERATOR,
    Action.MODERATE: Role.MODERATOR,
    Action.MANAGE_ROOM: Role.OWNER,
    Action.MANAGE_PEOPLE: Role.OWNER,
}
# What a muted person may not do, nor anyone but moderators in a room of announcements.
SPEAKING = frozenset({Action.POST, Action.REACT, Action.EDIT_OWN, Action.SET_TOPIC})
# What an archive takes from everyone.
CHANGING = SPEAKING | {Action.DELETE_OWN, Action.EDIT_ANY, Action.PIN}


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token is limited to. `rooms` empty: all; `until_s` 0: no end; `limit` of its posts, as
    50/300, or "" for those of its account alone."""

    token_id: str
    may_read: bool
    may_post: bool
    rooms: frozenset[str] = frozenset()
    until_s: int = 0
    limit: str = ""

    def has_ended(self, now_s: float) -> bool:
        return bool(self.until_s) and now_s >= self.until_s

    def covers(self, action: Action) -> bool:
        """A token never moderates nor manages: what leaks must not be able to take over."""
        if action is Action.READ:
            return self.may_read
        return self.may_post and action in (*SPEAKING, Action.DELETE_OWN, Action.OPEN_ROOM)


@dataclass(frozen=True, slots=True)
class Person:
    """Who a request comes from. `role` is the one on this server; rooms may give a higher one.

    `session_id` is that of an account's cookie; `grant` that of a token; `password_hash` the one
    that a password sent along was right for.
    """

    author: Author
    role: Role
    address: str
    session_id: str = ""
    grant: Grant | None = None
    password_hash: str = field(default="", repr=False)

    @property
    def is_proven(self) -> bool:
        """Whether nobody else can claim this author_id: only then it may be given rights."""
        return is_proven(self.author.author_id)

    @property
    def is_named(self) -> bool:
        return self.role is not Role.NOBODY

    @property
    def is_account(self) -> bool:
        return is_account(self.author.author_id)
