"""RoomAdministration: the rules of rooms, their people, the link that lets in, closing them."""

import contextlib
import time
from collections.abc import Mapping, Sequence

from sse_chat.author_ids import AuthorId, is_proven
from sse_chat.durations import parse_duration
from sse_chat.errors import Forbidden, Malformed, NotFound, RoomClosed
from sse_chat.numbers import parse_whole
from sse_chat.people.invitations import Invitations, no_invitation
from sse_chat.people.moderation_notes import check_reason
from sse_chat.people.permissions import Permissions
from sse_chat.people.records import Invitation, ModerationNote, digest_of
from sse_chat.people.roles import Action, Person, Role
from sse_chat.people.rules import VISIBILITIES, RoomRules
from sse_chat.people.writer import PeopleWriter
from sse_chat.store.people import DONE
from sse_chat.store.retention import RetentionStore
from sse_chat.store.scripts import load_script

_LET_IN = load_script("let_in")
_WRITE_RULES = load_script("write_rules")

MAX_VALUES = {"slow_s": 3600, "retention": 10_000_000, "retention_age": 10**9}
_MAX_MEMBERS = 2000
_DAY_S = 86_400
MAX_LINK_DAYS = 90
# What a moderator may set too; all else is the owner's.
_FOR_MODERATORS = {"slow_s", "read_only"}


