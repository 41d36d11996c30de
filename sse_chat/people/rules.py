"""A room's rules: who sees it, who has which role, who is muted or banned (`bans`). No I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sse_chat.author_ids import AuthorId
from sse_chat.people.bans import NO_BANS, Bans, bans_of, by_author, group_by_prefix, lasts
from sse_chat.people.moderation_notes import describe_note
from sse_chat.people.roles import Person, Role
from sse_chat.room_names import members_of

VISIBILITIES = ("public", "members", "invited")
# No room can be given it.
DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class RoomRules:
    """A room without any is public, and has no owner but the server's.

    `retention` and `retention_age_s` 0: as the server keeps. `visibility` is `direct` in a
    conversation of two, who alone have a role there; `blockers`: who of them has blocked the other.
    `deleted_until_s`: the room was deleted, and the name is given to nobody until then;
    `was_public`: so that this is no secret. `end_note`: who closed or deleted it, and why.
    """

    visibility: str = "public"
    is_read_only: bool = False
    is_archived: bool = False
    is_closed: bool = False
    slow_s: int = 0
    retention: int = 0
    retention_age_s: int = 0
    is_kept: bool = False
    roles: Mapping[AuthorId, Role] = field(default_factory=dict)
    bans: Bans = NO_BANS
    muted_until_s: Mapping[AuthorId, int] = field(default_factory=dict)
    mute_notes: Mapping[AuthorId, str] = field(default_factory=dict)
    blockers: frozenset[AuthorId] = frozenset()
    deleted_until_s: int = 0
    was_public: bool = True
    end_note: str = ""

    def role_of(self, person: Person) -> Role:
        """In this room: the higher of the server's and the room's own."""
        if self.visibility == DIRECT:
            return self.roles.get(person.author.author_id, Role.NOBODY)
        if not self.roles or not person.is_proven:
            return person.role
        return max(person.role, self.roles.get(person.author.author_id, person.role))

    def lets_in(self, person: Person) -> bool:
        """Whether this is an account, or someone who was let in by name."""
        is_by_name = person.is_proven and person.author.author_id in self.roles
        return person.is_account or is_by_name

    def shows_itself_to(self, person: Person) -> bool:
        if self.visibility == DIRECT:
            return person.is_account and person.author.author_id in self.roles
        if self.visibility == "public" or person.role >= Role.MODERATOR:
            return True
        if person.is_proven and person.author.author_id in self.roles:
            return True
        return self.visibility == "members" and person.is_account

    def is_deleted(self, now_s: float) -> bool:
        return now_s < self.deleted_until_s

    def describe_end(self, room: str, now_s: float) -> str:
        """What readers are told whose feeds end as the room was closed or deleted, else ""."""
        note = describe_note(self.end_note)
        if self.is_deleted(now_s):
            return f"{room} was deleted{note}"
        return f"{room} was closed{note}" if self.is_closed else ""

    def is_muted(self, person: Person, now_s: float) -> bool:
        return lasts(self.muted_until_s.get(person.author.author_id), now_s)


PUBLIC = RoomRules()


def direct_rules(
    room: str, *, blockers: Iterable[AuthorId] = (), has_ended: bool = False
) -> RoomRules:
    """Of a conversation, whose members are in its name; `has_ended`: the account of one of them."""
    return RoomRules(
        visibility=DIRECT,
        is_archived=has_ended,
        is_kept=True,
        roles=dict.fromkeys(members_of(room), Role.MEMBER),
        blockers=frozenset(blockers),
    )


def read_rules(fields: Mapping[str, str]) -> RoomRules:
    """From the fields as kept: plain ones, and `role:`, `ban:`, `from:`, `name:`, `mute:`,
    `ban-note:`, `mute-note:` + ID."""
    if not fields:
        return PUBLIC
    visibility = fields.get("visibility", "public")
    of = group_by_prefix(fields)
    return RoomRules(
        # What an unknown word means must not be "public".
        visibility=visibility if visibility in VISIBILITIES else "invited",
        is_read_only=fields.get("read_only") == "1",
        is_archived=fields.get("archived") == "1",
        is_closed=fields.get("closed") == "1",
        slow_s=int(fields.get("slow_s", "0")),
        retention=int(fields.get("retention", "0")),
        retention_age_s=int(fields.get("retention_age", "0")),
        is_kept="kept" in fields,
        roles={who: Role(int(value)) for who, value in by_author(of("role")).items()},
        bans=bans_of(of),
        muted_until_s={who: int(value) for who, value in by_author(of("mute")).items()},
        deleted_until_s=int(fields.get("deleted", "0")),
        was_public=fields.get("was", "public") == "public",
        mute_notes=by_author(of("mute-note")),
        end_note=fields.get("end_note", ""),
    )