class RoomAdministration:
    def __init__(
        self,
        writer: PeopleWriter,
        permissions: Permissions,
        invitations: Invitations,
        retention: RetentionStore,
    ) -> None:
        self._retention = retention
        self._writer = writer
        self._permissions = permissions
        self._invitations = invitations

    async def set_rules(
        self,
        room: str,
        wanted: Mapping[str, str],
        by: Person | None = None,
        *,
        reason: str = "",
    ) -> RoomRules:
        """Some of the rules; raises Malformed, BadText and like `require`.

        `by` None is the command line; `reason`: why the room is closed.
        """
        fields = check_rules(wanted)
        check_reason(reason)
        if reason and fields.get("closed") != "1":
            raise Malformed("reason says why a room is closed; it goes with closed=1")
        if not fields:
            raise Malformed(f"nothing to set; send one or more of {', '.join(_CHECKS)}")
        if by is not None:
            is_small = set(fields) <= _FOR_MODERATORS
            action = Action.MODERATE if is_small else Action.MANAGE_ROOM
            await self._permissions.require(by, action, room)
        said = " ".join(f"{name}={value}" for name, value in fields.items())
        said += f": {reason}" if reason else ""
        fields["kept"] = "1"
        without = ["end_note"] if fields.get("closed") == "0" else []
        if fields.get("closed") == "1" and (
            reason or not (await self._permissions.rules_of(room)).is_closed
        ):
            note = ModerationNote("close", by.author.name if by else "", reason)
            fields["end_note"] = await self._writer.encode(note)
        await self._write(room, fields, without, by=by, did=f"set {said}", to=room)
        rules = await self._permissions.rules_of(room)
        if _RETENTION & set(fields):
            await self.apply_retention(room, rules)
        return rules

    async def set_closed(
        self, room: str, *, is_closed: bool, by: Person | None = None, reason: str = ""
    ) -> None:
        """Raises as `set_rules` does, and NotFound where there is no such room."""
        if not await self._permissions.has_room(room):
            raise NotFound(f"there is no room {room}; nothing was done")
        await self.set_rules(room, {"closed": str(int(is_closed))}, by, reason=reason)

    async def apply_retention(self, room: str, rules: RoomRules) -> None:
        """In the store, which goes by its own record at each post; what is over goes at once."""
        await self._retention.set(room, keep=rules.retention, keep_s=rules.retention_age_s)

    async def set_role(
        self, room: str, author_id: AuthorId, role: Role | None, by: Person | None = None
    ) -> None:
        """Of an account or a signed-in guest in this room; None takes it away."""
        if by is not None:
            await self._permissions.require(by, Action.MANAGE_ROOM, room)
        await self._write_role(room, author_id, role, by)

    async def enter(self, code: str, invitation: Invitation, person: Person) -> None:
        """Lets in whoever is not; raises NotFound, Forbidden."""
        rules = await self._permissions.rules_of(invitation.room)
        if rules.role_of(person) >= invitation.role and person.author.author_id in rules.roles:
            return
        if await self._permissions.is_banned(person, invitation.room):
            raise Forbidden(f"you are banned from {invitation.room}")
        await self.let_in(code, invitation, person)

    async def let_in(self, code: str, invitation: Invitation, person: Person) -> None:
        """Someone who has a link into a room; raises NotFound, Forbidden."""
        room, who = invitation.room, person.author.author_id
        outcome = await self._writer.change(
            _LET_IN,
            [("rules", room), ("invitations",)],
            digest_of(code),
            room,
            int(time.time()),
            who,
            int(invitation.role),
            _MAX_MEMBERS,
            by=person,
            did=f"role {invitation.role.name.lower()} in {room}",
            to=who,
        )
        if outcome == "banned":
            raise Forbidden(f"you are banned from {room}")
        if outcome == "full":
            raise _full()
        if outcome != DONE:
            raise no_invitation()

    async def _write_role(
        self, room: str, author_id: AuthorId, role: Role | None, by: Person | None
    ) -> None:
        if not is_proven(author_id):
            raise Forbidden("only accounts, and guests of the page, can be let into a room")
        rules = await self._permissions.rules_of(room)
        if role is not None and len(rules.roles) >= _MAX_MEMBERS:
            raise _full()
        field = f"role:{author_id}"
        did = f"role {role.name.lower()} in {room}" if role else f"no role in {room}"
        fields = {field: str(int(role)), "kept": "1"} if role is not None else {}
        without = [] if role is not None else [field]
        await self._write(room, fields, without, by=by, did=did, to=author_id)

    async def _write(
        self,
        room: str,
        fields: Mapping[str, str],
        without: Sequence[str] = (),
        *,
        by: Person | None,
        did: str,
        to: str,
    ) -> None:
        flat = [part for item in fields.items() for part in item]
        words: list[str | int] = [int(time.time()), len(flat), *flat, *without]
        outcome = await self._writer.change(
            _WRITE_RULES, [("rules", room)], *words, by=by, did=did, to=to
        )
        if outcome != DONE:
            raise RoomClosed(f"{room} was deleted, and nobody can use its name yet")

    async def renew_link(self, room: str, days: int, by: Person | None = None) -> tuple[str, int]:
        """The code of a new link into the room, and when it ends, in seconds; older ones end."""
        if by is not None:
            await self._permissions.require(by, Action.MANAGE_ROOM, room)
        if not 1 <= days <= MAX_LINK_DAYS:
            raise Malformed(f"days is a whole number from 1 to {MAX_LINK_DAYS}")
        until_s = int(time.time()) + days * _DAY_S
        code = await self._invitations.renew(Invitation(Role.MEMBER, room, until_s, False), by=by)
        return code, until_s

    async def end_link(self, room: str, by: Person) -> None:
        await self._permissions.require(by, Action.MANAGE_ROOM, room)
        await self._invitations.end(room, by)


def _full() -> Forbidden:
    return Forbidden(f"a room lets in {_MAX_MEMBERS:,} people by name at most")


def check_rules(wanted: Mapping[str, str]) -> dict[str, str]:
    """The fields as kept; raises Malformed."""
    return {name: _check(name, value) for name, value in wanted.items()}


def _check(name: str, value: str) -> str:
    if name not in _CHECKS:
        raise Malformed(f"{name[:40]!r} is not known; allowed: {', '.join(_CHECKS)}")
    allowed = _CHECKS[name]
    if not allowed:
        return str(_parse_number(name, value))
    if value not in allowed:
        raise Malformed(f"{name}={value[:40]!r}: one of {', '.join(allowed)}")
    return value


def _parse_number(name: str, value: str) -> int:
    if name == "retention_age":
        with contextlib.suppress(ValueError):
            value = str(parse_duration(value))
    return parse_whole(name, value, least=0, most=MAX_VALUES[name])


_SWITCH = ("0", "1")
_RETENTION = {"retention", "retention_age"}
_CHECKS: dict[str, tuple[str, ...]] = {
    "visibility": VISIBILITIES,
    "read_only": _SWITCH,
    "archived": _SWITCH,
    "closed": _SWITCH,
    "slow_s": (),
    "retention": (),
    "retention_age": (),
}
